#include "http/host_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "http/request_head.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxHostBytes = 260;  // 255 of a DNS name, brackets, a zone's rest: nothing real is longer

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_ipv4(std::string_view text) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

/// "localhost." is the same host as "localhost".
std::string_view without_root_dot(std::string_view name) {
  if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
  return name;
}

bool is_wildcard(std::string_view name) {
  return name == "0.0.0.0" || name == "::" || name == "*";
}

}  // namespace

std::optional<std::string_view> host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return std::nullopt;
  const bool bracketed = host.front() == '[';
  const std::size_t end = bracketed ? host.find(']') : host.find(':');
  if (bracketed && end == std::string_view::npos) return std::nullopt;
  const std::string_view name = bracketed ? host.substr(1, end - 1) : host.substr(0, end);
  std::string_view port = end == std::string_view::npos ? std::string_view() : host.substr(end + (bracketed ? 1 : 0));
  if (!port.empty()) {
    if (port.front() != ':') return std::nullopt;
    port.remove_prefix(1);
    // RFC 3986 allows an empty port; nobody sends one.
    if (!parse_number<std::uint16_t>(port)) return std::nullopt;
  }
  if (bracketed) return is_ipv6(name) ? std::optional(name) : std::nullopt;
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) return std::nullopt;
  return name;
}

HostRules::HostRules(const std::vector<std::string>& listened, const std::vector<std::string>& allowed)
    : names_{"localhost", "127.0.0.1", "::1"} {
  for (const std::string& host : listened) {
    // Reached under any of the machine's addresses; its names must be configured. An address cannot be rebound.
    if (is_wildcard(host)) any_address_ = true;
    names_.push_back(host);
  }
  for (const std::string& host : allowed) {
    if (host == "*") any_name_ = true;
    names_.emplace_back(without_root_dot(host_name(host).value_or(host)));
  }
}

bool HostRules::allows(std::string_view host) const {
  if (host.empty() || any_name_) return true;
  const auto name = host_name(host);
  if (!name) return false;
  if (any_address_ && (is_ipv4(*name) || is_ipv6(*name))) return true;
  return std::any_of(names_.begin(), names_.end(), [&name](const std::string& known) {
    return equals_ignoring_case(known, without_root_dot(*name));
  });
}

}  // namespace tailwater
