// ReconnectDelay: how long to wait before a lost connection is tried again: at once the first time, then longer and
// longer, each with some chance, so that many clients of a server that comes back do not come all at once. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace tailwater {

class ReconnectDelay {
 public:
  static constexpr Milliseconds kFirst{50};
  static constexpr Milliseconds kLongest{10'000};

  explicit ReconnectDelay(std::uint64_t seed) : random_(seed | 1U) {}

  /// The next attempt. `asked`: what the server asked for (retry:, Retry-After); 0 if nothing.
  [[nodiscard]] Milliseconds next(Milliseconds asked) {
    // xorshift64: any spread will do.
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    const Milliseconds delay = delay_;
    delay_ = std::min(delay_ * 2, kLongest);
    const auto spread = Milliseconds(static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(delay.count())));
    return std::max(std::clamp(asked, Milliseconds(0), Milliseconds(60'000)), delay / 2 + spread / 2);
  }
  /// The connection works.
  void reset() { delay_ = kFirst; }

 private:
  std::uint64_t random_;
  Milliseconds delay_ = kFirst;
};

}  // namespace tailwater
