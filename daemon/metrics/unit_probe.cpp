#include "metrics/unit_probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "metrics/load_stat.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxRemembered = 2000;
constexpr std::chrono::seconds kLookForAbsent{60};
constexpr double kMicro = 1e-6;

enum Metric : std::uint8_t { kTime, kUsage, kIo, kTaskCount, kPressureTime, kOom, kRestart };

std::optional<double> seconds_of(const std::optional<std::uint64_t>& microseconds) {
  if (!microseconds) return std::nullopt;
  return static_cast<double>(*microseconds) * kMicro;
}

}  // namespace

UnitProbe::UnitProbe(UnitOptions options, SampleTable& table)
    : table_(table),
      options_(std::move(options)),
      tree_(options_.root, options_.patterns),
      reader_(options_.max_descriptors),
      diskstats_(options_.proc + "/diskstats"),
      machine_pressure_{MachinePressure(options_.proc + "/pressure/cpu"),
                        MachinePressure(options_.proc + "/pressure/memory"),
                        MachinePressure(options_.proc + "/pressure/io")},
      metrics_{
          make_metric({"unit.cpu.time", "s", MetricType::kCounter,
                       "Processor time of a unit since it was started; its growth per second is in cores."}),
          make_metric({"unit.memory.usage", "By", MetricType::kGauge,
                       "Memory of a unit, with the pages of files that it has read and written."}),
          make_metric({"unit.io", "By", MetricType::kCounter, "Bytes that a unit had disks read and write."}),
          make_metric({"unit.tasks", "{thread}", MetricType::kGauge, "Processes and threads of a unit."}),
          make_metric({"unit.pressure", "s", MetricType::kCounter,
                       "Time in which some or all tasks of a unit had to wait for a resource."}),
          make_metric({"unit.oom_kills", "{process}", MetricType::kCounter,
                       "Processes of a unit that the kernel killed because there was no memory left."}),
          make_metric({"unit.restarts", "{restart}", MetricType::kCounter,
                       "Times when a unit was started anew since this daemon knows it."}),
      } {}

void UnitProbe::sample(SteadyTime now) {
  if (tree_.look(now)) match_groups();
  look_at_machine(now);
  for (auto& [name, unit] : units_) read_cpu(*unit);
  read_details(now);
  for (auto unit = units_.begin(); unit != units_.end();) {
    if (unit->second->gone) {
      tree_.distrust();
      unit = end_life(unit);
    } else {
      unit->second->restarted = false;
      ++unit;
    }
  }
  sampled_ = now;
  counts_.units.store(units_.size(), std::memory_order_relaxed);
  counts_.descriptors.store(reader_.open_descriptors(), std::memory_order_relaxed);
  table_.publish();
}

void UnitProbe::look_at_machine(SteadyTime now) {
  for (MachinePressure& pressure : machine_pressure_) {
    const auto some = parse_pressure(pressure.file.read()).some;
    if (!some || some != pressure.some) pressure.moved = now;
    pressure.some = some;
  }
}

void UnitProbe::match_groups() {
  stacked_ = stacked_devices(diskstats_.read());
  for (auto& [name, unit] : units_) unit->seen = false;
  std::vector<const Cgroup*> strange;
  for (const Cgroup& group : tree_.groups()) {
    const auto known = units_.find(group.name);
    if (known == units_.end()) {
      strange.push_back(&group);
    } else if (!known->second->seen) {
      known->second->seen = true;
      if (known->second->life != group.life) begin_life(group, *known->second);
    }
  }
  for (auto unit = units_.begin(); unit != units_.end();) unit = unit->second->seen ? std::next(unit) : end_life(unit);
  std::size_t left_out = 0;
  for (const Cgroup* group : strange) {
    if (units_.contains(group->name)) continue;  // two groups of one name: the first one counts
    if (units_.size() >= options_.max_units) {
      ++left_out;
      continue;
    }
    auto& unit = units_[group->name];
    unit = std::make_unique<Unit>(reader_, tree_.place(*group));
    unit->seen = true;
    unit->life = group->life;
    make_series(group->name, *unit);
    counts_.appeared.fetch_add(1, std::memory_order_relaxed);
  }
  counts_.left_out.store(left_out, std::memory_order_relaxed);
  turns_.clear();
  for (auto& [name, unit] : units_) turns_.push_back(unit.get());
}

/// Between two samples the group was removed and made again.
void UnitProbe::begin_life(const Cgroup& group, Unit& unit) {
  unit.files.close();
  unit.files.forget_absent();
  unit.life = group.life;
  unit.fresh = unit.due = unit.restarted = true;
  unit.pressure_read = {};
  remember(group.name);
  table_.set(unit.series[kRestarts], ++restarts_[group.name]);
}

UnitProbe::Units::iterator UnitProbe::end_life(Units::iterator unit) {
  for (const SampleTable::Id id : unit->second->series) table_.remove(id);
  remember(unit->first);
  std::erase(turns_, unit->second.get());
  return units_.erase(unit);
}

/// That there was one of this name, so that its return is a restart. When there have been too many names, those that
/// are not there now are forgotten.
void UnitProbe::remember(const std::string& name) {
  if (restarts_.size() >= kMaxRemembered && !restarts_.contains(name)) {
    std::erase_if(restarts_, [this](const auto& entry) { return !units_.contains(entry.first); });
  }
  restarts_.try_emplace(name, 0);
}

