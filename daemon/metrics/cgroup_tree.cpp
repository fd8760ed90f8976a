#include "metrics/cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace tailwater {
namespace {

constexpr int kMaxDepth = 16;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Below it lie units of the system; below a service lies what that service makes of it.
bool is_slice(std::string_view name) {
  return ends_with(name, ".slice");
}

/// What no v1 hierarchy has at its top, where there are only folders of controllers.
bool has_groups(const std::string& place) {
  return ::access((place + "/cgroup.procs").c_str(), F_OK) == 0;
}

bool matches_any(const std::vector<Glob>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [text](const Glob& glob) { return glob.matches(text); });
}

/// A group of the system's own manager: users' managers are services, and number their units by the same names.
bool is_in_slices(std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (!is_slice(path.substr(0, slash))) return false;
  }
  return true;
}

std::size_t components(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
}

/// Could `pattern`, without braces, match something below `path`?
bool reaches_below(std::string_view pattern, const std::string& path) {
  std::size_t end = 0;
  for (std::size_t left = components(path); left > 0; --left) {
    const std::size_t slash = pattern.find('/', end);
    if (slash == std::string_view::npos) return pattern.substr(end) == "**";
    if (pattern.substr(end, slash - end) == "**") return true;
    end = slash + 1;
  }
  const auto head = Glob::parse(pattern.substr(0, end - 1));
  return head && head->matches(path);
}

}  // namespace

CgroupTree::CgroupTree(std::string root, CgroupPatterns patterns)
    : root_(std::move(root)), patterns_(std::move(patterns)) {
  if (!has_groups(root_) && has_groups(root_ + "/unified")) root_ += "/unified";
}

bool CgroupTree::look(SteadyTime now) {
  bool changed = std::exchange(distrusted_, false) || now - listed_ >= kRescan;
  for (std::size_t i = 0; i < folders_.size() && !changed; ++i) {
    struct stat status {};
    // A file system that does not count links says 1.
    changed =
        ::fstat(folders_[i].fd.get(), &status) != 0 || status.st_nlink < 2 || status.st_nlink != folders_[i].links;
  }
  if (!changed) return false;
  listed_ = now;
  groups_.clear();
  folders_.clear();
  const bool anything = !patterns_.units.empty() || !patterns_.paths.empty();
  if (anything && has_groups(root_)) list("", 0);
  return true;
}

void CgroupTree::list(const std::string& path, int depth) {
  if (depth > kMaxDepth || folders_.size() >= kMaxFolders) return;
  const std::string place = path.empty() ? root_ : root_ + '/' + path;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(place.c_str()), ::closedir);
  struct stat status {};
  if (!listing || ::fstat(::dirfd(listing.get()), &status) != 0) return;
  folders_.push_back({UniqueFd(::fcntl(::dirfd(listing.get()), F_DUPFD_CLOEXEC, 0)), status.st_nlink});
  while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is our own
    const std::string_view name(entry->d_name);
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    consider(path.empty() ? std::string(name) : path + '/' + entry->d_name, name, entry->d_ino, depth);
  }
}

void CgroupTree::consider(const std::string& path, std::string_view name, std::uint64_t life, int depth) {
  if (is_in_slices(path) && !is_slice(name) && matches_any(patterns_.units, name)) {
    groups_.push_back({path, std::string(name), life});
  }
  if (matches_any(patterns_.paths, path) && (groups_.empty() || groups_.back().path != path)) {
    groups_.push_back({path, path, life});
  }
  if (is_walked(path, name)) list(path, depth + 1);
}

bool CgroupTree::is_walked(const std::string& path, std::string_view name) const {
  if (!patterns_.units.empty() && is_slice(name) && is_in_slices(path)) return true;
  return std::any_of(patterns_.paths.begin(), patterns_.paths.end(), [&](const Glob& glob) {
    return std::any_of(glob.alternatives().begin(), glob.alternatives().end(),
                       [&](const std::string& pattern) { return reaches_below(pattern, path); });
  });
}

}  // namespace tailwater
