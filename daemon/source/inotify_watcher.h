// InotifyWatcher: a Watcher with one inotify instance for any number of files and directories. The kernel knows
// inodes: two ids may share one watch (hard links, a file that is followed twice), and each of them hears of it.
#pragma once

#include <sys/inotify.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "event/event_loop.h"
#include "source/watcher.h"

namespace tailwater {

class InotifyWatcher final : public Watcher {
 public:
  /// Fails where inotify is missing or its instances are used up (fs.inotify.max_user_instances).
  [[nodiscard]] static Result<std::unique_ptr<InotifyWatcher>> create(EventLoop& loop, OnEvents on_events);

  [[nodiscard]] bool watch_file(WatchId id, int fd) override;
  [[nodiscard]] bool watch_directory(WatchId id, const std::string& path) override;
  void unwatch(WatchId id) override;
  void deliver_pending() override;

  /// Did a watch fail because of fs.inotify.max_user_watches?
  [[nodiscard]] bool limit_reached() const { return limit_reached_; }

 private:
  InotifyWatcher(EventLoop& loop, UniqueFd fd, OnEvents on_events);
  [[nodiscard]] bool add(WatchId id, const char* path, std::uint32_t mask);
  /// One read of the queue; false if it was empty.
  bool deliver_batch();
  void translate(const inotify_event& event);

  UniqueFd fd_;
  OnEvents on_events_;
  std::unordered_map<int, std::vector<WatchId>> ids_;  // by watch descriptor
  std::unordered_map<WatchId, int> descriptors_;
  std::vector<char> buffer_;
  std::vector<WatchEvent> batch_;
  bool limit_reached_ = false;
  FdWatch readable_;
};

}  // namespace tailwater
