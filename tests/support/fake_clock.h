// FakeClock: a clock that stands still until a test steps it.
#pragma once

#include "base/clock.h"

namespace tailwater {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
  [[nodiscard]] WallTime wall_now() const override { return wall_; }
  void advance(Milliseconds by) {
    steady_ += by;
    wall_ += by;
  }
  void set_wall(WallTime wall) { wall_ = wall; }

 private:
  SteadyTime steady_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::duration_cast<Milliseconds>(std::chrono::hours(24) * 20000)};
};

}  // namespace tailwater
