#include "http/request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// nullopt on a `%` that two hexadecimal digits do not follow.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

/// Is one of the components between slashes (there may be decoded ones) `.` or `..`?
bool has_dot_component(std::string_view segment) {
  while (true) {
    const std::size_t slash = segment.find('/');
    const std::string_view component = segment.substr(0, slash);
    if (component == "." || component == "..") return true;
    if (slash == std::string_view::npos) return false;
    segment.remove_prefix(slash + 1);
  }
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

tl::unexpected<RequestRefusal> refuse(int status, std::string detail) {
  return tl::unexpected<RequestRefusal>(RequestRefusal{status, std::move(detail)});
}

Accepted<std::string> decode_segment(std::string_view text) {
  auto segment = percent_decode(text, /*plus_is_space=*/false);
  if (!segment) return refuse(400, "the path holds a % that two hexadecimal digits do not follow");
  if (has_control(*segment)) return refuse(400, "the path holds a control character");
  if (has_dot_component(*segment)) return refuse(404, "paths with . or .. lead nowhere here");
  return std::move(*segment);
}

/// Takes the text up to the next `separator` off `rest`; `more` says that a separator followed.
std::string_view take_until(std::string_view& rest, char separator, bool& more) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  more = end != std::string_view::npos;
  rest.remove_prefix(more ? end + 1 : rest.size());
  return taken;
}

}  // namespace

Accepted<std::vector<std::string>> decode_path(std::string_view path) {
  std::vector<std::string> segments;
  if (path.empty() || path.front() != '/') return refuse(400, "the path does not begin with a slash");
  if (path == "/") return segments;
  path.remove_prefix(1);
  for (bool more = true; more;) {
    const std::string_view encoded = take_until(path, '/', more);
    if (encoded.empty() && more) return refuse(404, "paths with empty segments lead nowhere here");
    auto segment = decode_segment(encoded);
    if (!segment) return tl::unexpected<RequestRefusal>(segment.error());
    segments.push_back(std::move(*segment));
  }
  return segments;
}

ParameterResult<std::vector<Parameter>> decode_parameters(std::string_view query) {
  std::vector<Parameter> parameters;
  const auto wrong = [](std::string_view name, std::string message) {
    return tl::unexpected<ParameterError>(ParameterError{std::string(name), std::move(message)});
  };
  if (query.size() > ParameterLimits::kMaxBytes) {
    return wrong("", fmt::format("the query string may have at most {} bytes", ParameterLimits::kMaxBytes));
  }
  while (!query.empty()) {
    bool more = false;
    std::string_view value = take_until(query, '&', more);
    if (value.empty()) continue;
    const std::string_view name = take_until(value, '=', more);
    auto decoded_name = percent_decode(name, /*plus_is_space=*/true);
    auto decoded_value = percent_decode(value, /*plus_is_space=*/true);
    if (!decoded_name || !decoded_value) {
      return wrong(decoded_name.value_or(std::string(name)), "a % must be followed by two hexadecimal digits");
    }
    if (decoded_name->empty()) return wrong("", "a value without a name");
    if (parameters.size() == ParameterLimits::kMaxCount) {
      return wrong(*decoded_name, fmt::format("at most {} parameters are accepted", ParameterLimits::kMaxCount));
    }
    parameters.push_back({std::move(*decoded_name), std::move(*decoded_value)});
  }
  return parameters;
}

Accepted<void> strip_base_path(std::string_view base_path, std::vector<std::string>& segments) {
  if (base_path.empty()) return {};
  const auto base = decode_path(base_path);
  if (!base) return tl::unexpected<RequestRefusal>(base.error());
  if (segments.size() < base->size() || !std::equal(base->begin(), base->end(), segments.begin())) {
    return refuse(404, fmt::format("everything here is below {}/", base_path));
  }
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(base->size()));
  if (segments.size() == 1 && segments.front().empty()) segments.clear();  // "/logs/" is our "/"
  return {};
}

}  // namespace tailwater
