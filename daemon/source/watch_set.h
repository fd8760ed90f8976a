// WatchSet: inotify where it works and polling where it does not, file by file. Lives on the ingest thread.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "event/event_loop.h"
#include "source/inotify_watcher.h"
#include "source/poll_watcher.h"
#include "source/watcher.h"

namespace tailwater {

class WatchSet {
 public:
  enum class Kind : std::uint8_t { kBest, kPollOnly };

  WatchSet(EventLoop& loop, Milliseconds poll_interval, Kind kind, const Watcher::OnEvents& on_events);

  struct Watched {
    WatchId id = 0;
    bool polled = false;
  };
  /// `remote`: inotify hears of local writers only, so the file is polled as well.
  [[nodiscard]] Watched watch_file(int fd, bool remote);
  /// An id of 0: not a directory (any more).
  [[nodiscard]] Watched watch_directory(const std::string& path, bool remote);
  void unwatch(WatchId id);
  /// Takes in what inotify has queued.
  void deliver_pending();

 private:
  void warn_of_limit();

  WatchId last_id_ = 0;
  bool warned_ = false;
  std::unique_ptr<InotifyWatcher> inotify_;  // null where there is none
  PollWatcher poll_;
};

}  // namespace tailwater
