// /proc/net/dev and /proc/net/sockstat (proc(5)): what interfaces have moved since they were made, and how many
// sockets there are. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

struct InterfaceStat {
  std::string_view name;
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t received_errors = 0;
  std::uint64_t received_dropped = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_errors = 0;
  std::uint64_t sent_dropped = 0;
};

/// Takes the next interface off `text`; false at its end. The two lines of headings and what is cut short are passed
/// over. The name is a view into `text`.
[[nodiscard]] bool take_interface(std::string_view& text, InterfaceStat& interface);

/// The loopback and interfaces that only hand on what others count too.
[[nodiscard]] bool is_minor_interface(std::string_view name);

struct SocketStat {
  std::optional<std::uint64_t> tcp_in_use;
  std::optional<std::uint64_t> tcp_orphaned;
  std::optional<std::uint64_t> tcp_time_wait;
  std::optional<std::uint64_t> tcp_allocated;
  std::optional<std::uint64_t> udp_in_use;
};
/// Of /proc/net/sockstat; of sockstat6, which holds what is in use alone.
[[nodiscard]] SocketStat parse_sockstat(std::string_view text);

}  // namespace tailwater
