// The probes of the host sampler: each reads one kind of file of /proc and sets the series that come from it. What
// cannot be read or is missing there has no value. Private to metrics/; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/cpu_stat.h"
#include "metrics/device_table.h"
#include "metrics/mount_usage.h"
#include "metrics/proc_file.h"
#include "metrics/sample_table.h"

namespace tailwater {

class CpuProbe {
 public:
  CpuProbe(const std::string& root, bool per_core, SampleTable& table);
  void sample();

 private:
  struct Core {
    std::array<SampleTable::Id, kCpuModes> time{};
    CpuTicks before{};
    bool seen_before = false;
  };
  void set_times(Core& core, CpuTicks ticks);
  void set_cores();

  SampleTable& table_;
  ProcFile file_;
  CpuStat stat_;
  const bool per_core_;
  const std::uint64_t ticks_per_second_;
  std::shared_ptr<const MetricInfo> time_;
  Core all_;
  std::vector<Core> cores_;  // by number; made when first seen
  SampleTable::Id utilization_;
  SampleTable::Id logical_count_;
  SampleTable::Id created_;
  SampleTable::Id running_;
  SampleTable::Id blocked_;
};

class MemoryProbe {
 public:
  MemoryProbe(const std::string& root, SampleTable& table);
  void sample();

 private:
  void sample_memory();
  void sample_paging();

  SampleTable& table_;
  ProcFile meminfo_;
  ProcFile vmstat_;
  std::array<SampleTable::Id, 4> usage_;
  SampleTable::Id utilization_;
  SampleTable::Id limit_;
  SampleTable::Id available_;
  std::array<SampleTable::Id, 2> paging_usage_;
  std::array<SampleTable::Id, 2> paging_operations_;
  std::array<SampleTable::Id, 2> faults_;
  SampleTable::Id oom_kills_;
};

class DiskProbe {
 public:
  DiskProbe(const std::string& root, SampleTable& table);
  void sample();

 private:
  static constexpr std::size_t kSeries = 7;
  const DeviceTable<kSeries>::SeriesIds* add(std::string_view key, std::string_view name);

  SampleTable& table_;
  ProcFile file_;
  DeviceTable<kSeries> disks_;
  std::string key_;
  std::shared_ptr<const MetricInfo> io_;
  std::shared_ptr<const MetricInfo> operations_;
  std::shared_ptr<const MetricInfo> operation_time_;
  std::shared_ptr<const MetricInfo> io_time_;
};

class NetworkProbe {
 public:
  NetworkProbe(const std::string& root, SampleTable& table);
  void sample();

 private:
  static constexpr std::size_t kSeries = 8;
  const DeviceTable<kSeries>::SeriesIds* add(std::string_view name);
  void sample_sockets();

  SampleTable& table_;
  // The host's, by way of process 1 or of what the unit binds: ours are those of our own network namespace.
  ProcFile host_devices_;
  ProcFile own_devices_;
  ProcFile host_sockets_;
  ProcFile own_sockets_;
  ProcFile host_sockets6_;
  ProcFile own_sockets6_;
  DeviceTable<kSeries> interfaces_;
  std::shared_ptr<const MetricInfo> io_;
  std::shared_ptr<const MetricInfo> packets_;
  std::shared_ptr<const MetricInfo> dropped_;
  std::shared_ptr<const MetricInfo> errors_;
  std::array<SampleTable::Id, 5> sockets_;
};

class LoadProbe {
 public:
  LoadProbe(const std::string& root, SampleTable& table);
  void sample();

 private:
  struct Pressure {
    ProcFile file;
    SampleTable::Id some;
    SampleTable::Id full;
  };

  SampleTable& table_;
  ProcFile loadavg_;
  ProcFile uptime_file_;
  std::array<SampleTable::Id, 3> averages_;
  SampleTable::Id threads_;
  SampleTable::Id uptime_;
  std::vector<Pressure> pressures_;
};

class MountProbe {
 public:
  static constexpr Milliseconds kInterval{10'000};

  MountProbe(const std::string& root, SampleTable& table, MountUsage::Ask ask);
  void sample(SteadyTime now);
  [[nodiscard]] std::size_t stuck() const { return usage_.stuck(); }

 private:
  static constexpr std::size_t kSeries = 7;
  const DeviceTable<kSeries>::SeriesIds* add(std::string_view key, const Mount& mount);
  void show(const std::vector<MountSpace>& spaces);

  SampleTable& table_;
  MountUsage usage_;
  DeviceTable<kSeries> mounts_;
  std::vector<MountSpace> spaces_;
  SteadyTime next_request_{};
  std::shared_ptr<const MetricInfo> bytes_;
  std::shared_ptr<const MetricInfo> utilization_;
  std::shared_ptr<const MetricInfo> limit_;
  std::shared_ptr<const MetricInfo> inodes_;
};

}  // namespace tailwater
