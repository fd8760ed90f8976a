// WritableWait: one wait at a time for room in a socket, or for the stall time to pass without any. Its event is made
// when it is first needed: most clients never let their socket fill. Client thread only.
#pragma once

#include "base/clock.h"
#include "event/event_loop.h"

namespace tailwater {

class WritableWait {
 public:
  /// `callback` is called with `argument`, from the loop.
  using Callback = void (*)(void* argument, bool writable);

  WritableWait(EventLoop& loop, int fd, Milliseconds stall_timeout, Callback callback, void* argument);
  WritableWait(const WritableWait&) = delete;
  WritableWait& operator=(const WritableWait&) = delete;

  /// The time counts from here.
  void start();
  [[nodiscard]] bool is_waiting() const { return waiting_; }

 private:
  EventLoop& loop_;
  Callback callback_;
  void* argument_;
  EventPtr event_;
  int fd_;
  std::uint32_t stall_ms_;
  bool waiting_ = false;
};

}  // namespace tailwater
