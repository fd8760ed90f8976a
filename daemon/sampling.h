// Sampling: the sampler with what is kept of its samples: the spool, from which `metric` events are made, and the
// history, out of which /api/metrics is answered. Both lie in the state directory, or in memory without one. Main
// thread, but for what answers requests, which is for any.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "config/configuration.h"
#include "http/metric_history_request.h"
#include "metrics/registry.h"
#include "metrics/sample_history.h"
#include "metrics/sample_spool.h"
#include "metrics/sampler.h"
#include "source/ingest.h"

namespace tailwater {

class Sampling {
 public:
  /// `registry` and `clock` outlive it. What cannot be kept is not, and the log says so. `state` exists, or is empty.
  Sampling(const SamplerConfig& config, const std::string& state, Registry& registry, const Clock& clock);
  ~Sampling();
  Sampling(const Sampling&) = delete;
  Sampling& operator=(const Sampling&) = delete;

  /// The spool as a stream to follow, if there is one.
  [[nodiscard]] std::optional<StreamSource> source() const;
  /// How its records are cut, whether it is there or not.
  [[nodiscard]] static RecordRules rules();
  // --- before start() ----------------------------------------------------------------------------------------
  /// Tells whether anybody waits for samples: then each is written at once, else some together, so that the journal
  /// gets an entry for all of them and not one for each. Called on the sampler's thread.
  void set_audience(std::function<bool()> anybody) {
    sampler_.keep_pace_while(anybody);
    anybody_ = std::move(anybody);
  }
  void add_source(std::function<void(SampleSet&)> read) { sampler_.add_source(std::move(read)); }
  void on_tick(Sampler::OnTick task) { sampler_.on_tick(std::move(task)); }
  [[nodiscard]] Result<void> start() { return sampler_.start(); }
  void stop();

  /// Somebody asks for numbers or begins to listen to them: see Sampler::want(). Any thread.
  void want() { sampler_.want(); }
  /// Runs `task` on the sampler's thread, if there is one: see Sampler::post(). Main thread.
  std::size_t post(const EventLoop::Task& task) { return sampler_.post(task); }
  // --- any thread --------------------------------------------------------------------------------------------
  [[nodiscard]] std::string exposition(bool openmetrics, const StreamSet& readable) const;
  [[nodiscard]] Result<std::string> history(const MetricHistoryRequest& request) const;

 private:
  void open_spool(const SamplerConfig& config, const std::string& state);
  void open_history(const SamplerConfig& config, const std::string& state);
  void register_own(Registry& registry);
  void keep(const Sample& sample);

  std::string temporary_;  // the spool's folder where there is no state directory
  UniqueFd temporary_lock_;
  std::unique_ptr<SampleSpool> spool_;
  std::unique_ptr<SampleHistory> history_;
  std::function<bool()> anybody_ = [] { return true; };
  std::string unwritten_;  // records
  std::chrono::microseconds unwritten_for_{};
  bool stopped_ = false;
  Sampler sampler_;
};

}  // namespace tailwater
