// Clock: the one way to ask for the time. The real one asks the kernel, a test's one is stepped by hand
// (tests/support/fake_clock.h). Deadlines and rates use steady time, what users see is wall time.
// Thread: any.
#pragma once

#include <chrono>

namespace tailwater {

using Milliseconds = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
/// Wall time, UTC, in the resolution of everything that we send and store.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall_now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace tailwater
