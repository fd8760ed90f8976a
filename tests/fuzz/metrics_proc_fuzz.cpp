// Any bytes as each of the files of /proc: whatever is read out of them is a number that can be shown, and what is
// taken off the text comes to an end.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/cpu_stat.h"
#include "metrics/disk_stat.h"
#include "metrics/load_stat.h"
#include "metrics/memory_stat.h"
#include "metrics/mount_table.h"
#include "metrics/network_stat.h"
#include "metrics/self_probe.h"

namespace {

using namespace tailwater;

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_in(std::string_view part, std::string_view text) {
  return part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

/// The two halves as one sample and the next.
void check_cpu(std::string_view text) {
  CpuStat before;
  CpuStat after;
  parse_cpu_stat(text.substr(0, text.size() / 2), before);
  parse_cpu_stat(text.substr(text.size() / 2), after);
  parse_cpu_stat(text, before);
  if (!before.all || !after.all) return;
  CpuTicks held = *after.all;
  hold_back_steps(*before.all, held, 300);
  const auto share = cpu_utilization(*before.all, held);
  require(!share || (*share >= 0 && *share <= 1));
}

void check_devices(std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::size_t taken = 0;
  DiskStat disk;
  for (std::string_view rest = text; take_disk(rest, disk);) {
    require(++taken <= lines && lies_in(disk.name, text) && lies_in(disk.numbers, text));
    (void)is_minor_disk(disk.name);
  }
  taken = 0;
  InterfaceStat interface;
  for (std::string_view rest = text; take_interface(rest, interface);) {
    require(++taken <= lines && !interface.name.empty() && lies_in(interface.name, text));
    (void)is_minor_interface(interface.name);
  }
}

void check_numbers(std::string_view text) {
  if (const auto load = parse_loadavg(text)) {
    for (const double average : load->averages) require(std::isfinite(average) && average >= 0);
  }
  const auto uptime = parse_uptime(text);
  require(!uptime || (std::isfinite(*uptime) && *uptime >= 0));
  (void)parse_pressure(text);
  (void)parse_vmstat(text);
  (void)parse_sockstat(text);
  (void)parse_process_stat(text);
  if (const auto memory = parse_meminfo(text)) require(memory->used() <= memory->total);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_cpu(text);
  check_devices(text);
  check_numbers(text);
  for (const Mount& mount : parse_mountinfo(text)) require(!mount.device.empty());
  return 0;
}
