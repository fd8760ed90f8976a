// /proc/meminfo and /proc/vmstat (proc(5)): what memory and swap are used for, and what moves between them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

/// Bytes. What an old kernel or a container does not tell is 0, but for the total.
struct MemoryStat {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::optional<std::uint64_t> available;
  std::uint64_t buffers = 0;
  std::uint64_t cached = 0;  ///< with what of the slabs can be given back, as free(1) counts it
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;

  /// What is left: no byte is in two states.
  [[nodiscard]] std::uint64_t used() const {
    const std::uint64_t others = free + buffers + cached;
    return total > others ? total - others : 0;
  }
};
/// Nothing without a total.
[[nodiscard]] std::optional<MemoryStat> parse_meminfo(std::string_view text);

/// Pages and faults since boot.
struct PagingStat {
  std::optional<std::uint64_t> swapped_in;
  std::optional<std::uint64_t> swapped_out;
  std::optional<std::uint64_t> faults;  ///< both kinds
  std::optional<std::uint64_t> major_faults;
  std::optional<std::uint64_t> oom_kills;
};
[[nodiscard]] PagingStat parse_vmstat(std::string_view text);

}  // namespace tailwater
