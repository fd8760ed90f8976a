// HeartbeatWheel: which cursors of a client thread have been quiet for a heartbeat's time. A timing wheel: each cursor
// lies in the slot of its due time and costs nothing until then. Knows no clock. Thread: its client thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/intrusive_list.h"

namespace tailwater {

class LoopCursor;
struct WheelTag;

class HeartbeatWheel {
 public:
  using List = IntrusiveList<LoopCursor, WheelTag>;
  /// Heartbeats come in time to within a tick; due times are spread over the last quarter of the interval.
  static constexpr std::uint32_t kTicksPerHeartbeat = 32;
  static constexpr std::uint32_t kSpreadTicks = 8;

  HeartbeatWheel(SteadyTime start, Milliseconds heartbeat);

  [[nodiscard]] std::uint32_t tick_at(SteadyTime now) const {
    return static_cast<std::uint32_t>((now - start_) / tick_);
  }
  [[nodiscard]] SteadyTime time_of(std::uint32_t tick) const { return start_ + tick * tick_; }
  /// `due` is at most a heartbeat ahead.
  void schedule(LoopCursor& cursor, std::uint32_t due);
  /// Moves those due at `now` or before to `due`.
  void take_due(std::uint32_t now, List& due);
  /// The next tick with someone in it.
  [[nodiscard]] std::optional<std::uint32_t> next_due() const;

 private:
  static constexpr std::uint32_t kSlots = 64;  // a power of two, more than a heartbeat's ticks

  SteadyTime start_;
  Milliseconds tick_;
  std::uint32_t taken_ = 0;  // everything due up to this tick has been taken
  std::array<List, kSlots> slots_;
};

}  // namespace tailwater
