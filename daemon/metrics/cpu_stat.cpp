#include "metrics/cpu_stat.h"

#include <algorithm>

#include "metrics/proc_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kFields = 10;  // with guest and guest_nice

/// All fields, or as many as an old kernel writes; at least the four that all do.
std::optional<CpuTicks> take_ticks(std::string_view line) {
  std::array<std::uint64_t, kFields> fields{};
  std::size_t count = 0;
  while (count < kFields) {
    const auto number = take_number(line);
    if (!number) break;
    fields[count++] = *number;
  }
  if (count < 4) return std::nullopt;
  CpuTicks ticks{};
  std::copy_n(fields.begin(), kCpuModes, ticks.begin());
  ticks[0] -= std::min(ticks[0], fields[8]);
  ticks[1] -= std::min(ticks[1], fields[9]);
  return ticks;
}

std::uint64_t idle_of(const CpuTicks& ticks) {
  return ticks[static_cast<std::size_t>(CpuMode::kIdle)] + ticks[static_cast<std::size_t>(CpuMode::kIowait)];
}

std::uint64_t growth(std::uint64_t before, std::uint64_t after) {
  return after > before ? after - before : 0;
}

}  // namespace

void parse_cpu_stat(std::string_view text, CpuStat& stat) {
  stat.cores.clear();
  stat.all = std::nullopt;
  stat.processes_created = stat.running = stat.blocked = stat.boot_time = std::nullopt;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view name = take_word(line);
    if (name == "cpu") {
      stat.all = take_ticks(line);
    } else if (name.substr(0, 3) == "cpu") {
      const auto number = number_of(name.substr(3));
      const auto ticks = take_ticks(line);
      if (number && ticks) stat.cores.push_back({static_cast<std::uint32_t>(*number), *ticks});
    } else if (name == "processes") {
      stat.processes_created = take_number(line);
    } else if (name == "procs_running") {
      stat.running = take_number(line);
    } else if (name == "procs_blocked") {
      stat.blocked = take_number(line);
    } else if (name == "btime") {
      stat.boot_time = take_number(line);
    }
  }
}

std::optional<double> cpu_utilization(const CpuTicks& before, const CpuTicks& after) {
  std::uint64_t all = 0;
  for (std::size_t mode = 0; mode < kCpuModes; ++mode) all += growth(before[mode], after[mode]);
  if (all == 0) return std::nullopt;
  const double idle = static_cast<double>(growth(idle_of(before), idle_of(after)));
  return std::max(0.0, 1.0 - idle / static_cast<double>(all));
}

void hold_back_steps(const CpuTicks& before, CpuTicks& now, std::uint64_t limit) {
  for (std::size_t mode = 0; mode < kCpuModes; ++mode) {
    if (now[mode] < before[mode] && before[mode] - now[mode] < limit) now[mode] = before[mode];
  }
}

}  // namespace tailwater
