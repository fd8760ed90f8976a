// HostSampler: the machine's vital signs out of /proc, into a SampleTable. Names and units follow OpenTelemetry's
// semantic conventions for system metrics. sample() costs about a hundred system calls' worth of microseconds and, as
// long as no device comes or goes, no allocation; it never waits for a disk or a mount. One thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "metrics/host_probes.h"
#include "metrics/sample_table.h"

namespace tailwater {

struct HostOptions {
  std::string proc = "/proc";      ///< or a folder that stands for it
  bool per_core = false;           ///< processor time for each core instead of for all of them together
  MountUsage::Ask ask_mount = {};  ///< instead of statvfs(2)
};

class HostSampler {
 public:
  /// `table` outlives the sampler, which is its writer.
  HostSampler(HostOptions options, SampleTable& table);

  /// Reads everything once and publishes it.
  void sample(SteadyTime now);
  /// Mounts that do not answer.
  [[nodiscard]] std::size_t stuck_mounts() const { return mounts_.stuck(); }

 private:
  SampleTable& table_;
  CpuProbe cpu_;
  MemoryProbe memory_;
  DiskProbe disks_;
  NetworkProbe network_;
  LoadProbe load_;
  MountProbe mounts_;
};

}  // namespace tailwater
