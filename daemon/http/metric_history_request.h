// MetricHistoryRequest: what GET /api/metrics asks for, parsed. Plain data.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/glob.h"
#include "base/stream_set.h"

namespace tailwater {

struct MetricHistoryRequest {
  WallTime from{};
  WallTime to{};
  Milliseconds step{};      ///< 0: as fits
  std::vector<Glob> names;  ///< empty: all
  StreamSet readable;       ///< what tells of other streams is not for who asks
};

}  // namespace tailwater
