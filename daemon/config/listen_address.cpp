#include "config/listen_address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalid, fmt::format("'{}' {}", text, why));
}

/// 127.0.0.0/8 (RFC 1122 section 3.2.1.3), also mapped into v6, and ::1 (RFC 4291 section 2.5.3).
bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Result<ListenAddress> parse_unix(std::string_view text, std::string_view path) {
  if (path.empty() || path.front() != '/') return refuse(text, "has no absolute path after unix:");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return refuse(text, fmt::format("has a path of {} bytes, the kernel takes {}", path.size(),
                                    sizeof(sockaddr_un::sun_path) - 1));
  }
  ListenAddress address;
  address.unix_path = path;
  return address;
}

ListenAddress::Scheme take_scheme(std::string_view& text) {
  using Scheme = ListenAddress::Scheme;
  constexpr std::pair<std::string_view, Scheme> kSchemes[] = {{"http://", Scheme::kHttp}, {"https://", Scheme::kHttps}};
  for (const auto& [prefix, scheme] : kSchemes) {
    if (text.substr(0, prefix.size()) != prefix) continue;
    text.remove_prefix(prefix.size());
    return scheme;
  }
  return Scheme::kNone;
}

/// Looks like an address of numbers, but is none: "127.0.0.300", "1.2.3".
bool is_broken_v4(const std::string& host) {
  in_addr v4{};
  return host.find_first_not_of("0123456789.") == std::string::npos && ::inet_pton(AF_INET, host.c_str(), &v4) != 1;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.substr(0, kUnix.size()) == kUnix) return parse_unix(text, text.substr(kUnix.size()));

  ListenAddress address;
  address.scheme = take_scheme(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, "has no port");
  std::string_view host = text.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return refuse(text, "has no port between 0 and 65535 after its last colon");
  address.port = *port;
  if (!host.empty() && host.front() == '[') {
    if (host.back() != ']') return refuse(text, "has no ']' before its port");
    address.host = host.substr(1, host.size() - 2);
    in6_addr v6{};
    if (::inet_pton(AF_INET6, address.host.c_str(), &v6) != 1)
      return refuse(text, "has no IPv6 address in its brackets");
  } else {
    address.host = host;
    if (host.empty() || host == "*") return refuse(text, "has no host; 0.0.0.0 is every IPv4 address, [::] every one");
    if (host.find(':') != std::string_view::npos) return refuse(text, "needs brackets around its IPv6 address");
    if (!is_host_name(host) || is_broken_v4(address.host)) return refuse(text, "has no valid host before its port");
  }
  address.reachable = !is_loopback(address.host);
  return address;
}

}  // namespace tailwater
