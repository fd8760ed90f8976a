// CgroupTree: which control groups there are below the root of a cgroup v2 hierarchy, of those that patterns ask for.
// A folder is listed again when its number of links has changed, when somebody says that a group of it is gone, and
// every ten seconds; else a look costs a system call for each slice. Folders are walked only where a pattern can match
// below them, and their number is bounded. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/glob.h"
#include "base/unique_fd.h"

namespace tailwater {

struct CgroupPatterns {
  std::vector<Glob> units;  ///< names of systemd's units, wherever slices hold them
  std::vector<Glob> paths;  ///< groups by their path below the root: "docker/*", "user.slice/**"
};

struct Cgroup {
  std::string path;    ///< below the root, without a slash at its ends
  std::string name;    ///< of the unit; of a group that a path pattern asked for, its path
  std::uint64_t life;  ///< another number for a group that was removed and made again
};

class CgroupTree {
 public:
  static constexpr Milliseconds kRescan{10'000};
  static constexpr std::size_t kMaxFolders = 1000;

  /// Of `root`, or where only systemd's own groups are v2, of its folder `unified`.
  CgroupTree(std::string root, CgroupPatterns patterns);

  /// Looks whether groups came or went; true if groups() may be others than before.
  [[nodiscard]] bool look(SteadyTime now);
  /// Somebody found a group gone: the next look lists everything.
  void distrust() { distrusted_ = true; }
  /// In no order. Empty where no cgroup v2 is.
  [[nodiscard]] const std::vector<Cgroup>& groups() const { return groups_; }
  /// "/sys/fs/cgroup/system.slice/cron.service".
  [[nodiscard]] std::string place(const Cgroup& group) const { return root_ + '/' + group.path; }

 private:
  struct Folder {
    UniqueFd fd;
    nlink_t links = 0;
  };
  void list(const std::string& path, int depth);
  void consider(const std::string& path, std::string_view name, std::uint64_t life, int depth);
  [[nodiscard]] bool is_walked(const std::string& path, std::string_view name) const;

  std::string root_;
  const CgroupPatterns patterns_;
  std::vector<Folder> folders_;
  std::vector<Cgroup> groups_;
  bool distrusted_ = true;
  SteadyTime listed_{};
};

}  // namespace tailwater
