#include "event/event_loop.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace tailwater {
namespace {

timeval to_timeval(std::chrono::microseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<suseconds_t>((time - seconds).count())};
}

void run_task(evutil_socket_t /*fd*/, short /*events*/, void* task) {
  (*static_cast<EventLoop::Task*>(task))();
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  std::unique_ptr<EventLoop> loop(new EventLoop);
  // Other threads reach a loop through its eventfd alone, so the base needs no locks of its own.
  event_config* config = event_config_new();
  if (config == nullptr) return fail(ErrorCode::kUnavailable, "out of memory for an event loop");
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  loop->base_.reset(event_base_new_with_config(config));
  event_config_free(config);
  if (!loop->base_) return fail(ErrorCode::kUnavailable, "cannot make an event loop (descriptors exhausted?)");

  loop->wake_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!loop->wake_fd_) return fail(errno_error("eventfd", "for an event loop", errno));
  loop->wake_event_.reset(event_new(
      loop->base_.get(), loop->wake_fd_.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->drain_mailbox(); }, loop.get()));
  if (!loop->wake_event_ || event_add(loop->wake_event_.get(), nullptr) != 0) {
    return fail(ErrorCode::kUnavailable, "cannot watch an event loop's mailbox");
  }
  return loop;
}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::run_once() {
  event_base_loop(base_.get(), EVLOOP_ONCE | EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::stop() {
  post([this] { event_base_loopbreak(base_.get()); });
}

void EventLoop::post(Task task) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = mailbox_.empty();
    mailbox_.push_back(std::move(task));
  }
  if (!was_empty) return;  // whoever posted first has rung already
  const std::uint64_t one = 1;
  // The counter cannot overflow with one ring per emptied mailbox; a failure here has no other cause.
  [[maybe_unused]] const auto written = ::write(wake_fd_.get(), &one, sizeof one);
}

void EventLoop::clear_wakeup() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(wake_fd_.get(), &count, sizeof count);
}

void EventLoop::drain_mailbox() {
  clear_wakeup();
  {
    const std::lock_guard lock(mutex_);
    running_.swap(mailbox_);
  }
  for (Task& task : running_) task();
  running_.clear();
}

Timer::Timer(EventLoop& loop, EventLoop::Task on_due) : loop_(loop), on_due_(std::move(on_due)) {}

void Timer::start_once(std::chrono::microseconds delay) {
  interval_ = std::chrono::microseconds(0);
  start(delay);
}

void Timer::start_periodic(std::chrono::microseconds interval) {
  interval_ = interval;
  start(interval);
}

void Timer::start(std::chrono::microseconds delay) {
  const bool periodic = interval_.count() > 0;
  event_.reset(event_new(loop_.base(), -1, static_cast<short>(periodic ? EV_PERSIST : 0), run_task, &on_due_));
  const timeval due = to_timeval(delay);
  if (event_) event_add(event_.get(), &due);
}

void Timer::cancel() {
  event_.reset();
}

bool Timer::is_pending() const {
  return event_ && event_pending(event_.get(), EV_TIMEOUT, nullptr) != 0;
}

FdWatch::FdWatch(EventLoop& loop, int fd, Interest interest, EventLoop::Task on_ready)
    : on_ready_(std::move(on_ready)),
      event_(event_new(loop.base(), fd,
                       static_cast<short>((interest == Interest::kRead ? EV_READ : EV_WRITE) | EV_PERSIST), run_task,
                       &on_ready_)) {}

void FdWatch::enable() {
  if (event_) event_add(event_.get(), nullptr);
}

void FdWatch::disable() {
  if (event_) event_del(event_.get());
}

}  // namespace tailwater
