#include "source/poll_watcher.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace tailwater {

PollWatcher::PollWatcher(EventLoop& loop, Milliseconds interval, OnEvents on_events)
    : interval_(interval), on_events_(std::move(on_events)), timer_(loop, [this] { deliver_pending(); }) {}

bool PollWatcher::watch_file(WatchId id, int /*fd*/) {
  add(id);
  return true;
}

bool PollWatcher::watch_directory(WatchId id, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  add(id);
  return true;
}

void PollWatcher::add(WatchId id) {
  ids_.insert(std::lower_bound(ids_.begin(), ids_.end(), id), id);
  if (!timer_.is_pending()) timer_.start_periodic(interval_);
}

void PollWatcher::unwatch(WatchId id) {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (found == ids_.end() || *found != id) return;
  ids_.erase(found);
  if (ids_.empty()) timer_.cancel();
}

void PollWatcher::deliver_pending() {
  if (ids_.empty()) return;
  batch_.clear();
  for (const WatchId id : ids_) batch_.push_back({id, WatchEvent::Kind::kLook, {}});
  on_events_(batch_);
}

}  // namespace tailwater
