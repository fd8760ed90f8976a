// LogMetric: one rule that makes numbers of log lines, and the series that it has made. A line in which the pattern
// occurs counts: its group `value` is the number (without one it is 1), every other named group a label. Series are
// bounded, whatever lines hold: beyond max_series new ones are dropped and counted, and one that no line has touched
// for the ttl goes. One thread, but for the counters.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "filter/capture_pattern.h"
#include "metrics/sample_table.h"

namespace tailwater {

struct LogMetricRule {
  std::string name;
  MetricType type = MetricType::kCounter;
  std::string help;
  std::string stream;  ///< empty: all
  std::string pattern;
  std::vector<double> buckets;  ///< of a histogram: growing
  std::size_t max_series = 1000;
  Milliseconds ttl{3'600'000};  ///< 0: for ever
  friend bool operator==(const LogMetricRule&, const LogMetricRule&) = default;
};

class LogMetric {
 public:
  /// A longer value of a label is cut.
  static constexpr std::size_t kMaxLabelBytes = 128;

  static constexpr std::uint64_t kTimed = 64;

  struct Counters {
    std::atomic<std::uint64_t> matched{0};
    std::atomic<std::uint64_t> errors{0};   ///< lines whose value is no number that fits
    std::atomic<std::uint64_t> dropped{0};  ///< lines whose series there was no place for
    std::atomic<std::uint64_t> series{0};
    std::atomic<std::uint64_t> nanoseconds{0};  ///< out of one line in kTimed
  };

  /// kInvalid for a pattern that is none, or whose groups cannot be labels. `table` outlives the metric.
  [[nodiscard]] static Result<std::unique_ptr<LogMetric>> make(LogMetricRule rule, SampleTable& table);
  ~LogMetric();
  LogMetric(const LogMetric&) = delete;
  LogMetric& operator=(const LogMetric&) = delete;

  [[nodiscard]] const LogMetricRule& rule() const { return rule_; }
  [[nodiscard]] const std::shared_ptr<const Counters>& counters() const { return shared_counters_; }
  [[nodiscard]] bool wants(std::string_view stream) const { return rule_.stream.empty() || rule_.stream == stream; }
  /// Can any of the lines match?
  [[nodiscard]] bool may_match(std::string_view lines) const;
  void on_line(std::string_view line, SteadyTime now);
  /// What one line of kTimed took.
  void add_time(std::chrono::nanoseconds took) {
    counters_->nanoseconds.fetch_add(static_cast<std::uint64_t>(took.count()) * kTimed, std::memory_order_relaxed);
  }
  /// Takes away what has not been touched for too long.
  void expire(SteadyTime now);

 private:
  struct Point {
    std::vector<SampleTable::Id> ids;  // one; of a histogram its buckets, the sum and the count
    SteadyTime touched{};
  };

  LogMetric(LogMetricRule rule, std::shared_ptr<const CapturePattern> pattern, SampleTable& table);
  [[nodiscard]] Point* point_of(SteadyTime now);
  [[nodiscard]] Point make_point();
  void observe(const Point& point, double value);
  void remove(const Point& point);

  const LogMetricRule rule_;
  const std::shared_ptr<const CapturePattern> pattern_;
  SampleTable& table_;
  std::shared_ptr<const MetricInfo> metric_;
  std::size_t value_group_;  // the number of groups: there is none
  std::vector<std::string_view> captured_;
  std::string key_;
  std::unordered_map<std::string, Point> points_;
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
  const std::shared_ptr<const Counters> shared_counters_ = counters_;
};

}  // namespace tailwater
