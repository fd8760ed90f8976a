// UnitProbe: what systemd's units and other control groups use, into a SampleTable of its own, since units come and go.
// Processor time is read of every group in every sample; the other files at once where that time moved, and of groups
// at rest in turn, each once in ten seconds: they hardly change there, and reading them all would cost four times as
// much. Busy groups too take turns where there are more than kBusyPerSecond. Pressure is read where the machine as a
// whole had any of that kind: no group has more than that. Groups and descriptors are bounded. One thread, but for
// counts().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/cgroup_stat.h"
#include "metrics/cgroup_tree.h"
#include "metrics/proc_file.h"
#include "metrics/sample_table.h"
#include "metrics/unit_files.h"

namespace tailwater {

struct UnitOptions {
  std::string root = "/sys/fs/cgroup";  ///< or a folder that stands for it
  std::string proc = "/proc";
  CgroupPatterns patterns;
  std::size_t max_units = 500;
  std::size_t max_descriptors = 4096;
};

struct UnitCounts {
  std::atomic<std::uint64_t> units{0};
  std::atomic<std::uint64_t> left_out{0};  ///< of those there are now, over max_units
  std::atomic<std::uint64_t> descriptors{0};
  std::atomic<std::uint64_t> appeared{0};
};

class UnitProbe {
 public:
  static constexpr std::size_t kBusyPerSecond = 64;
  static constexpr Milliseconds kRestInterval{10'000};
  /// The kernel sums up pressure every two seconds, of each group by itself.
  static constexpr Milliseconds kPressureLag{5'000};

  /// `table` outlives it.
  UnitProbe(UnitOptions options, SampleTable& table);
  /// Reads what is due and publishes it.
  void sample(SteadyTime now);
  [[nodiscard]] const UnitCounts& counts() const { return counts_; }

 private:
  enum Value : std::uint8_t {
    kCpuTime,
    kMemory,
    kTasks,
    kRead,
    kWritten,
    kOomKills,
    kRestarts,
    kPressure,  // of cpu, memory, io: some and full of each
    kValues = kPressure + 6
  };
  struct Unit {
    Unit(UnitReader& reader, std::string place) : files(reader, std::move(place)) {}
    UnitFiles files;
    std::uint64_t life = 0;
    std::uint64_t cpu_microseconds = 0;
    std::array<SampleTable::Id, kValues> series{};
    SteadyTime read_at{};     // its other files
    SteadyTime looked_for{};  // files that were absent
    std::array<SteadyTime, 3> pressure_read{};
    bool moved = false;      // its processor time, in the last sample
    bool due = true;         // its other files are to be read
    bool fresh = true;       // never read yet
    bool restarted = false;  // since the last sample: its totals have begun anew
    bool seen = false;
    bool gone = false;
  };
  using Units = std::map<std::string, std::unique_ptr<Unit>, std::less<>>;

  /// Pressure of one kind, of the whole machine.
  struct MachinePressure {
    explicit MachinePressure(std::string path) : file(std::move(path)) {}
    ProcFile file;
    std::optional<std::uint64_t> some;
    SteadyTime moved{};  // when it was last seen to grow, or could not be read
  };
  void look_at_machine(SteadyTime now);
  void match_groups();
  void begin_life(const Cgroup& group, Unit& unit);
  Units::iterator end_life(Units::iterator unit);
  void make_series(const std::string& name, Unit& unit);
  void remember(const std::string& name);
  void read_cpu(Unit& unit);
  void read_details(SteadyTime now);
  template <typename IsDue>
  void take_turns(std::size_t& next, std::size_t most, SteadyTime now, IsDue is_due);
  void read_files(Unit& unit, SteadyTime now);
  void read_pressure(Unit& unit, std::size_t resource, SteadyTime now);
  [[nodiscard]] std::string_view text_of(Unit& unit, UnitFile file);
  template <typename Number>
  void set_total(const Unit& unit, std::size_t value, const std::optional<Number>& number);

  SampleTable& table_;
  const UnitOptions options_;
  CgroupTree tree_;
  UnitReader reader_;
  ProcFile diskstats_;
  std::array<MachinePressure, 3> machine_pressure_;  // of cpu, memory, io
  DeviceNumbers stacked_;
  Units units_;  // by name
  std::vector<Unit*> turns_;
  std::size_t next_busy_ = 0;
  std::size_t next_resting_ = 0;
  SteadyTime sampled_{};
  std::map<std::string, std::uint64_t, std::less<>> restarts_;  // of names that were there once
  UnitCounts counts_;
  std::array<std::shared_ptr<const MetricInfo>, 7> metrics_;
};

}  // namespace tailwater
