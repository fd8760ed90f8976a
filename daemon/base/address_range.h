// IpAddress and AddressRange: addresses of peers, and blocks of them as a configuration names them ("192.0.2.0/24",
// "2001:db8::/32", "::1"). An IPv4 address is the same as when it is mapped into IPv6. Plain values, pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace tailwater {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// "192.0.2.1" or "2001:db8::1", without brackets, port or zone.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  /// None for sockets of other families.
  [[nodiscard]] static std::optional<IpAddress> of(const sockaddr* address);

  /// Is it one of IPv4? Then its four bytes are the last ones.
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

class AddressRange {
 public:
  /// An address, or one with the number of leading bits that count behind a slash.
  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
  [[nodiscard]] bool has(const IpAddress& address) const;

 private:
  IpAddress base_;
  unsigned bits_ = 128;  // of all sixteen bytes
};

}  // namespace tailwater
