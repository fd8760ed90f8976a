// ListenAddress: one value of server.listen, taken apart. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

struct ListenAddress {
  std::string host;        ///< without brackets; empty for a unix socket
  std::uint16_t port = 0;  ///< 0: any
  std::string unix_path;   ///< absolute; empty for TCP
  bool reachable = false;  ///< other machines may be able to connect
  enum class Scheme : std::uint8_t { kNone, kHttp, kHttps };
  Scheme scheme = Scheme::kNone;  ///< kNone: TLS if there is a certificate
};

/// host:port or [v6]:port, maybe behind http:// or https://, or unix:/path; kInvalid says what is wrong and how to
/// write it.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace tailwater
