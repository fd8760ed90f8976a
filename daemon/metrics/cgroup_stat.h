// The files of a control group (the kernel's Documentation/admin-guide/cgroup-v2.rst). Pure. Its pressure files are
// those of /proc: see load_stat.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tailwater {

/// cpu.stat: microseconds of processor time.
[[nodiscard]] std::optional<std::uint64_t> parse_cgroup_cpu(std::string_view text);

/// memory.current, pids.current: one number.
[[nodiscard]] std::optional<std::uint64_t> parse_cgroup_number(std::string_view text);

/// memory.events: processes that the kernel killed because there was no memory left.
[[nodiscard]] std::optional<std::uint64_t> parse_cgroup_oom_kills(std::string_view text);

struct CgroupIo {
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};
/// Numbers of devices, "254:0".
using DeviceNumbers = std::set<std::string, std::less<>>;
/// io.stat, summed over all devices but `stacked`: what they do, those below them do and count once more.
[[nodiscard]] CgroupIo parse_cgroup_io(std::string_view text, const DeviceNumbers& stacked);

/// Of /proc/diskstats: device mapper, RAID, loops and compressed memory, which keep nothing themselves.
[[nodiscard]] DeviceNumbers stacked_devices(std::string_view diskstats);

}  // namespace tailwater
