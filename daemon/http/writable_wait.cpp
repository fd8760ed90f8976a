#include "http/writable_wait.h"

namespace tailwater {

WritableWait::WritableWait(EventLoop& loop, int fd, Milliseconds stall_timeout, Callback callback, void* argument)
    : loop_(loop),
      callback_(callback),
      argument_(argument),
      fd_(fd),
      stall_ms_(static_cast<std::uint32_t>(stall_timeout.count())) {}

void WritableWait::start() {
  if (!event_) {
    event_.reset(event_new(
        loop_.base(), fd_, EV_WRITE,
        [](evutil_socket_t, short events, void* self) {
          auto& wait = *static_cast<WritableWait*>(self);
          wait.waiting_ = false;
          wait.callback_(wait.argument_, (events & EV_WRITE) != 0);
        },
        this));
  }
  const timeval stall{static_cast<time_t>(stall_ms_ / 1000), static_cast<suseconds_t>(stall_ms_ % 1000 * 1000)};
  if (event_ && event_add(event_.get(), &stall) == 0) waiting_ = true;
}

}  // namespace tailwater
