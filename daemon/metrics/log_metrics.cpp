#include "metrics/log_metrics.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "filter/level.h"

namespace tailwater {
namespace {

constexpr std::chrono::seconds kExpiryInterval{10};
constexpr Milliseconds kPublishInterval{100};

double number(const std::atomic<std::uint64_t>& value) {
  return static_cast<double>(value.load(std::memory_order_relaxed));
}

}  // namespace

LogMetrics::LogMetrics(bool levels, const Clock& clock, Registry& registry)
    : levels_(levels),
      clock_(clock),
      registry_(registry),
      lines_(make_metric({"tailwater.log.lines", "{line}", MetricType::kCounter,
                          levels ? "Lines that arrived, by the level that they state." : "Lines that arrived."})),
      bytes_(make_metric({"tailwater.log.io", "By", MetricType::kCounter, "Bytes that arrived."})) {
  registry_.add({"tailwater.log_metrics.time", "s", MetricType::kCounter,
                 "Time that counting lines and applying rules to them took."},
                [time = nanoseconds_] { return number(*time) / 1e9; });
}

Result<void> LogMetrics::set_rules(const std::vector<LogMetricRule>& rules) {
  std::vector<std::unique_ptr<LogMetric>> made;
  for (const LogMetricRule& rule : rules) {
    const bool known =
        std::any_of(metrics_.begin(), metrics_.end(), [&rule](const auto& metric) { return metric->rule() == rule; });
    if (known) {
      made.push_back(nullptr);
      continue;
    }
    auto metric = LogMetric::make(rule, table_);
    if (!metric) {
      return fail(metric.error().code, fmt::format("metric {}: {}", rule.name, metric.error().message));
    }
    made.push_back(std::move(*metric));
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made[i]) {
      register_rule(*made[i]);
      continue;
    }
    made[i] = std::move(*std::find_if(metrics_.begin(), metrics_.end(),
                                      [&](const auto& metric) { return metric && metric->rule() == rules[i]; }));
  }
  for (const auto& metric : metrics_) {
    if (metric) forget_rule(metric->rule().name, rules);
  }
  metrics_ = std::move(made);
  return {};
}

/// Unless there is another one of that name, which has taken its place.
void LogMetrics::forget_rule(const std::string& name, const std::vector<LogMetricRule>& rules) {
  const bool replaced =
      std::any_of(rules.begin(), rules.end(), [&](const LogMetricRule& rule) { return rule.name == name; });
  if (!replaced) registry_.remove({"metric", name});
}

void LogMetrics::register_rule(const LogMetric& metric) {
  struct Row {
    const char* name;
    const char* unit;
    MetricType type;
    const char* help;
    std::atomic<std::uint64_t> LogMetric::Counters::*counter;
  };
  static constexpr Row kRows[] = {
      {"tailwater.log_metric.matched", "{line}", MetricType::kCounter, "Lines that a rule matched.",
       &LogMetric::Counters::matched},
      {"tailwater.log_metric.errors", "{line}", MetricType::kCounter, "Lines whose value was no number that fits.",
       &LogMetric::Counters::errors},
      {"tailwater.log_metric.dropped", "{line}", MetricType::kCounter,
       "Lines that were not counted because the rule has max_series series already.", &LogMetric::Counters::dropped},
      {"tailwater.log_metric.series", "{series}", MetricType::kGauge, "Series that a rule has.",
       &LogMetric::Counters::series}};
  const Labels labels{{"metric", metric.rule().name}};
  for (const Row& row : kRows) {
    registry_.add_or_replace(
        {row.name, row.unit, row.type, row.help}, labels,
        [counters = metric.counters(), counter = row.counter] { return number((*counters).*counter); });
  }
  registry_.add_or_replace({"tailwater.log_metric.time", "s", MetricType::kCounter,
                            "Time that a rule took for lines that it may match, out of one in 64."},
                           labels, [counters = metric.counters()] { return number(counters->nanoseconds) / 1e9; });
}

LogMetrics::Stream& LogMetrics::stream_of(std::string_view name) {
  const auto found = streams_.find(name);
  if (found != streams_.end()) return found->second;
  Stream stream;
  const Label label{"stream", std::string(name)};
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (!levels_ && level > 0) continue;
    Labels labels{label};
    const bool none = level == kLevels - 1;
    if (levels_) labels.push_back({"level", none ? "none" : std::string(to_text(static_cast<Level>(level)))});
    stream.lines[level] = table_.add(lines_, std::move(labels));
    table_.set(stream.lines[level], 0);
  }
  stream.bytes = table_.add(bytes_, {label});
  table_.set(stream.bytes, 0);
  return streams_.emplace(std::string(name), stream).first->second;
}

void LogMetrics::count(const Stream& stream, std::string_view line) {
  std::size_t index = 0;
  if (levels_) {
    const auto level = detect_level(line);
    index = level ? static_cast<std::size_t>(*level) : kLevels - 1;
  }
  table_.set(stream.lines[index], table_.value(stream.lines[index]) + 1);
}

void LogMetrics::on_extent(const LogExtent& extent, const RecordRules& rules) {
  const SteadyTime now = clock_.steady_now();
  const Stream& stream = stream_of(extent.stream);
  table_.set(stream.bytes, table_.value(stream.bytes) + static_cast<double>(extent.bytes.size()));
  applied_.clear();
  for (const auto& metric : metrics_) {
    if (metric->wants(extent.stream)) applied_.push_back(metric.get());
  }
  RecordRules cut = rules;
  cut.encoding = extent.before.encoding;
  if (extent.before.redactor) cut.redactor = extent.before.redactor;
  if (applied_.empty()) cut.redactor.reset();  // nothing of the lines but their number and level is told
  RecordSplitter splitter(extent.bytes, extent.begin, extent.before, extent.partial, cut);
  if (splitter.next_suspect() == std::string_view::npos) {
    std::erase_if(applied_, [&](const LogMetric* metric) { return !metric->may_match(extent.bytes); });
  }
  bool rest_of_a_line = extent.before.in_line;
  while (const auto record = splitter.next()) {
    if (!std::exchange(rest_of_a_line, false)) count(stream, record->line);
    if (!applied_.empty() && ++lines_seen_ % LogMetric::kTimed == 0) {
      apply_timed(record->line);
    } else {
      for (LogMetric* metric : applied_) metric->on_line(record->line, now);
    }
  }
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.steady_now() - now);
  nanoseconds_->fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
}

/// Asking for the time takes a good part of what a rule does: so not for each line.
void LogMetrics::apply_timed(std::string_view line) {
  SteadyTime before = clock_.steady_now();
  for (LogMetric* metric : applied_) {
    metric->on_line(line, before);
    const SteadyTime after = clock_.steady_now();
    metric->add_time(after - std::exchange(before, after));
  }
}

void LogMetrics::on_turn_end() {
  if (clock_.steady_now() - published_ >= kPublishInterval) publish();
}

void LogMetrics::publish() {
  const SteadyTime now = clock_.steady_now();
  published_ = now;
  if (now >= next_expiry_) {
    next_expiry_ = now + kExpiryInterval;
    for (const auto& metric : metrics_) metric->expire(now);
  }
  table_.publish();
}

}  // namespace tailwater
