// StreamCounters: what /metrics and /api/streams say about streaming. Any thread; each is exact, together they are not
// of one moment.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/histogram.h"
#include "base/spread_counter.h"

#include "stream/sse_frame.h"

namespace tailwater {

/// Seconds that a client took from its request to the live end.
inline constexpr std::array<double, 8> kCatchUpBounds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 15, 60};

struct StreamCounters {
  std::atomic<std::uint64_t> clients{0};
  std::atomic<std::uint64_t> live_clients{0};
  std::atomic<std::uint64_t> catching_up{0};
  std::atomic<std::uint64_t> records_framed{0};
  std::array<std::atomic<std::uint64_t>, kGapReasons> gaps{};  ///< announced, by reason
  std::atomic<std::uint64_t> fell_behind{0};
  std::atomic<std::uint64_t> feeds_set_aside{0};
  SpreadCounter bytes_sent;  // a cell for each client thread
  const std::shared_ptr<Histogram> catch_up = std::make_shared<Histogram>(kCatchUpBounds);
  const std::shared_ptr<Histogram> send_latency = std::make_shared<Histogram>(kLatencyBounds);

  void add_gap(GapReason reason) { gaps[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed); }
  /// What has come to `now` since `before`.
  void add_gaps(const GapCounts& now, const GapCounts& before) {
    for (std::size_t i = 0; i < kGapReasons; ++i) {
      if (now[i] != before[i]) gaps[i].fetch_add(now[i] - before[i], std::memory_order_relaxed);
    }
  }
};

}  // namespace tailwater
