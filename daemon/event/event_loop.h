// EventLoop: one libevent base, its thread's tasks and its mailbox. Built on any thread, run on one; post()
// and stop() are the only members that other threads may call. Timers and FdWatches of the loop must
// be destroyed before it, on its thread or after run() has returned. A loop with nothing due does not wake.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "event/handles.h"

namespace tailwater {

class EventLoop {
 public:
  using Task = std::function<void()>;

  [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs until stop(); tasks posted before stop() have then been run.
  void run();
  /// Runs what is due now, once, without waiting: lets a test step a loop by hand.
  void run_once();
  /// Any thread. Ends run() after the tasks that were posted before.
  void stop();
  /// Any thread. Runs `task` on the loop's thread, in order of posting. Wakes the loop at most once for
  /// any number of tasks that it has not yet taken. Tasks left when the loop is destroyed are dropped unrun.
  void post(Task task);

  [[nodiscard]] event_base* base() const { return base_.get(); }

 private:
  EventLoop() = default;
  void drain_mailbox();
  void clear_wakeup() const;

  EventBasePtr base_;
  UniqueFd wake_fd_;
  EventPtr wake_event_;
  std::mutex mutex_;
  std::vector<Task> mailbox_;  // guarded by mutex_
  std::vector<Task> running_;
};

/// A timer of one loop, one-shot or periodic, inactive until started. Destroying it cancels it.
class Timer {
 public:
  Timer(EventLoop& loop, EventLoop::Task on_due);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Due once after `delay`, or first after and then every `delay`. Starting again replaces the due time.
  void start_once(std::chrono::microseconds delay);
  void start_periodic(std::chrono::microseconds interval);
  void cancel();
  [[nodiscard]] bool is_pending() const;

 private:
  void start(std::chrono::microseconds delay);

  EventLoop& loop_;
  EventLoop::Task on_due_;
  std::chrono::microseconds interval_{0};
  EventPtr event_;
};

/// Calls back while a descriptor is readable or writable. It does not own the descriptor.
class FdWatch {
 public:
  enum class Interest { kRead, kWrite };
  FdWatch(EventLoop& loop, int fd, Interest interest, EventLoop::Task on_ready);
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  void enable();
  void disable();

 private:
  EventLoop::Task on_ready_;
  EventPtr event_;
};

}  // namespace tailwater
