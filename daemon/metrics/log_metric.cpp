#include "metrics/log_metric.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/literal_search.h"
#include "filter/regex_filter.h"
#include "metrics/registry.h"

namespace tailwater {
namespace {

constexpr std::string_view kValue = "value";

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Cut between two characters.
std::string_view label_value(std::string_view text) {
  if (text.size() <= LogMetric::kMaxLabelBytes) return text;
  std::size_t size = LogMetric::kMaxLabelBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
  return text.substr(0, size);
}

Result<void> check(const LogMetricRule& rule, const CapturePattern& pattern) {
  const auto& names = pattern.names();
  const bool has_value = std::find(names.begin(), names.end(), kValue) != names.end();
  if (rule.type != MetricType::kCounter && !has_value) {
    return fail(ErrorCode::kInvalid, "a gauge or a histogram needs the number in a group (?P<value>...)");
  }
  for (const std::string& name : names) {
    if (name == "le" || name.substr(0, 2) == "__" || (name.front() >= '0' && name.front() <= '9')) {
      return fail(ErrorCode::kInvalid, fmt::format("{} cannot be a label; give the group another name", name));
    }
  }
  if (rule.type == MetricType::kHistogram && rule.buckets.empty()) {
    return fail(ErrorCode::kInvalid, "a histogram needs buckets, such as [0.1, 1, 10]");
  }
  if (std::adjacent_find(rule.buckets.begin(), rule.buckets.end(), std::greater_equal<>()) != rule.buckets.end()) {
    return fail(ErrorCode::kInvalid, "each of the buckets must be larger than the one before");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LogMetric>> LogMetric::make(LogMetricRule rule, SampleTable& table) {
  auto pattern = CapturePattern::make(rule.pattern);
  if (!pattern) return fail(pattern.error());
  if (auto fine = check(rule, **pattern); !fine) return fail(fine.error());
  return std::unique_ptr<LogMetric>(new LogMetric(std::move(rule), std::move(*pattern), table));
}

LogMetric::LogMetric(LogMetricRule rule, std::shared_ptr<const CapturePattern> pattern, SampleTable& table)
    : rule_(std::move(rule)),
      pattern_(std::move(pattern)),
      table_(table),
      metric_(make_metric({rule_.name, "", rule_.type, rule_.help.empty() ? "Counted from log lines." : rule_.help})),
      value_group_(static_cast<std::size_t>(std::find(pattern_->names().begin(), pattern_->names().end(), kValue) -
                                            pattern_->names().begin())),
      captured_(pattern_->names().size()) {}

LogMetric::~LogMetric() {
  for (const auto& [key, point] : points_) remove(point);
}

bool LogMetric::may_match(std::string_view lines) const {
  const std::string_view literal = pattern_->required_literal();
  return literal.empty() || find_literal(lines, literal, 0) != std::string_view::npos;
}

void LogMetric::on_line(std::string_view line, SteadyTime now) {
  if (!pattern_->capture(line, captured_)) return;
  counters_->matched.fetch_add(1, std::memory_order_relaxed);
  double value = 1;
  if (value_group_ < captured_.size()) {
    const auto number = number_in(captured_[value_group_]);
    if (!number || (rule_.type == MetricType::kCounter && *number < 0)) {
      counters_->errors.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    value = *number;
  }
  const Point* point = point_of(now);
  if (point == nullptr) {
    counters_->dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  observe(*point, value);
}

LogMetric::Point* LogMetric::point_of(SteadyTime now) {
  key_.clear();
  for (std::size_t i = 0; i < captured_.size(); ++i) {
    if (i == value_group_) continue;
    const std::string_view value = label_value(captured_[i]);
    const auto size = static_cast<std::uint32_t>(value.size());  // so that no two lists of values look alike
    key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(value);
  }
  auto found = points_.find(key_);
  if (found == points_.end()) {
    if (points_.size() >= rule_.max_series) return nullptr;
    found = points_.emplace(key_, make_point()).first;
    counters_->series.store(points_.size(), std::memory_order_relaxed);
  }
  found->second.touched = now;
  return &found->second;
}

LogMetric::Point LogMetric::make_point() {
  Labels labels;
  for (std::size_t i = 0; i < captured_.size(); ++i) {
    if (i != value_group_) labels.push_back({pattern_->names()[i], to_valid_utf8(label_value(captured_[i]))});
  }
  Point point;
  if (rule_.type != MetricType::kHistogram) {
    point.ids.push_back(table_.add(metric_, std::move(labels)));
  } else {
    std::vector<double> bounds = rule_.buckets;
    bounds.push_back(std::numeric_limits<double>::infinity());
    for (const double bound : bounds) {
      Labels with_bound = labels;
      with_bound.push_back({"le", bound_text(bound)});
      point.ids.push_back(table_.add(metric_, std::move(with_bound), SeriesPart::kBucket));
    }
    point.ids.push_back(table_.add(metric_, labels, SeriesPart::kSum));
    point.ids.push_back(table_.add(metric_, std::move(labels), SeriesPart::kCount));
  }
  for (const SampleTable::Id id : point.ids) table_.set(id, 0);
  return point;
}

void LogMetric::observe(const Point& point, double value) {
  const auto add = [this](SampleTable::Id id, double amount) { table_.set(id, table_.value(id) + amount); };
  switch (rule_.type) {
    case MetricType::kCounter: return add(point.ids.front(), value);
    case MetricType::kGauge: return table_.set(point.ids.front(), value);
    case MetricType::kHistogram: break;
  }
  const std::size_t bounds = rule_.buckets.size();
  for (std::size_t i = 0; i <= bounds; ++i) {
    if (i == bounds || value <= rule_.buckets[i]) add(point.ids[i], 1);
  }
  add(point.ids[bounds + 1], value);
  add(point.ids[bounds + 2], 1);
}

void LogMetric::remove(const Point& point) {
  for (const SampleTable::Id id : point.ids) table_.remove(id);
}

void LogMetric::expire(SteadyTime now) {
  if (rule_.ttl.count() == 0) return;
  std::erase_if(points_, [&](const auto& entry) {
    if (now - entry.second.touched < rule_.ttl) return false;
    remove(entry.second);
    return true;
  });
  counters_->series.store(points_.size(), std::memory_order_relaxed);
}

}  // namespace tailwater
