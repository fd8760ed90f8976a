// /proc/diskstats (kernel's Documentation/admin-guide/iostats.rst): what block devices have done since boot. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

struct DiskStat {
  std::string_view numbers;  ///< "254 0" as it stands there: with the name, what tells a device from its successor
  std::string_view name;
  std::uint64_t reads = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t read_ms = 0;
  std::uint64_t writes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t write_ms = 0;
  std::uint64_t busy_ms = 0;  ///< with at least one request under way
};

/// Takes the next device off `text`; false at its end. Lines that are cut short are passed over. The views are into
/// `text`.
[[nodiscard]] bool take_disk(std::string_view& text, DiskStat& disk);

/// Ram disks, loops, floppies and partitions, whose disks are counted already.
[[nodiscard]] bool is_minor_disk(std::string_view name);

}  // namespace tailwater
