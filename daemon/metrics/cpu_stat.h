// /proc/stat (proc(5)): processor time by mode, processes made and running. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tailwater {

enum class CpuMode : std::uint8_t { kUser, kNice, kSystem, kIdle, kIowait, kInterrupt, kSoftirq, kSteal };
inline constexpr std::size_t kCpuModes = 8;
inline constexpr std::array<std::string_view, kCpuModes> kCpuModeNames{"user",   "nice",      "system",  "idle",
                                                                       "iowait", "interrupt", "softirq", "steal"};

/// Ticks since boot, by mode. Time of guests is not in user and nice, where the kernel counts it a second time.
using CpuTicks = std::array<std::uint64_t, kCpuModes>;

struct CoreTicks {
  std::uint32_t number = 0;
  CpuTicks ticks{};
};

struct CpuStat {
  std::optional<CpuTicks> all;
  std::vector<CoreTicks> cores;  ///< those that are online, in the order of their numbers
  std::optional<std::uint64_t> processes_created;
  std::optional<std::uint64_t> running;
  std::optional<std::uint64_t> blocked;
  std::optional<std::uint64_t> boot_time;  ///< seconds since 1970
};

/// Into `stat`, whose memory is used again.
void parse_cpu_stat(std::string_view text, CpuStat& stat);

/// Busy share from `before` to `after`, 0 to 1 over all processors; nothing if no time has passed.
[[nodiscard]] std::optional<double> cpu_utilization(const CpuTicks& before, const CpuTicks& after);

/// `now`, but for counters that went back a little: the kernel computes idle and iowait anew on each read, and they
/// can be smaller than before (proc(5)). What went back by `limit` or more was reset and is taken as it is.
void hold_back_steps(const CpuTicks& before, CpuTicks& now, std::uint64_t limit);

}  // namespace tailwater
