// Sampler: takes a sample of everything at a fixed pace, on a thread of its own, and answers for it. Its sources are
// the host, its units and this process, which it reads itself, the registry, and tables that others fill. Started and
// stopped by the main thread; the other members are for any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/result.h"
#include "event/event_loop.h"
#include "metrics/exposition.h"
#include "metrics/host_sampler.h"
#include "metrics/registry.h"
#include "metrics/self_probe.h"
#include "metrics/unit_probe.h"

namespace tailwater {

struct SamplerOptions {
  Milliseconds interval{1000};  ///< 0: no samples of the host are taken at all
  /// The pace while nobody asks: samples cost little, but waking a machine that sleeps is not nothing.
  Milliseconds quiet_interval{1000};
  HostOptions host;
  UnitOptions units;
};

/// One moment of everything.
struct Sample {
  WallTime time{};
  /// Since the sample before, by the steady clock; 0 for the first.
  std::chrono::microseconds elapsed{};
  std::vector<SampleSet> sets;
};

class Sampler {
 public:
  /// On the sampler's thread.
  using OnSample = std::function<void(const Sample&)>;
  using OnTick = std::function<void()>;

  /// `registry` and `clock` outlive the sampler.
  Sampler(SamplerOptions options, Registry& registry, const Clock& clock);
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// Before start(): who gets each sample, and what else is done with each tick.
  void on_sample(OnSample listener) { listeners_.push_back(std::move(listener)); }
  /// Whether anybody listens, and so the full pace is to be kept. On the sampler's thread.
  void keep_pace_while(std::function<bool()> anybody) { anybody_ = std::move(anybody); }
  void on_tick(OnTick task) { tasks_.push_back(std::move(task)); }
  void add_source(std::function<void(SampleSet&)> read) { sources_.push_back(std::move(read)); }

  [[nodiscard]] Result<void> start();
  void stop();
  /// Somebody asks, or begins to listen: one sample at once if it was quiet, and the full pace for some minutes.
  void want();
  /// Runs `task` on the sampler's thread, soon; how many of those there are: 1, or 0 if no samples are taken.
  std::size_t post(const EventLoop::Task& task);
  /// Takes one sample on the calling thread, for tests; only while the thread does not run.
  void tick();

  /// The text of /metrics.
  [[nodiscard]] std::string exposition(ExpositionFormat format, const StreamSet& readable = StreamSet::all()) const;

 private:
  void register_own();
  void register_units();
  void arm();
  void catch_up();
  [[nodiscard]] bool is_wanted() const;

  const SamplerOptions options_;
  Registry& registry_;
  const Clock& clock_;
  SampleTable host_table_;
  SampleTable unit_table_;
  SampleTable self_table_;
  HostSampler host_;
  UnitProbe units_;
  SelfProbe self_;
  std::vector<std::function<void(SampleSet&)>> sources_;
  std::vector<OnSample> listeners_;
  std::vector<OnTick> tasks_;
  std::function<bool()> anybody_ = [] { return false; };
  Sample sample_;
  SteadyTime last_{};
  SteadyTime due_{};
  std::shared_ptr<Histogram> duration_;
  std::atomic<std::uint64_t> late_{0};
  std::atomic<std::uint64_t> stuck_mounts_{0};

  std::atomic<SteadyTime> wanted_until_{};
  std::atomic<bool> quiet_{false};
  std::unique_ptr<EventLoop> loop_;
  std::atomic<EventLoop*> running_{nullptr};  // loop_, once it is there
  std::unique_ptr<Timer> timer_;
  std::thread thread_;
};

}  // namespace tailwater
