#include "metrics/cgroup_stat.h"

#include <algorithm>
#include <array>

#include "metrics/disk_stat.h"
#include "metrics/proc_text.h"

namespace tailwater {
namespace {

/// The number behind `name` in "name number" lines.
std::optional<std::uint64_t> number_named(std::string_view text, std::string_view name) {
  std::string_view line;
  while (take_line(text, line)) {
    if (take_word(line) == name) return take_number(line);
  }
  return std::nullopt;
}

bool is_stacked(std::string_view name) {
  constexpr std::array<std::string_view, 5> kBeginnings{"dm-", "md", "loop", "zram", "ram"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [name](std::string_view begin) { return name.substr(0, begin.size()) == begin; });
}

}  // namespace

std::optional<std::uint64_t> parse_cgroup_cpu(std::string_view text) {
  return number_named(text, "usage_usec");
}

std::optional<std::uint64_t> parse_cgroup_number(std::string_view text) {
  std::string_view line;
  if (!take_line(text, line)) return std::nullopt;
  return take_number(line);
}

std::optional<std::uint64_t> parse_cgroup_oom_kills(std::string_view text) {
  return number_named(text, "oom_kill");
}

CgroupIo parse_cgroup_io(std::string_view text, const DeviceNumbers& stacked) {
  constexpr std::string_view kRead = "rbytes=";
  constexpr std::string_view kWritten = "wbytes=";
  CgroupIo io;
  std::string_view line;
  while (take_line(text, line)) {
    if (stacked.contains(take_word(line))) continue;
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word.substr(0, kRead.size()) == kRead) {
        io.read_bytes += number_of(word.substr(kRead.size())).value_or(0);
      } else if (word.substr(0, kWritten.size()) == kWritten) {
        io.written_bytes += number_of(word.substr(kWritten.size())).value_or(0);
      }
    }
  }
  return io;
}

DeviceNumbers stacked_devices(std::string_view diskstats) {
  DeviceNumbers stacked;
  DiskStat disk;
  while (take_disk(diskstats, disk)) {
    if (!is_stacked(disk.name)) continue;
    std::string_view rest = disk.numbers;  // "254       0"
    std::string number(take_word(rest));
    number.append(1, ':').append(take_word(rest));
    stacked.insert(std::move(number));
  }
  return stacked;
}

}  // namespace tailwater
