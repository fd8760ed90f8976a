#include <algorithm>

#include "metrics/host_probes.h"
#include "metrics/memory_stat.h"

namespace tailwater {

MemoryProbe::MemoryProbe(const std::string& root, SampleTable& table)
    : table_(table), meminfo_(root + "/meminfo"), vmstat_(root + "/vmstat") {
  const auto usage = make_metric(
      {"system.memory.usage", "By", MetricType::kGauge, "Memory by what it is used for; the states add up."});
  usage_ = {table.add(usage, {{"state", "used"}}), table.add(usage, {{"state", "free"}}),
            table.add(usage, {{"state", "buffers"}}), table.add(usage, {{"state", "cached"}})};
  utilization_ = table.add(make_metric({"system.memory.utilization", "1", MetricType::kGauge,
                                        "Share of memory that is not available to new programs, 0 to 1."}),
                           {});
  limit_ = table.add(make_metric({"system.memory.limit", "By", MetricType::kGauge, "All memory."}), {});
  available_ = table.add(make_metric({"system.linux.memory.available", "By", MetricType::kGauge,
                                      "Memory that new programs can have without swapping, by the kernel's estimate."}),
                         {});
  const auto paging = make_metric({"system.paging.usage", "By", MetricType::kGauge, "Swap space."});
  paging_usage_ = {table.add(paging, {{"state", "used"}}), table.add(paging, {{"state", "free"}})};
  const auto operations =
      make_metric({"system.paging.operations", "{operation}", MetricType::kCounter, "Pages moved from and to swap."});
  paging_operations_ = {table.add(operations, {{"direction", "in"}}), table.add(operations, {{"direction", "out"}})};
  const auto faults = make_metric(
      {"system.paging.faults", "{fault}", MetricType::kCounter, "Page faults; major ones had to wait for a disk."});
  faults_ = {table.add(faults, {{"type", "minor"}}), table.add(faults, {{"type", "major"}})};
  oom_kills_ = table.add(make_metric({"system.linux.memory.oom_kills", "{process}", MetricType::kCounter,
                                      "Processes that the kernel killed because there was no memory left."}),
                         {});
}

void MemoryProbe::sample() {
  sample_memory();
  sample_paging();
}

void MemoryProbe::sample_memory() {
  const auto memory = parse_meminfo(meminfo_.read());
  if (!memory) {
    for (const SampleTable::Id id : usage_) table_.clear(id);
    for (const SampleTable::Id id : paging_usage_) table_.clear(id);
    for (const SampleTable::Id id : {utilization_, limit_, available_}) table_.clear(id);
    return;
  }
  table_.set(usage_[0], memory->used());
  table_.set(usage_[1], memory->free);
  table_.set(usage_[2], memory->buffers);
  table_.set(usage_[3], memory->cached);
  table_.set(limit_, memory->total);
  table_.set(available_, memory->available);
  table_.clear(utilization_);
  if (memory->available && memory->total > 0 && *memory->available <= memory->total) {
    table_.set(utilization_, 1.0 - static_cast<double>(*memory->available) / static_cast<double>(memory->total));
  }
  const std::uint64_t swap_free = std::min(memory->swap_free, memory->swap_total);
  table_.set(paging_usage_[0], memory->swap_total - swap_free);
  table_.set(paging_usage_[1], swap_free);
}

void MemoryProbe::sample_paging() {
  const PagingStat paging = parse_vmstat(vmstat_.read());
  table_.set(paging_operations_[0], paging.swapped_in);
  table_.set(paging_operations_[1], paging.swapped_out);
  table_.set(faults_[1], paging.major_faults);
  table_.clear(faults_[0]);
  if (paging.faults && paging.major_faults && *paging.faults >= *paging.major_faults) {
    table_.set(faults_[0], *paging.faults - *paging.major_faults);
  }
  table_.set(oom_kills_, paging.oom_kills);
}

}  // namespace tailwater
