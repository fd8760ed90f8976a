// TrustedProxies: of which peers we believe whom they say they ask for. What X-Forwarded-For holds is anybody's text,
// but for what the last proxies have written: so it is read from its end, as far as the addresses are those of our
// proxies, and the first other one is the client. Immutable, pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address_range.h"
#include "http/request_head.h"

struct sockaddr;

namespace tailwater {

class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses, blocks of them, or "unix"; after loading nothing else.
  explicit TrustedProxies(const std::vector<std::string>& configured);

  [[nodiscard]] bool trusts(const sockaddr* peer) const;
  /// Whom a proxy asks for; nullopt: it does not say.
  [[nodiscard]] std::optional<IpAddress> client_of(const RequestHead& head) const;

 private:
  [[nodiscard]] bool has(const IpAddress& address) const;

  std::vector<AddressRange> ranges_;
  bool unix_ = false;
};

}  // namespace tailwater
