// What a sample of the machine with 300 units costs: over files in memory that stand for control groups, and over real
// ones where a cgroup v2 hierarchy can be written (as root). In each, units at rest and units that all work.
//   ./dev bench units_bench
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "metrics/host_sampler.h"
#include "metrics/sample_history.h"
#include "metrics/sample_record.h"
#include "metrics/unit_probe.h"
#include "support/fake_cgroups.h"

namespace tailwater {
namespace {

constexpr int kUnits = 300;

double thread_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

std::string unit_name(int number) {
  return "u" + std::to_string(number) + ".service";
}

/// Samples of host and units a second apart by the clock that they are told, `work` in between.
template <typename Work>
void measure(benchmark::State& state, const std::string& root, Work work) {
  SampleTable host_table;
  SampleTable unit_table;
  HostSampler host({}, host_table);
  UnitOptions options;
  options.root = root;
  options.patterns.units = {*Glob::parse("*.service")};
  UnitProbe units(std::move(options), unit_table);
  SteadyTime now{std::chrono::hours(1)};
  host.sample(now);
  units.sample(now);
  std::vector<double> times;
  std::vector<double> units_alone;
  for (auto _ : state) {
    state.PauseTiming();
    work();
    state.ResumeTiming();
    now += std::chrono::seconds(1);
    const double begin = thread_microseconds();
    host.sample(now);
    const double between = thread_microseconds();
    units.sample(now);
    const double end = thread_microseconds();
    times.push_back(end - begin);
    units_alone.push_back(end - between);
  }
  std::sort(times.begin(), times.end());
  std::sort(units_alone.begin(), units_alone.end());
  state.counters["units"] = static_cast<double>(units.counts().units);
  state.counters["descriptors"] = static_cast<double>(units.counts().descriptors);
  state.counters["all_p50_us"] = times[times.size() / 2];
  state.counters["all_p99_us"] = times[times.size() * 99 / 100];
  state.counters["units_p50_us"] = units_alone[units_alone.size() / 2];
  state.counters["units_p99_us"] = units_alone[units_alone.size() * 99 / 100];
}

void BM_UnitsInMemory(benchmark::State& state) {
  FakeCgroups groups;
  for (int i = 0; i < kUnits; ++i) groups.add("system.slice/" + unit_name(i), 1);
  std::uint64_t microseconds = 1;
  measure(state, groups.path(), [&] {
    ++microseconds;
    for (int i = 0; i < state.range(0); ++i) groups.use_cpu("system.slice/" + unit_name(i), microseconds);
  });
}
BENCHMARK(BM_UnitsInMemory)->ArgName("busy")->Arg(0)->Arg(30)->Arg(kUnits)->Iterations(200);

/// What becomes of such a sample: a line of the spool, and the history of an hour, a day and a month, in memory.
void BM_KeepingUnits(benchmark::State& state) {
  FakeCgroups groups;
  for (int i = 0; i < kUnits; ++i) groups.add("system.slice/" + unit_name(i), 1);
  SampleTable table;
  UnitOptions options;
  options.root = groups.path();
  options.patterns.units = {*Glob::parse("*.service")};
  UnitProbe units(std::move(options), table);
  SampleHistory history({});
  Sample sample;
  sample.time = WallTime{std::chrono::hours(500'000)};
  sample.elapsed = std::chrono::seconds(1);
  sample.sets.resize(1);
  SteadyTime now{std::chrono::hours(1)};
  std::string record;
  for (auto _ : state) {
    state.PauseTiming();
    now += std::chrono::seconds(1);
    sample.time += std::chrono::seconds(1);
    units.sample(now);
    table.read(sample.sets[0]);
    state.ResumeTiming();
    record.clear();
    if (state.range(0) == 0) append_sample_record(record, sample);
    if (state.range(0) == 1) history.add(sample);
  }
  state.counters["record_bytes"] = static_cast<double>(record.size());
  state.counters["series"] = static_cast<double>(sample.sets[0].values.size());
}
BENCHMARK(BM_KeepingUnits)->ArgName("history")->Arg(0)->Arg(1)->Iterations(200)->Unit(benchmark::kMicrosecond);

/// Real groups, and in those that are to work a process that does something when it is told to.
class RealGroups {
 public:
  explicit RealGroups(int busy) {
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      const std::string slice = std::string(root) + "/tailwaterbench" + std::to_string(::getpid()) + ".slice";
      if (::access((std::string(root) + "/cgroup.procs").c_str(), W_OK) == 0 && ::mkdir(slice.c_str(), 0755) == 0) {
        slice_ = slice;
        break;
      }
    }
    for (int i = 0; i < kUnits && !slice_.empty(); ++i) {
      const std::string group = slice_ + '/' + unit_name(i);
      ::mkdir(group.c_str(), 0755);
      if (i < busy) start_worker(group);
    }
  }
  ~RealGroups() {
    for (const Worker& worker : workers_) {
      ::kill(worker.pid, SIGKILL);
      ::waitpid(worker.pid, nullptr, 0);
      ::close(worker.orders);
    }
    for (int i = 0; i < kUnits && !slice_.empty(); ++i) ::rmdir((slice_ + '/' + unit_name(i)).c_str());
    if (!slice_.empty()) ::rmdir(slice_.c_str());
  }
  RealGroups(const RealGroups&) = delete;
  RealGroups& operator=(const RealGroups&) = delete;

  [[nodiscard]] const std::string& slice() const { return slice_; }
  void work() const {
    for (const Worker& worker : workers_) static_cast<void>(!::write(worker.orders, "x", 1));
    ::usleep(20'000);
  }

 private:
  struct Worker {
    pid_t pid;
    int orders;
  };
  void start_worker(const std::string& group) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (const Worker& other : workers_) ::close(other.orders);
      ::close(ends[1]);
      char order = 0;
      while (::read(ends[0], &order, 1) == 1) {
      }
      ::_exit(0);
    }
    ::close(ends[0]);
    const int members = ::open((group + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    const std::string number = std::to_string(pid);
    static_cast<void>(!::write(members, number.data(), number.size()));
    ::close(members);
    workers_.push_back({pid, ends[1]});
  }

  std::string slice_;
  std::vector<Worker> workers_;
};

void BM_UnitsOfTheKernel(benchmark::State& state) {
  const RealGroups groups(static_cast<int>(state.range(0)));
  if (groups.slice().empty()) return state.SkipWithError("no cgroup v2 hierarchy can be written here");
  measure(state, groups.slice(), [&groups] { groups.work(); });
}
BENCHMARK(BM_UnitsOfTheKernel)->ArgName("busy")->Arg(0)->Arg(30)->Arg(kUnits)->Iterations(200);

}  // namespace
}  // namespace tailwater
