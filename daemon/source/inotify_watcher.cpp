#include "source/inotify_watcher.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::size_t kBatchBytes = 64U << 10;
constexpr std::uint32_t kFileMask = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_CLOSE_WRITE;
/// IN_ATTRIB: a file that could not be read may have become readable, and has no watch of its own.
constexpr std::uint32_t kDirectoryMask =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Result<std::unique_ptr<InotifyWatcher>> InotifyWatcher::create(EventLoop& loop, OnEvents on_events) {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return fail(errno_error("inotify_init1", "(see fs.inotify.max_user_instances)", errno));
  return std::unique_ptr<InotifyWatcher>(new InotifyWatcher(loop, std::move(fd), std::move(on_events)));
}

InotifyWatcher::InotifyWatcher(EventLoop& loop, UniqueFd fd, OnEvents on_events)
    : fd_(std::move(fd)),
      on_events_(std::move(on_events)),
      buffer_(kBatchBytes),
      readable_(loop, fd_.get(), FdWatch::Interest::kRead, [this] { deliver_batch(); }) {
  readable_.enable();
}

bool InotifyWatcher::watch_file(WatchId id, int fd) {
  // By descriptor: between opening a path and watching it, the path may have become another file.
  const std::string link = fmt::format("/proc/self/fd/{}", fd);
  return add(id, link.c_str(), kFileMask);
}

bool InotifyWatcher::watch_directory(WatchId id, const std::string& path) {
  return add(id, path.c_str(), kDirectoryMask);
}

bool InotifyWatcher::add(WatchId id, const char* path, std::uint32_t mask) {
  const int descriptor = ::inotify_add_watch(fd_.get(), path, mask);
  if (descriptor < 0) {
    if (errno == ENOSPC) limit_reached_ = true;
    return false;
  }
  ids_[descriptor].push_back(id);
  descriptors_[id] = descriptor;
  return true;
}

void InotifyWatcher::unwatch(WatchId id) {
  const auto found = descriptors_.find(id);
  if (found == descriptors_.end()) return;
  const auto shared = ids_.find(found->second);
  if (shared != ids_.end()) {
    std::erase(shared->second, id);
    if (shared->second.empty()) {
      ::inotify_rm_watch(fd_.get(), found->second);
      ids_.erase(shared);
    }
  }
  descriptors_.erase(found);
}

void InotifyWatcher::deliver_pending() {
  while (deliver_batch()) {
  }
}

bool InotifyWatcher::deliver_batch() {
  const ssize_t got = ::read(fd_.get(), buffer_.data(), buffer_.size());
  if (got <= 0) return false;  // EAGAIN or EINTR: the loop comes again while there is something
  batch_.clear();
  for (const char* at = buffer_.data(); at < buffer_.data() + got;) {
    const auto* event = reinterpret_cast<const inotify_event*>(at);  // aligned by the kernel's padding, inotify(7)
    translate(*event);
    at += sizeof(inotify_event) + event->len;
  }
  if (!batch_.empty()) on_events_(batch_);
  return true;
}

void InotifyWatcher::translate(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    batch_.push_back({0, WatchEvent::Kind::kOverflow, {}});
    return;
  }
  const auto found = ids_.find(event.wd);
  if (found == ids_.end()) return;  // unwatched since
  WatchEvent translated;
  if (event.len > 0) {
    translated.kind = WatchEvent::Kind::kName;
    translated.name = event.name;  // ends with a NUL, padding behind it
  } else if ((event.mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0) {
    translated.kind = WatchEvent::Kind::kData;
  } else if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
    translated.kind = WatchEvent::Kind::kGone;
  } else {
    translated.kind = WatchEvent::Kind::kStatus;
  }
  for (const WatchId id : found->second) {
    translated.id = id;
    // Bursts of writes to one file: one look is enough for all that came together.
    const bool repeated = !batch_.empty() && translated.kind == WatchEvent::Kind::kData && batch_.back().id == id &&
                          batch_.back().kind == WatchEvent::Kind::kData;
    if (!repeated) batch_.push_back(translated);
  }
  if ((event.mask & IN_IGNORED) != 0) {  // the kernel has taken the watch away
    for (const WatchId id : found->second) descriptors_.erase(id);
    ids_.erase(found);
  }
}

}  // namespace tailwater
