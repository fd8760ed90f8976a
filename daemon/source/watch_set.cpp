#include "source/watch_set.h"

#include <spdlog/spdlog.h>

namespace tailwater {

WatchSet::WatchSet(EventLoop& loop, Milliseconds poll_interval, Kind kind, const Watcher::OnEvents& on_events)
    : poll_(loop, poll_interval, on_events) {
  if (kind == Kind::kPollOnly) return;
  auto inotify = InotifyWatcher::create(loop, on_events);
  if (inotify) {
    inotify_ = std::move(*inotify);
  } else {
    spdlog::warn("{}; files are polled each {} ms instead", inotify.error().message, poll_interval.count());
  }
}

WatchSet::Watched WatchSet::watch_file(int fd, bool remote) {
  const WatchId id = ++last_id_;
  const bool told = inotify_ && inotify_->watch_file(id, fd);
  if (!told) warn_of_limit();
  const bool polled = !told || remote;
  return {id, polled && poll_.watch_file(id, fd)};
}

WatchSet::Watched WatchSet::watch_directory(const std::string& path, bool remote) {
  const WatchId id = ++last_id_;
  const bool told = inotify_ && inotify_->watch_directory(id, path);
  const bool polled = (!told || remote) && poll_.watch_directory(id, path);
  if (!told && !polled) return {};
  if (!told) warn_of_limit();
  return {id, polled};
}

void WatchSet::unwatch(WatchId id) {
  if (inotify_) inotify_->unwatch(id);
  poll_.unwatch(id);
}

void WatchSet::deliver_pending() {
  if (inotify_) inotify_->deliver_pending();
}

void WatchSet::warn_of_limit() {
  if (warned_ || !inotify_ || !inotify_->limit_reached()) return;
  warned_ = true;
  spdlog::warn("the limit of inotify watches is reached; further files are polled. Raise fs.inotify.max_user_watches");
}

}  // namespace tailwater
