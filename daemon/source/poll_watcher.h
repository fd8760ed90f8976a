// PollWatcher: a Watcher that knows nothing and asks, each interval, to look at everything it was given. For network
// and overlay file systems and for what inotify has no watch left for. Its timer exists only while it has anything.
#pragma once

#include <vector>

#include "base/clock.h"
#include "event/event_loop.h"
#include "source/watcher.h"

namespace tailwater {

class PollWatcher final : public Watcher {
 public:
  PollWatcher(EventLoop& loop, Milliseconds interval, OnEvents on_events);

  [[nodiscard]] bool watch_file(WatchId id, int fd) override;
  [[nodiscard]] bool watch_directory(WatchId id, const std::string& path) override;
  void unwatch(WatchId id) override;
  void deliver_pending() override;

  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  void add(WatchId id);

  Milliseconds interval_;
  OnEvents on_events_;
  std::vector<WatchId> ids_;  // ascending
  std::vector<WatchEvent> batch_;
  Timer timer_;
};

}  // namespace tailwater
