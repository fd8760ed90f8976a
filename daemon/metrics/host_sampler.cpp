#include "metrics/host_sampler.h"

#include <utility>

namespace tailwater {

HostSampler::HostSampler(HostOptions options, SampleTable& table)
    : table_(table),
      cpu_(options.proc, options.per_core, table),
      memory_(options.proc, table),
      disks_(options.proc, table),
      network_(options.proc, table),
      load_(options.proc, table),
      mounts_(options.proc, table, std::move(options.ask_mount)) {}

void HostSampler::sample(SteadyTime now) {
  cpu_.sample();
  memory_.sample();
  disks_.sample();
  network_.sample();
  load_.sample();
  mounts_.sample(now);
  table_.publish();
}

}  // namespace tailwater
