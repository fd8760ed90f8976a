// Deadlines: many connections that all have the same time to do something. Since the time is the same for all, the one
// that started first is due first: a list and one timer, instead of a timer for each connection. Client thread only.
// Time is the kernel's steady clock, which the loop's timers run on.
#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "event/event_loop.h"

namespace tailwater {

class Deadlines;

/// A base of what has a deadline. Leaves its list when it is destroyed.
class WithDeadline {
 public:
  WithDeadline(const WithDeadline&) = delete;
  WithDeadline& operator=(const WithDeadline&) = delete;
  void cancel_deadline();

 protected:
  WithDeadline() = default;
  ~WithDeadline() { cancel_deadline(); }

 private:
  friend class Deadlines;
  Deadlines* list_ = nullptr;
  WithDeadline* previous_ = nullptr;
  WithDeadline* next_ = nullptr;
  SteadyTime due_{};
};

class Deadlines {
 public:
  /// `on_due` is called with each deadline that has passed, after it has left the list; it may destroy it.
  Deadlines(EventLoop& loop, Milliseconds allowed, std::function<void(WithDeadline&)> on_due);
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// Gives `deadline` the whole time from now on, whether it was pending or not.
  void start(WithDeadline& deadline);

 private:
  friend class WithDeadline;
  void remove(WithDeadline& deadline);
  void arm();
  void expire();

  Milliseconds allowed_;
  std::function<void(WithDeadline&)> on_due_;
  WithDeadline* first_ = nullptr;
  WithDeadline* last_ = nullptr;
  Timer timer_;
};

}  // namespace tailwater
