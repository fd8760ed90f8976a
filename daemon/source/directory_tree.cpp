#include "source/directory_tree.h"

#include <dirent.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "source/open_followed.h"

namespace tailwater {
namespace {

/// From the last name's going to the directory's own, in `rm -r`; and how late we may hear of it. Looked again after
/// four times as long each, until the sweep would come by anyway.
constexpr Milliseconds kRemovalDelay{30};
constexpr Milliseconds kLongestRemovalDelay{2000};

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

std::int64_t mtime_of(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// `directory`/`name`, also where `directory` is "/".
std::string join(std::string_view directory, std::string_view name) {
  std::string path(directory == "/" ? std::string_view() : directory);
  return path.append("/").append(name);
}

/// The component of `path` that lies in `directory`, as a path.
std::string next_below(const std::string& directory, const std::string& path) {
  const std::size_t begin = directory == "/" ? 1 : directory.size() + 1;
  return path.substr(0, path.find('/', begin));
}

}  // namespace

DirectoryTree::DirectoryTree(EventLoop& loop, WatchSet& watches, PathListener& listener)
    : watches_(watches), listener_(listener), emptied_timer_(loop, [this] { check_emptied(); }) {}

void DirectoryTree::scan(const Streams& streams) {
  streams_ = &streams;
  rescan();
}

void DirectoryTree::rescan() {
  ++scan_;
  establish_all();
  for (auto it = directories_.begin(); it != directories_.end();) {
    if (it->second.scan == scan_) {
      ++it;
      continue;
    }
    watches_.unwatch(it->second.id);
    paths_.erase(it->second.id);
    it = directories_.erase(it);
  }
}

void DirectoryTree::establish_all() {
  real_roots_.clear();
  for (const auto& stream : *streams_) {
    for (const PathPattern& pattern : stream->paths.patterns()) {
      for (const PathPattern::Root& root : pattern.roots()) establish(root);
    }
  }
}

void DirectoryTree::establish(const PathPattern::Root& root) {
  std::string at = root.directory;
  for (;;) {
    while (!watch(at)) {
      if (at == "/") return;
      at = parent_of(at);
    }
    if (at == root.directory) break;
    // Only now, with the parent watched, an absent child is sure to be heard of when it comes.
    const std::string next = next_below(at, root.directory);
    if (!is_directory(next)) return;
    at = next;
  }
  const bool named_directory = !root.named.empty() && is_directory(root.named);
  add_real_root(named_directory ? root.named : root.directory);
  if (root.named.empty()) {
    visit(root.directory, /*whole=*/true);
  } else if (named_directory) {
    visit(root.named, /*whole=*/true);
  } else {
    listener_.on_path(root.named);
  }
}

void DirectoryTree::add_real_root(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return;
  std::string real(resolved);
  std::free(resolved);
  struct stat status {};
  if (::stat(real.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 && warned_.insert(real).second) {
    spdlog::warn("{}: every user may write here, so what is followed below it may be anybody's", real);
  }
  if (std::find(real_roots_.begin(), real_roots_.end(), real) == real_roots_.end()) {
    real_roots_.push_back(std::move(real));
  }
}

bool DirectoryTree::watch(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    if (directories_.contains(path)) forget(path);
    return false;
  }
  auto known = directories_.find(path);
  if (known != directories_.end() && (known->second.device != status.st_dev || known->second.inode != status.st_ino)) {
    forget(path);
    known = directories_.end();
  }
  if (known != directories_.end()) {
    known->second.scan = scan_;
    known->second.mtime_ns = mtime_of(status);
    return true;
  }
  struct statfs system {};
  const bool remote = ::statfs(path.c_str(), &system) == 0 && is_remote_file_system(static_cast<long>(system.f_type));
  const WatchSet::Watched watched = watches_.watch_directory(path, remote);
  if (watched.id == 0) return false;
  Directory directory;
  directory.id = watched.id;
  directory.polled = watched.polled;
  directory.device = status.st_dev;
  directory.inode = status.st_ino;
  directory.mtime_ns = mtime_of(status);
  directory.scan = scan_;
  directories_.emplace(path, directory);
  paths_.emplace(watched.id, path);
  return true;
}

void DirectoryTree::visit(const std::string& path, bool whole) {
  if (!watch(path)) return;
  const std::unique_ptr<DIR, DirCloser> directory(::opendir(path.c_str()));
  directories_[path].unread = !directory;
  if (!directory) {
    if (warned_.insert(path).second) {
      spdlog::warn("{}: {}, so what is in it is not found yet; let the daemon's user read it (group adm?)", path,
                   std::generic_category().message(errno));
    }
    return;
  }
  // Names first: a listener may take its time, and descriptors are few in a deep tree.
  std::vector<std::pair<std::string, unsigned char>> entries;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.emplace_back(name, entry->d_type);
  }
  for (const auto& [name, type] : entries) on_entry(join(path, name), type, whole);
}

void DirectoryTree::on_entry(const std::string& path, unsigned char type, bool whole) {
  if (type == DT_REG) return listener_.on_path(path);
  if (type != DT_DIR && type != DT_LNK && type != DT_UNKNOWN) return listener_.on_path(path);
  struct stat status {};
  if (type == DT_UNKNOWN && ::lstat(path.c_str(), &status) == 0) {
    type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISLNK(status.st_mode) ? DT_LNK : DT_REG;
  }
  const bool linked = type == DT_LNK && is_directory(path);
  if (type != DT_DIR && !linked) return listener_.on_path(path);
  const Descent wanted = descent(path);
  if (wanted == Descent::kNo || (linked && (wanted != Descent::kFollow || !is_inside_roots(path)))) return;
  if (whole || !directories_.contains(path)) visit(path, whole);
}

bool DirectoryTree::on_event(const WatchEvent& event) {
  const auto found = paths_.find(event.id);
  if (found == paths_.end()) return false;
  const std::string path = found->second;  // what follows may erase it
  switch (event.kind) {
    case WatchEvent::Kind::kName:
      directories_[path].had_events = true;
      on_name(join(path, event.name));
      look_again_soon(path, event.name);
      break;
    case WatchEvent::Kind::kGone: on_gone(path); break;
    case WatchEvent::Kind::kLook:
    case WatchEvent::Kind::kStatus:
    case WatchEvent::Kind::kData:
    case WatchEvent::Kind::kOverflow: check(path); break;
  }
  return true;
}

void DirectoryTree::on_name(const std::string& path) {
  const bool was_directory = directories_.contains(path);
  const bool leads = leads_to_root(path);
  const bool wanted = descent(path) != Descent::kNo;
  if (!was_directory && !leads && !wanted) return listener_.on_path(path);
  if (!is_directory(path)) {
    if (was_directory) {
      forget(path);
      listener_.on_directory_gone(path);
    }
    return listener_.on_path(path);
  }
  if (leads) {
    rescan();
  } else if (wanted) {
    on_entry(path, DT_UNKNOWN, /*whole=*/!was_directory);
  }
}

/// A directory that is removed while we hold a file of it open says nothing itself, and the one above is not watched:
/// it may be as busy as /tmp. But the names in it go first.
void DirectoryTree::look_again_soon(const std::string& directory, std::string_view name) {
  const auto found = directories_.find(directory);
  if (found == directories_.end()) return;
  // A name that is there may be in another directory by now, made anew under the same path.
  struct stat status {};
  const bool same = ::stat(directory.c_str(), &status) == 0 && status.st_dev == found->second.device &&
                    status.st_ino == found->second.inode;
  if (same && ::lstat(join(directory, name).c_str(), &status) == 0) return;
  emptied_.insert(directory);
  const bool sooner = removal_delay_ > kRemovalDelay;
  removal_delay_ = kRemovalDelay;
  if (sooner || !emptied_timer_.is_pending()) emptied_timer_.start_once(removal_delay_);
}

void DirectoryTree::check_emptied() {
  const auto emptied = std::exchange(emptied_, {});
  for (const std::string& path : emptied) {
    const auto found = directories_.find(path);
    struct stat status {};
    if (found == directories_.end()) continue;
    const bool same = ::stat(path.c_str(), &status) == 0 && status.st_dev == found->second.device &&
                      status.st_ino == found->second.inode;
    if (!same) {
      on_gone(path);
    } else if (removal_delay_ < kLongestRemovalDelay) {
      emptied_.insert(path);
    }
  }
  removal_delay_ = std::min(removal_delay_ * 4, kLongestRemovalDelay);
  if (!emptied_.empty() && !emptied_timer_.is_pending()) emptied_timer_.start_once(removal_delay_);
  listener_.on_names_done();
}

std::size_t DirectoryTree::check_all() {
  unexplained_ = 0;
  std::vector<std::string> all;
  all.reserve(directories_.size());
  for (const auto& [path, directory] : directories_) all.push_back(path);
  for (const std::string& path : all) check(path);
  return unexplained_;
}

void DirectoryTree::check(const std::string& path) {
  const auto found = directories_.find(path);
  if (found == directories_.end()) return;
  Directory& seen = found->second;
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  if (!there || status.st_dev != seen.device || status.st_ino != seen.inode) {
    ++unexplained_;
    return on_gone(path);
  }
  const std::int64_t mtime = mtime_of(status);
  const bool explained = !seen.polled && std::exchange(seen.had_events, false) && !seen.unread;
  const bool changed = mtime != std::exchange(seen.mtime_ns, mtime);
  if (!changed && !seen.unsettled && !seen.unread) return;
  // A name that came right after the directory was read may have the same mtime: the clock of file systems is coarse.
  seen.unsettled = changed && seen.polled;
  if (explained) return;
  if (changed && !seen.polled) ++unexplained_;
  visit(path, /*whole=*/false);
  if (leads_to_root(path)) rescan();
}

void DirectoryTree::on_gone(const std::string& path) {
  forget(path);
  listener_.on_directory_gone(path);
  if (leads_to_root(path)) return rescan();
  if (is_directory(path)) on_entry(path, DT_UNKNOWN, /*whole=*/true);  // made anew already
}

void DirectoryTree::forget(const std::string& path) {
  for (auto it = directories_.lower_bound(path); it != directories_.end() && it->first.starts_with(path);) {
    if (it->first != path && !is_below(it->first, path)) {  // "/a-b" sorts between "/a" and "/a/c"
      ++it;
      continue;
    }
    watches_.unwatch(it->second.id);
    paths_.erase(it->second.id);
    it = directories_.erase(it);
  }
}

Descent DirectoryTree::descent(const std::string& path) const {
  Descent best = Descent::kNo;
  for (const auto& stream : *streams_) best = std::max(best, stream->paths.descent(path));
  return best;
}

bool DirectoryTree::is_inside_roots(const std::string& path) const {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return false;
  const std::string real(resolved);
  std::free(resolved);
  return std::any_of(real_roots_.begin(), real_roots_.end(),
                     [&](const std::string& root) { return is_below(real, root); });
}

bool DirectoryTree::leads_to_root(const std::string& path) const {
  for (const auto& stream : *streams_) {
    for (const PathPattern& pattern : stream->paths.patterns()) {
      for (const PathPattern::Root& root : pattern.roots()) {
        const std::string& goal = root.named.empty() ? root.directory : root.named;
        if (path == goal || is_below(goal, path)) return true;
      }
    }
  }
  return false;
}

}  // namespace tailwater
