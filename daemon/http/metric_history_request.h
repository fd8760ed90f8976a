// MetricHistoryRequest: what GET /api/metrics asks for, parsed. Plain data.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/glob.h"

namespace tailwater {

struct MetricHistoryRequest {
  WallTime from{};
  WallTime to{};
  Milliseconds step{};      ///< 0: as fits
  std::vector<Glob> names;  ///< empty: all
};

}  // namespace tailwater
