#include "config/public_url.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

bool is_host(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           (bracketed && c == ':');
  });
}

bool is_path(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; });
}

}  // namespace

Result<std::string> host_of_url(std::string_view url) {
  if (url.empty()) return std::string();
  std::string_view rest = url;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  }
  const std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view host = authority;
  bool good = rest.size() < url.size() && is_path(rest.substr(authority.size()));
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.back() != ']') {
    host = authority.substr(0, colon);
    good = good && parse_number<std::uint16_t>(authority.substr(colon + 1)).has_value();
  }
  if (good && is_host(host)) return std::string(host);
  return fail(ErrorCode::kInvalid, fmt::format("'{}' is not an address to open in a browser (write "
                                               "https://logs.example.com or https://example.com/logs)",
                                               url));
}

}  // namespace tailwater
