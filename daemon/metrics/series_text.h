// Series as text: in JSON, for /api/metrics, for the records of samples and as the key under which history keeps them.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "metrics/metric.h"

namespace tailwater {

/// The metric's name; with ".sum" or ".count" for those parts of a histogram.
[[nodiscard]] std::string sample_name(const Series& series);

/// A bucket of a histogram goes to /metrics alone: samples and history hold sum and count.
[[nodiscard]] inline bool is_sampled(const Series& series) {
  return series.part != SeriesPart::kBucket;
}
/// Does it only grow, so that its rate is what history keeps?
[[nodiscard]] inline bool is_total(const Series& series) {
  return series.metric->type != MetricType::kGauge;
}

/// "name":"...","labels":{...},"type":"counter","unit":"By" without braces: equal for equal series, of any process.
[[nodiscard]] std::string series_members(const Series& series);

/// A number in JSON; null for what is none.
void append_number(std::string& out, double value);

}  // namespace tailwater
