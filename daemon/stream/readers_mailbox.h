// ReadersMailbox: how other threads reach the Readers of a client thread. It outlives them: what is posted after
// close() is dropped, so ingest and workers need not know whether that thread is still there.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "event/event_loop.h"

namespace tailwater {

class ReadersMailbox : public std::enable_shared_from_this<ReadersMailbox> {
 public:
  /// `on_news` runs on the loop's thread, at most once for any number of notify() before it.
  ReadersMailbox(EventLoop& loop, std::function<void()> on_news) : loop_(&loop), on_news_(std::move(on_news)) {}

  /// Any thread. The task runs on the loop's thread unless close() comes first.
  void post(EventLoop::Task task) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return;
    loop_->post([self = shared_from_this(), task = std::move(task)] {
      if (!self->closed_) task();
    });
  }
  /// Any thread. There may be something new in a feed.
  void notify() {
    // Acquire and release: a notification that finds one pending is covered by it, with all that went before.
    if (notified_.exchange(true, std::memory_order_acq_rel)) return;
    post([this] {
      notified_.exchange(false, std::memory_order_acq_rel);
      on_news_();
    });
  }
  /// The loop's thread, or any once the loop does not run any more.
  void close() {
    closed_ = true;
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  EventLoop* loop_;  // guarded by mutex_
  std::function<void()> on_news_;
  bool closed_ = false;  // the loop's thread alone
  std::atomic<bool> notified_{false};
};

}  // namespace tailwater
