#include "client/endpoint.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kUnixScheme = "unix:";

bool is_url(std::string_view word) {
  return word.find("://") != std::string_view::npos || word.substr(0, kUnixScheme.size()) == kUnixScheme;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// What cannot be decoded stays as it is: the server says what is wrong with it.
std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (escaped) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

/// What the addresses of the viewer and of /api/events both carry; the rest of them is not about which records.
constexpr std::string_view kKeptParameters[] = {"stream", "file",  "level", "unknown", "grep", "exclude",
                                                "case",   "where", "tail",  "since",   "from"};

std::vector<QueryParameter> kept_parameters(std::string_view query) {
  std::vector<QueryParameter> kept;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    std::string name = percent_decoded(pair.substr(0, equals), /*plus_is_space=*/true);
    if (std::find(std::begin(kKeptParameters), std::end(kKeptParameters), name) == std::end(kKeptParameters)) continue;
    kept.push_back({std::move(name), percent_decoded(pair.substr(equals + 1), /*plus_is_space=*/true)});
  }
  return kept;
}

/// "app" or "app/access.log", as /tail takes them: a file is named by the end of its path.
void add_stream(std::string_view word, std::vector<QueryParameter>& parameters) {
  const std::size_t slash = word.find('/');
  parameters.push_back({"stream", std::string(word.substr(0, slash))});
  if (slash == std::string_view::npos) return;
  std::string glob = "**/";
  for (const char c : word.substr(slash + 1)) {
    if (std::string_view("*?[]{}\\,!").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  parameters.push_back({"file", std::move(glob)});
}

Result<Endpoint> unix_endpoint(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return fail(ErrorCode::kInvalid, fmt::format("unix:{}: the path of a socket begins with a slash", path));
  }
  return Endpoint{"http://localhost", std::string(path), {}};
}

Result<Endpoint> url_endpoint(std::string_view url) {
  if (url.substr(0, kUnixScheme.size()) == kUnixScheme) return unix_endpoint(url.substr(kUnixScheme.size()));
  const std::size_t host_begin = url.find("://") + 3;
  const std::string_view scheme = url.substr(0, host_begin - 3);
  if (scheme != "http" && scheme != "https") {
    return fail(ErrorCode::kInvalid, fmt::format("{}: tailwater is reached by http:, https: or unix:", url));
  }
  url = url.substr(0, url.find('#'));
  const std::string_view query = url.find('?') == std::string_view::npos ? "" : url.substr(url.find('?') + 1);
  url = url.substr(0, url.find('?'));
  const std::size_t path_begin = std::min(url.find('/', host_begin), url.size());
  const std::string_view host = url.substr(host_begin, path_begin - host_begin);
  if (host.empty()) return fail(ErrorCode::kInvalid, fmt::format("{}: names no host", url));
  if (host.find('@') != std::string_view::npos) {
    return fail(ErrorCode::kInvalid,
                "a URL with a password shows it to everybody who may list processes: use --token-file or "
                "$TAILWATER_TOKEN");
  }
  Endpoint endpoint{std::string(url), {}, kept_parameters(query)};
  std::string_view path = url.substr(path_begin);
  const std::size_t runs = path.rfind("/runs/");
  if (runs != std::string_view::npos && path.find('/', runs + 6) != std::string_view::npos) {
    endpoint.parameters = {{"run", percent_decoded(path.substr(runs + 6), /*plus_is_space=*/false)}};
    path = path.substr(0, runs);
  } else if (const std::size_t tail = path.rfind("/tail/"); tail != std::string_view::npos) {
    add_stream(percent_decoded(path.substr(tail + 6), /*plus_is_space=*/false), endpoint.parameters);
    path = path.substr(0, tail);
  } else if (const std::size_t api = path.rfind("/api/"); api != std::string_view::npos) {
    path = path.substr(0, api);
  }
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  endpoint.base_url = fmt::format("{}{}", url.substr(0, path_begin), path);
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::span<const std::string> words, std::string_view server_url) {
  const auto url_word = std::find_if(words.begin(), words.end(), [](const std::string& word) { return is_url(word); });
  const std::string_view server = url_word == words.end() ? server_url : std::string_view(*url_word);
  if (!is_url(server)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: is no address of a server; write it as http://host:8245/ or unix:/path", server));
  }
  auto endpoint = url_endpoint(server);
  if (!endpoint) return endpoint;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (word == url_word) continue;
    if (is_url(*word)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{} and {}: one server at a time; start one tail for each", *url_word, *word));
    }
    if (word->empty() || word->front() == '/') {
      return fail(ErrorCode::kInvalid,
                  fmt::format("'{}' is no name of a stream (STREAM or STREAM/FILE; for a file of this machine: "
                              "tailwater serve, or tail -f)",
                              *word));
    }
    add_stream(*word, endpoint->parameters);
  }
  return endpoint;
}

std::string Endpoint::url(std::string_view resource, std::span<const QueryParameter> more) const {
  std::string text = base_url + std::string(resource);
  char separator = '?';
  const auto add = [&](const QueryParameter& parameter) {
    text += fmt::format("{}{}={}", separator, percent_encoded(parameter.name), percent_encoded(parameter.value));
    separator = '&';
  };
  for (const QueryParameter& parameter : parameters) {
    // A flag of the command line wins over the same word in a URL, but for those that add up.
    const bool adds_up = parameter.name == "stream" || parameter.name == "file" || parameter.name == "grep" ||
                         parameter.name == "exclude";
    const bool replaced = !adds_up && std::any_of(more.begin(), more.end(), [&](const QueryParameter& other) {
      return other.name == parameter.name;
    });
    if (!replaced) add(parameter);
  }
  for (const QueryParameter& parameter : more) add(parameter);
  return text;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreservedMarks = "-._~";
  std::string out;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    const bool plain =
        (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || kUnreservedMarks.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string encoded_path(std::string_view path) {
  std::string out;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (begin > 0) out += '/';
    out += percent_encoded(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace tailwater
