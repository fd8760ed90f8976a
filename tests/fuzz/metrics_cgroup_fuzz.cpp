// Any bytes as each of the files of a control group, and as the table of disks that says which of them are stacked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/cgroup_stat.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tailwater;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_cgroup_cpu(text);
  (void)parse_cgroup_number(text);
  (void)parse_cgroup_oom_kills(text);
  const DeviceNumbers stacked = stacked_devices(text);
  for (const std::string& number : stacked)
    require(number.find(':') != std::string::npos && number.find(' ') == std::string::npos);
  const CgroupIo all = parse_cgroup_io(text, {});
  const CgroupIo some = parse_cgroup_io(text, stacked);
  // Sums of hostile numbers wrap around; those of a kernel never come near.
  constexpr std::uint64_t kSane = 1ULL << 62;
  if (all.read_bytes < kSane && size < 64) require(some.read_bytes <= all.read_bytes || some.read_bytes >= kSane);
  return 0;
}