void UnitProbe::make_series(const std::string& name, Unit& unit) {
  const auto add = [&](Metric metric, Labels more = {}) {
    Labels labels{{"unit", name}};
    labels.insert(labels.end(), more.begin(), more.end());
    return table_.add(metrics_[metric], std::move(labels));
  };
  unit.series[kCpuTime] = add(kTime);
  unit.series[kMemory] = add(kUsage);
  unit.series[kTasks] = add(kTaskCount);
  unit.series[kRead] = add(kIo, {{"direction", "read"}});
  unit.series[kWritten] = add(kIo, {{"direction", "write"}});
  unit.series[kOomKills] = add(kOom);
  unit.series[kRestarts] = add(kRestart);
  std::size_t next = kPressure;
  for (const char* resource : {"cpu", "memory", "io"}) {
    for (const char* kind : {"some", "full"}) {
      unit.series[next++] = add(kPressureTime, {{"resource", resource}, {"kind", kind}});
    }
  }
  const auto before = restarts_.find(name);
  table_.set(unit.series[kRestarts], before == restarts_.end() ? 0 : ++before->second);
}

/// A total that begins anew has no value once: so nobody takes the difference to what it was before.
template <typename Number>
void UnitProbe::set_total(const Unit& unit, std::size_t value, const std::optional<Number>& number) {
  if (unit.restarted) return table_.clear(unit.series[value]);
  table_.set(unit.series[value], number);
}

std::string_view UnitProbe::text_of(Unit& unit, UnitFile file) {
  const UnitFiles::Text text = unit.files.read(file);
  if (text.state == UnitFiles::State::kGone) unit.gone = true;
  return text.text;
}

void UnitProbe::read_cpu(Unit& unit) {
  const auto time = parse_cgroup_cpu(text_of(unit, UnitFile::kCpu));
  set_total(unit, kCpuTime, seconds_of(time));
  // Once more after it has come to rest: the end of its work belongs to it.
  const bool moved = time && *time != unit.cpu_microseconds;
  unit.due = unit.due || moved || unit.moved;
  unit.moved = moved;
  unit.cpu_microseconds = time.value_or(0);
}

/// Goes round from where the last round ended, and reads at most so many of those that are due.
template <typename IsDue>
void UnitProbe::take_turns(std::size_t& next, std::size_t most, SteadyTime now, IsDue is_due) {
  const std::size_t count = turns_.size();
  const std::size_t begin = count == 0 ? 0 : next % count;
  for (std::size_t i = 0; i < count && most > 0; ++i) {
    Unit& unit = *turns_[(begin + i) % count];
    if (unit.gone || !is_due(unit)) continue;
    read_files(unit, now);
    next = begin + i + 1;
    --most;
  }
}

void UnitProbe::read_details(SteadyTime now) {
  const double seconds =
      sampled_ == SteadyTime{} ? 1.0 : std::max(1.0, std::chrono::duration<double>(now - sampled_).count());
  const double share = std::min(1.0, seconds / std::chrono::duration<double>(kRestInterval).count());
  std::size_t first = 0;
  take_turns(first, turns_.size(), now, [](const Unit& unit) { return unit.fresh; });
  take_turns(next_busy_, static_cast<std::size_t>(static_cast<double>(kBusyPerSecond) * seconds), now,
             [](const Unit& unit) { return unit.due; });
  take_turns(next_resting_, static_cast<std::size_t>(static_cast<double>(turns_.size()) * share) + 1, now,
             [now](const Unit& unit) { return now - unit.read_at >= kRestInterval; });
}

void UnitProbe::read_files(Unit& unit, SteadyTime now) {
  unit.read_at = now;
  unit.due = unit.fresh = false;
  if (now - unit.looked_for >= kLookForAbsent) {
    unit.looked_for = now;
    unit.files.forget_absent();
  }
  table_.set(unit.series[kMemory], parse_cgroup_number(text_of(unit, UnitFile::kMemory)));
  table_.set(unit.series[kTasks], parse_cgroup_number(text_of(unit, UnitFile::kTasks)));
  set_total(unit, kOomKills, parse_cgroup_oom_kills(text_of(unit, UnitFile::kOom)));
  const UnitFiles::Text io = unit.files.read(UnitFile::kIo);
  std::optional<CgroupIo> bytes;
  if (io.state == UnitFiles::State::kRead) bytes = parse_cgroup_io(io.text, stacked_);
  set_total(unit, kRead, bytes ? std::optional(bytes->read_bytes) : std::nullopt);
  set_total(unit, kWritten, bytes ? std::optional(bytes->written_bytes) : std::nullopt);
  for (std::size_t resource = 0; resource < machine_pressure_.size(); ++resource) read_pressure(unit, resource, now);
}

void UnitProbe::read_pressure(Unit& unit, std::size_t resource, SteadyTime now) {
  constexpr std::array kFiles{UnitFile::kCpuPressure, UnitFile::kMemoryPressure, UnitFile::kIoPressure};
  SteadyTime& read = unit.pressure_read[resource];
  if (read != SteadyTime{} && read > machine_pressure_[resource].moved + kPressureLag) return;
  const std::size_t first = kPressure + 2 * resource;
  const PressureStat pressure = parse_pressure(text_of(unit, kFiles[resource]));
  if (pressure.some && !unit.restarted) read = now;
  set_total(unit, first, seconds_of(pressure.some));
  set_total(unit, first + 1, seconds_of(pressure.full));
}

}  // namespace tailwater
