// GET /metrics: numbers for Prometheus and whatever else reads its text; memory alone is asked. GET /api/metrics: what
// they were, as JSON; may wait for a disk.
#pragma once

#include "http/routes.h"

namespace tailwater {

[[nodiscard]] Outcome answer_metrics(const Request& request, std::span<const std::string> captures,
                                     const Backend& backend);

[[nodiscard]] Outcome answer_metric_history(const Request& request, std::span<const std::string> captures,
                                            const Backend& backend);

/// Does an Accept value want OpenMetrics rather than Prometheus' own text (RFC 9110 section 12.5.1)? Of two that are
/// wanted alike it is OpenMetrics.
[[nodiscard]] bool prefers_openmetrics(std::string_view accept);

}  // namespace tailwater
