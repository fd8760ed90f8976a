// The text of /metrics: Prometheus' text format 0.0.4 and OpenMetrics 1.0. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/ https://prometheus.io/docs/specs/om/open_metrics_spec/
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/stream_set.h"
#include "metrics/sample_table.h"

namespace tailwater {

enum class ExpositionFormat : std::uint8_t { kPrometheus, kOpenMetrics };

/// `sets` have no metric in common. Series without a value are left out, and metrics without series,
/// and what tells of streams that are not `readable`.
[[nodiscard]] std::string exposition(std::span<const SampleSet> sets, ExpositionFormat format,
                                     const StreamSet& readable = StreamSet::all());

}  // namespace tailwater
