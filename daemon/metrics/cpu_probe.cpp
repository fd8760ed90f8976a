#include <unistd.h>

#include <algorithm>

#include "metrics/host_probes.h"

namespace tailwater {
namespace {

/// A clock that is set back by less is one that jitters (node_exporter's limit as well).
constexpr std::uint64_t kJitterSeconds = 3;

Labels mode_labels(std::size_t mode, const std::string& core) {
  Labels labels;
  if (!core.empty()) labels.push_back({"cpu", core});
  labels.push_back({"mode", std::string(kCpuModeNames[mode])});
  return labels;
}

}  // namespace

CpuProbe::CpuProbe(const std::string& root, bool per_core, SampleTable& table)
    : table_(table),
      file_(root + "/stat"),
      per_core_(per_core),
      ticks_per_second_(static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)))),
      time_(make_metric({"system.cpu.time", "s", MetricType::kCounter, "Processor time by mode."})) {
  if (!per_core_) {
    for (std::size_t mode = 0; mode < kCpuModes; ++mode) all_.time[mode] = table.add(time_, mode_labels(mode, ""));
  }
  utilization_ = table.add(make_metric({"system.cpu.utilization", "1", MetricType::kGauge,
                                        "Busy share of all processors since the last sample, 0 to 1."}),
                           {});
  logical_count_ = table.add(make_metric({"system.cpu.logical.count", "{cpu}", MetricType::kGauge,
                                          "Logical processors that are online.", "system_cpu_logical_cpus"}),
                             {});
  created_ = table.add(make_metric({"system.process.created", "{process}", MetricType::kCounter,
                                    "Processes and threads made since boot."}),
                       {});
  const auto count = make_metric({"system.process.count", "{process}", MetricType::kGauge,
                                  "Processes and threads that run or wait for input and output.", "system_processes"});
  running_ = table.add(count, {{"status", "running"}});
  blocked_ = table.add(count, {{"status", "blocked"}});
}

void CpuProbe::set_times(Core& core, CpuTicks ticks) {
  if (core.seen_before) hold_back_steps(core.before, ticks, kJitterSeconds * ticks_per_second_);
  core.before = ticks;
  core.seen_before = true;
}

void CpuProbe::set_cores() {
  for (Core& core : cores_) {
    for (const SampleTable::Id id : core.time) table_.clear(id);  // those that are offline say nothing
  }
  for (const CoreTicks& ticks : stat_.cores) {
    while (cores_.size() <= ticks.number && cores_.size() < 4096) {
      const std::string number = std::to_string(cores_.size());
      Core& core = cores_.emplace_back();
      for (std::size_t mode = 0; mode < kCpuModes; ++mode)
        core.time[mode] = table_.add(time_, mode_labels(mode, number));
    }
    if (ticks.number >= cores_.size()) continue;
    Core& core = cores_[ticks.number];
    set_times(core, ticks.ticks);
    for (std::size_t mode = 0; mode < kCpuModes; ++mode) {
      table_.set(core.time[mode], static_cast<double>(core.before[mode]) / static_cast<double>(ticks_per_second_));
    }
  }
}

void CpuProbe::sample() {
  parse_cpu_stat(file_.read(), stat_);
  table_.clear(utilization_);
  if (stat_.all) {
    const CpuTicks before = all_.before;
    const bool first = !all_.seen_before;
    set_times(all_, *stat_.all);
    if (!first) table_.set(utilization_, cpu_utilization(before, all_.before));
  }
  for (std::size_t mode = 0; mode < kCpuModes && !per_core_; ++mode) {
    if (!stat_.all) {
      table_.clear(all_.time[mode]);
      continue;
    }
    table_.set(all_.time[mode], static_cast<double>(all_.before[mode]) / static_cast<double>(ticks_per_second_));
  }
  if (per_core_) set_cores();
  table_.set(logical_count_, stat_.cores.empty() ? std::nullopt : std::optional(stat_.cores.size()));
  table_.set(created_, stat_.processes_created);
  table_.set(running_, stat_.running);
  table_.set(blocked_, stat_.blocked);
}

}  // namespace tailwater
