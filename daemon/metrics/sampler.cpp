#include "metrics/sampler.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace tailwater {

namespace {

/// Longer than the pause between two scrapes.
constexpr std::chrono::minutes kWantedFor{5};

}  // namespace

Sampler::Sampler(SamplerOptions options, Registry& registry, const Clock& clock)
    : options_(std::move(options)),
      registry_(registry),
      clock_(clock),
      host_(options_.host, host_table_),
      units_(options_.units, unit_table_),
      self_(self_table_),
      duration_(std::make_shared<Histogram>(kLatencyBounds)) {
  sources_.emplace_back([this](SampleSet& set) { host_table_.read(set); });
  sources_.emplace_back([this](SampleSet& set) { unit_table_.read(set); });
  sources_.emplace_back([this](SampleSet& set) { self_table_.read(set); });
  sources_.emplace_back([this](SampleSet& set) { registry_.read(set); });
  register_own();
}

void Sampler::register_own() {
  registry_.add(make_metric({"tailwater.sampler.duration", "s", MetricType::kHistogram, "What taking a sample took."}),
                {}, duration_);
  registry_.add({"tailwater.sampler.late", "{sample}", MetricType::kCounter,
                 "Samples that were left out because the one before came too late."},
                [this] { return static_cast<double>(late_.load(std::memory_order_relaxed)); });
  registry_.add({"tailwater.sampler.stuck_mounts", "{mount}", MetricType::kGauge,
                 "File systems that do not say how much space they have."},
                [this] { return static_cast<double>(stuck_mounts_.load(std::memory_order_relaxed)); });
  register_units();
}

void Sampler::register_units() {
  const auto add = [this](const char* name, const char* unit, MetricType type,
                          std::atomic<std::uint64_t> UnitCounts::*count, const char* help) {
    registry_.add({name, unit, type, help}, [this, count] {
      return static_cast<double>((units_.counts().*count).load(std::memory_order_relaxed));
    });
  };
  add("tailwater.units", "{unit}", MetricType::kGauge, &UnitCounts::units,
      "Units and other control groups that are read.");
  add("tailwater.units.left_out", "{unit}", MetricType::kGauge, &UnitCounts::left_out,
      "Units that are not, because there are more than sampler.max_units.");
  add("tailwater.units.appeared", "{unit}", MetricType::kCounter, &UnitCounts::appeared,
      "Times when a unit was found that was not there before.");
  add("tailwater.units.descriptors", "{descriptor}", MetricType::kGauge, &UnitCounts::descriptors,
      "Descriptors that are kept open for units.");
}

Result<void> Sampler::start() {
  if (options_.interval.count() == 0) return {};
  auto loop = EventLoop::create();
  if (!loop) return fail(loop.error());
  loop_ = std::move(*loop);
  timer_ = std::make_unique<Timer>(*loop_, [this] {
    tick();
    arm();
  });
  due_ = clock_.steady_now();
  running_ = loop_.get();
  wanted_until_ =
      std::max(wanted_until_.load(), due_ + options_.interval);  // the second sample is the first that knows rates
  loop_->post([this] {
    tick();
    arm();
  });
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "sampler");
    loop_->run();
  });
  return {};
}

void Sampler::stop() {
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

std::size_t Sampler::post(const EventLoop::Task& task) {
  EventLoop* loop = running_;
  if (loop == nullptr) return 0;
  loop->post(task);
  return 1;
}

void Sampler::want() {
  wanted_until_ = clock_.steady_now() + kWantedFor;
  EventLoop* loop = running_;
  if (loop != nullptr && quiet_.exchange(false)) loop->post([this] { catch_up(); });
}

/// It has been quiet, and somebody asks.
void Sampler::catch_up() {
  due_ = clock_.steady_now();
  tick();
  arm();
}

bool Sampler::is_wanted() const {
  return clock_.steady_now() <= wanted_until_.load() || anybody_();
}

/// The next one is due an interval after this one was, not after it came: so that the pace does not drift.
void Sampler::arm() {
  // In this order: whoever asks from here on sees that it is quiet, and says so.
  quiet_ = true;
  if (is_wanted()) quiet_ = false;
  const Milliseconds interval = quiet_ ? options_.quiet_interval : options_.interval;
  const SteadyTime now = clock_.steady_now();
  due_ += interval;
  if (due_ <= now) {
    const auto missed = (now - due_) / interval + 1;
    late_.fetch_add(static_cast<std::uint64_t>(missed), std::memory_order_relaxed);
    due_ += missed * interval;
  }
  timer_->start_once(std::chrono::duration_cast<std::chrono::microseconds>(due_ - now));
}

void Sampler::tick() {
  const SteadyTime begin = clock_.steady_now();
  sample_.time = clock_.wall_now();
  sample_.elapsed = last_ == SteadyTime{} ? std::chrono::microseconds(0)
                                          : std::chrono::duration_cast<std::chrono::microseconds>(begin - last_);
  last_ = begin;
  host_.sample(begin);
  units_.sample(begin);
  self_.sample();
  stuck_mounts_.store(host_.stuck_mounts(), std::memory_order_relaxed);
  sample_.sets.resize(sources_.size());
  for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i](sample_.sets[i]);
  for (const OnSample& listener : listeners_) listener(sample_);
  duration_->observe(std::chrono::duration<double>(clock_.steady_now() - begin).count());
  for (const OnTick& task : tasks_) task();
}

std::string Sampler::exposition(ExpositionFormat format, const StreamSet& readable) const {
  std::vector<SampleSet> sets(sources_.size());
  for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i](sets[i]);
  return tailwater::exposition(sets, format, readable);
}

}  // namespace tailwater
