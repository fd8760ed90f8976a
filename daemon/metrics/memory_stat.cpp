#include "metrics/memory_stat.h"

#include "metrics/proc_text.h"

namespace tailwater {

std::optional<MemoryStat> parse_meminfo(std::string_view text) {
  constexpr std::uint64_t kKiB = 1024;
  MemoryStat memory;
  bool has_total = false;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view name = take_word(line);
    const auto number = take_number(line);
    if (!number) continue;
    const std::uint64_t bytes = *number * kKiB;
    if (name == "MemTotal:") {
      memory.total = bytes;
      has_total = true;
    } else if (name == "MemFree:") {
      memory.free = bytes;
    } else if (name == "MemAvailable:") {
      memory.available = bytes;
    } else if (name == "Buffers:") {
      memory.buffers = bytes;
    } else if (name == "Cached:" || name == "SReclaimable:") {
      memory.cached += bytes;
    } else if (name == "SwapTotal:") {
      memory.swap_total = bytes;
    } else if (name == "SwapFree:") {
      memory.swap_free = bytes;
    }
  }
  if (!has_total) return std::nullopt;
  return memory;
}

PagingStat parse_vmstat(std::string_view text) {
  PagingStat paging;
  std::string_view line;
  while (take_line(text, line)) {
    // Nearly all of the two hundred lines begin otherwise.
    if (line.empty() || (line.front() != 'p' && line.front() != 'o')) continue;
    const std::string_view name = take_word(line);
    if (name == "pswpin") {
      paging.swapped_in = take_number(line);
    } else if (name == "pswpout") {
      paging.swapped_out = take_number(line);
    } else if (name == "pgfault") {
      paging.faults = take_number(line);
    } else if (name == "pgmajfault") {
      paging.major_faults = take_number(line);
    } else if (name == "oom_kill") {
      paging.oom_kills = take_number(line);
    }
  }
  return paging;
}

}  // namespace tailwater
