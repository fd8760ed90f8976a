// A real mount that hangs: a FUSE file system whose server never answers, in a mount namespace of the test's own.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "metrics/host_sampler.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// Runs a task on a thread that sees mounts which nobody else does; false if that is not allowed here.
template <typename Task>
bool with_own_mounts(Task task) {
  std::atomic<bool> allowed{false};
  std::thread thread([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    allowed = true;
    task();
  });
  thread.join();
  return allowed;
}

TEST(HangingMount, HoldsNothingUpAndIsLeftOut) {
  const TempDir folder;
  bool has_fuse = false;
  const bool allowed = with_own_mounts([&] {
    UniqueFd server(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const std::string point = folder.folder("hangs");
    const std::string options = "fd=" + std::to_string(server.get()) + ",rootmode=40000,user_id=0,group_id=0";
    has_fuse = server && ::mount("hangs", point.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
    if (!has_fuse) return;

    std::filesystem::create_directories(folder.file("proc/self"));
    std::ofstream(folder.file("proc/self/mountinfo"))
        << "1 0 0:1 / " << point << " rw - fuse.hangs hangs rw\n2 0 0:2 / / rw - tmpfs root rw\n";
    SampleTable table;
    HostOptions options_of_host;
    options_of_host.proc = folder.file("proc");
    {
      HostSampler sampler(std::move(options_of_host), table);
      SteadyTime now{std::chrono::hours(1)};
      const auto begin = std::chrono::steady_clock::now();
      std::chrono::steady_clock::duration longest{};
      bool other_mount_is_there = false;
      // The clock that the sampler is told runs fast; the other mount is to be asked all the same.
      while (!other_mount_is_there && std::chrono::steady_clock::now() - begin < std::chrono::seconds(60)) {
        const auto before = std::chrono::steady_clock::now();
        now += std::chrono::seconds(1);
        sampler.sample(now);
        longest = std::max(longest, std::chrono::steady_clock::now() - before);
        SampleSet set;
        table.read(set);
        for (const Series& series : *set.series) {
          other_mount_is_there = other_mount_is_there || series.key == "device=root,mountpoint=/,type=tmpfs";
          EXPECT_EQ(series.key.find("hangs"), std::string::npos);
        }
        for (const double value : set.values) EXPECT_FALSE(value < 0);
        std::this_thread::yield();
      }
      EXPECT_TRUE(other_mount_is_there);
      EXPECT_EQ(sampler.stuck_mounts(), 1U);
      EXPECT_LT(longest, std::chrono::seconds(2)) << "a sample waited for the mount";
    }
    server.reset();  // now the kernel answers for it: who hung comes back
    ::umount2(point.c_str(), MNT_DETACH);
  });
  if (!allowed || !has_fuse) GTEST_SKIP() << "needs the right to mount, and /dev/fuse";
}

}  // namespace
}  // namespace tailwater
