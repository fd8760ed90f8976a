// MountUsage: the space of file systems, asked for where it may take as long as it likes. statvfs(2) on a network or
// FUSE mount whose server is gone does not return, not even for a signal: so a thread of its own asks, and one that
// has hung for kPatience is left behind with its mount, which is not asked again until it comes back. At most
// kMaxStuck are left behind; then nobody asks. All members are for one
// thread and, but for the end, never wait.
#pragma once

#include <sys/statvfs.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "metrics/mount_table.h"

namespace tailwater {

struct MountSpace {
  Mount mount;
  std::uint64_t bytes = 0;
  std::uint64_t free_bytes = 0;       ///< also what only root may take
  std::uint64_t available_bytes = 0;  ///< what everybody may take
  std::uint64_t inodes = 0;           ///< 0: the file system has no fixed number
  std::uint64_t free_inodes = 0;
};

class MountUsage {
 public:
  static constexpr Milliseconds kPatience{5000};
  static constexpr std::size_t kMaxStuck = 8;

  /// As statvfs(2): 0, or what it failed with.
  using Ask = std::function<int(const std::string& path, struct statvfs& answer)>;

  explicit MountUsage(std::string mountinfo_path, Ask ask = {});
  ~MountUsage();
  MountUsage(const MountUsage&) = delete;
  MountUsage& operator=(const MountUsage&) = delete;

  /// Has all mounts looked at, if nobody is at it.
  void request();
  /// Leaves behind who has hung for too long. To be called now and then; time passes only for who calls it.
  void watch(SteadyTime now);
  /// True, with the answers in `spaces`, once for each look that was finished.
  [[nodiscard]] bool take(std::vector<MountSpace>& spaces);
  [[nodiscard]] std::size_t stuck() const;

 private:
  struct State;
  void start_worker();
  static void work(const std::shared_ptr<State>& state, std::uint64_t worker);
  static std::vector<Mount> mounts_to_ask(State& state);

  std::shared_ptr<State> state_;  // shared with the workers, of which some may outlive this object
  std::thread worker_;
};

}  // namespace tailwater
