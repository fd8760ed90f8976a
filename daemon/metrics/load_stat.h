// /proc/loadavg, /proc/uptime and /proc/pressure/* (proc(5), the kernel's Documentation/accounting/psi.rst). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

struct LoadStat {
  std::array<double, 3> averages{};  ///< over 1, 5 and 15 minutes
  std::uint64_t threads = 0;         ///< of all processes
};
[[nodiscard]] std::optional<LoadStat> parse_loadavg(std::string_view text);

/// Seconds since boot.
[[nodiscard]] std::optional<double> parse_uptime(std::string_view text);

/// Microseconds since boot in which some, or all that were not idle, had to wait for a resource.
struct PressureStat {
  std::optional<std::uint64_t> some;
  std::optional<std::uint64_t> full;
};
[[nodiscard]] PressureStat parse_pressure(std::string_view text);

}  // namespace tailwater
