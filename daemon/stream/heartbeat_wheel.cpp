#include "stream/heartbeat_wheel.h"

#include <algorithm>

#include "stream/cursor.h"

namespace tailwater {

HeartbeatWheel::HeartbeatWheel(SteadyTime start, Milliseconds heartbeat)
    : start_(start), tick_(std::max(Milliseconds(1), heartbeat / kTicksPerHeartbeat)) {}

void HeartbeatWheel::schedule(LoopCursor& cursor, std::uint32_t due) {
  due = std::clamp(due, taken_ + 1, taken_ + kSlots - 1);
  slots_[due % kSlots].push_back(cursor);
}

void HeartbeatWheel::take_due(std::uint32_t now, List& due) {
  // After a long sleep every slot is due once, not once for each turn of the wheel.
  const std::uint32_t slots = std::min(now > taken_ ? now - taken_ : 0, kSlots);
  for (std::uint32_t i = 1; i <= slots; ++i) due.take_all(slots_[(taken_ + i) % kSlots]);
  taken_ = std::max(taken_, now);
}

std::optional<std::uint32_t> HeartbeatWheel::next_due() const {
  for (std::uint32_t tick = taken_ + 1; tick < taken_ + kSlots; ++tick) {
    if (!slots_[tick % kSlots].empty()) return tick;
  }
  return std::nullopt;
}

}  // namespace tailwater
