#include "metrics/network_stat.h"

#include <algorithm>
#include <array>

#include "metrics/proc_text.h"

namespace tailwater {

bool take_interface(std::string_view& text, InterfaceStat& interface) {
  std::string_view line;
  while (take_line(text, line)) {
    // No space is needed behind the colon: "eth0:1111886817".
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    std::string_view head = line.substr(0, colon);
    interface.name = take_word(head);
    line.remove_prefix(colon + 1);
    std::array<std::uint64_t, 16> fields{};
    const bool complete = std::all_of(fields.begin(), fields.end(), [&line](std::uint64_t& field) {
      const auto number = take_number(line);
      field = number.value_or(0);
      return number.has_value();
    });
    if (!complete || interface.name.empty()) continue;
    interface.received_bytes = fields[0];
    interface.received_packets = fields[1];
    interface.received_errors = fields[2];
    interface.received_dropped = fields[3];
    interface.sent_bytes = fields[8];
    interface.sent_packets = fields[9];
    interface.sent_errors = fields[10];
    interface.sent_dropped = fields[11];
    return true;
  }
  return false;
}

bool is_minor_interface(std::string_view name) {
  return name == "lo" || name.substr(0, 3) == "ifb" || name.substr(0, 4) == "veth";
}

SocketStat parse_sockstat(std::string_view text) {
  SocketStat sockets;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view protocol = take_word(line);
    const bool tcp = protocol == "TCP:" || protocol == "TCP6:";
    if (!tcp && protocol != "UDP:" && protocol != "UDP6:") continue;
    for (std::string_view name = take_word(line); !name.empty(); name = take_word(line)) {
      const auto number = take_number(line);
      if (name == "inuse") (tcp ? sockets.tcp_in_use : sockets.udp_in_use) = number;
      if (name == "orphan") sockets.tcp_orphaned = number;
      if (name == "tw") sockets.tcp_time_wait = number;
      if (name == "alloc") sockets.tcp_allocated = number;
    }
  }
  return sockets;
}

}  // namespace tailwater
