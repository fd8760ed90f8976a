#include "metrics/disk_stat.h"

#include <algorithm>
#include <array>

#include "metrics/proc_text.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kSectorBytes = 512;  // always, whatever the device's own are

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes digits off the end of `name`; false if there are none.
bool drop_number(std::string_view& name) {
  const std::size_t size = name.size();
  while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  return name.size() < size;
}

}  // namespace

bool take_disk(std::string_view& text, DiskStat& disk) {
  std::string_view line;
  while (take_line(text, line)) {
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    const std::string_view whole = line;
    const std::string_view major = take_word(line);
    const std::string_view minor = take_word(line);
    disk.name = take_word(line);
    std::array<std::uint64_t, 10> fields{};
    const bool complete = std::all_of(fields.begin(), fields.end(), [&line](std::uint64_t& field) {
      const auto number = take_number(line);
      field = number.value_or(0);
      return number.has_value();
    });
    if (!complete) continue;
    disk.numbers = whole.substr(0, static_cast<std::size_t>(minor.data() + minor.size() - major.data()));
    disk.reads = fields[0];
    disk.read_bytes = fields[2] * kSectorBytes;
    disk.read_ms = fields[3];
    disk.writes = fields[4];
    disk.written_bytes = fields[6] * kSectorBytes;
    disk.write_ms = fields[7];
    disk.busy_ms = fields[9];
    return true;
  }
  return false;
}

bool is_minor_disk(std::string_view name) {
  // ^(z?ram|loop|fd|(h|s|v|xv)d[a-z]+|nvme\d+n\d+p|mmcblk\d+p)\d+$
  if (!drop_number(name)) return false;
  constexpr std::array<std::string_view, 4> kWhole{"ram", "zram", "loop", "fd"};
  if (std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end()) return true;
  if (name.size() > 1 && name.back() == 'p') {
    name.remove_suffix(1);
    return drop_number(name) && (name.substr(0, 4) == "nvme" || name == "mmcblk");
  }
  for (const std::string_view disks : {"hd", "sd", "vd", "xvd"}) {
    if (name.size() <= disks.size() || name.substr(0, disks.size()) != disks) continue;
    const std::string_view letters = name.substr(disks.size());
    return std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  }
  return false;
}

}  // namespace tailwater
