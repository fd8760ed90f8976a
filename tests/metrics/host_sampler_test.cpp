// The host sampler over a folder that stands for /proc, whose files the tests change between two samples.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <new>

#include <gtest/gtest.h>

#include "metrics/host_sampler.h"
#include "support/allocation_count.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using std::chrono::seconds;

/// A copy of the fixtures that can be changed. A file is rewritten in place: descriptors of it stay good, as in /proc.
class FakeProc {
 public:
  FakeProc() {
    std::filesystem::copy(TAILWATER_SOURCE_DIR "/tests/fixtures/proc", folder_.path(),
                          std::filesystem::copy_options::recursive);
  }
  [[nodiscard]] const std::string& path() const { return folder_.path(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_.file(name)) << text; }
  void remove(const std::string& name) const { std::filesystem::remove_all(folder_.file(name)); }

 private:
  TempDir folder_;
};

int ask_fixture(const std::string& /*path*/, struct statvfs& answer) {
  answer.f_frsize = 4096;
  answer.f_blocks = 1000;
  answer.f_bfree = 400;
  answer.f_bavail = 350;
  answer.f_files = 100;
  answer.f_ffree = 60;
  return 0;
}

class HostSamplerTest : public testing::Test {
 protected:
  HostSamplerTest() { make_sampler({proc_.path(), /*per_core=*/false, ask_fixture}); }

  void make_sampler(HostOptions options) {
    sampler_.reset();
    table_ = std::make_unique<SampleTable>();
    sampler_ = std::make_unique<HostSampler>(std::move(options), *table_);
  }
  void sample() {
    now_ += seconds(1);
    sample_again();
  }
  /// The clock stands still: nobody seems to hang.
  void sample_again() {
    sampler_->sample(now_);
    table_->read(set_);
  }
  /// Samples until the thread that asks the mounts has shown this one.
  [[nodiscard]] bool wait_for_mount(const std::string& labels) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (!has_series("system.filesystem.limit", labels) && std::chrono::steady_clock::now() < deadline) {
      sample_again();
      std::this_thread::yield();
    }
    return has_series("system.filesystem.limit", labels);
  }
  /// NaN: there is no such series, or it has no value.
  [[nodiscard]] double value(const std::string& name, const std::string& labels = "") const {
    for (std::size_t i = 0; i < set_.values.size(); ++i) {
      if ((*set_.series)[i].metric->name == name && (*set_.series)[i].key == labels) return set_.values[i];
    }
    return std::nan("");
  }
  [[nodiscard]] bool has_series(const std::string& name, const std::string& labels) const {
    for (const Series& series : *set_.series) {
      if (series.metric->name == name && series.key == labels) return true;
    }
    return false;
  }

  FakeProc proc_;
  std::unique_ptr<SampleTable> table_;
  std::unique_ptr<HostSampler> sampler_;
  SampleSet set_{std::make_shared<const SeriesList>(), {}};
  SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(HostSamplerTest, SaysWhatTheFilesSay) {
  sample();
  EXPECT_DOUBLE_EQ(value("system.cpu.time", "mode=user"), 11575.82);
  EXPECT_DOUBLE_EQ(value("system.cpu.logical.count"), 2);
  EXPECT_DOUBLE_EQ(value("system.process.created"), 176156);
  EXPECT_DOUBLE_EQ(value("system.process.count", "status=blocked"), 3);
  EXPECT_DOUBLE_EQ(value("system.memory.limit"), 24684092.0 * 1024);
  EXPECT_DOUBLE_EQ(value("system.paging.faults", "type=minor"), 499957018 - 9357);
  EXPECT_DOUBLE_EQ(value("system.disk.io", "device=sda,direction=read"), 20000 * 512);
  EXPECT_DOUBLE_EQ(value("system.disk.io_time", "device=sda"), 0.7);
  EXPECT_DOUBLE_EQ(value("system.network.io", "device=eth0,direction=transmit"), 2291531);
  EXPECT_DOUBLE_EQ(value("system.network.connection.count", "protocol=tcp,state=time_wait"), 28);
  EXPECT_DOUBLE_EQ(value("system.linux.load.5m"), 5.20);
  EXPECT_DOUBLE_EQ(value("system.linux.pressure.memory.full"), 0.5);
  EXPECT_DOUBLE_EQ(value("system.uptime"), 11760.51);
}

TEST_F(HostSamplerTest, HasNoUtilizationBeforeTheSecondSample) {
  sample();
  EXPECT_TRUE(std::isnan(value("system.cpu.utilization")));
  proc_.write("stat", "cpu  1158682 342597 240692 595409 1433 0 8832 1004 1000 500\ncpu0 1 1 1 1\n");
  sample();
  EXPECT_DOUBLE_EQ(value("system.cpu.utilization"), 0.5);
  sample();  // not a tick has passed
  EXPECT_TRUE(std::isnan(value("system.cpu.utilization")));
}

TEST_F(HostSamplerTest, LeavesOutWhatIsMissing) {
  proc_.remove("pressure");
  proc_.remove("vmstat");
  proc_.remove("net/sockstat");
  proc_.remove("net/sockstat6");
  sample();
  EXPECT_TRUE(std::isnan(value("system.linux.pressure.cpu.some")));
  EXPECT_TRUE(std::isnan(value("system.linux.memory.oom_kills")));
  EXPECT_TRUE(std::isnan(value("system.network.connection.count", "protocol=udp,state=in_use")));
  EXPECT_DOUBLE_EQ(value("system.linux.load.1m"), 9.70);
}

TEST_F(HostSamplerTest, FollowsDevicesThatComeAndGo) {
  sample();
  EXPECT_TRUE(has_series("system.disk.io", "device=sda,direction=read"));
  proc_.write("diskstats", "   8      16 sdb 1 0 2 3 4 5 6 7 0 9 10\n   8      32 sda 1 0 8 3 4 5 6 7 0 9 10\n");
  sample();
  EXPECT_DOUBLE_EQ(value("system.disk.io", "device=sdb,direction=read"), 2 * 512);
  EXPECT_DOUBLE_EQ(value("system.disk.io", "device=sda,direction=read"), 8 * 512);  // another disk of that name
  EXPECT_FALSE(has_series("system.disk.io", "device=vda,direction=read"));
  proc_.write("diskstats", "");
  sample();
  EXPECT_FALSE(has_series("system.disk.io", "device=sda,direction=read"));
}

TEST_F(HostSamplerTest, GivesEachCoreItsOwnSeriesWhenAsked) {
  make_sampler({proc_.path(), /*per_core=*/true, ask_fixture});
  sample();
  EXPECT_DOUBLE_EQ(value("system.cpu.time", "cpu=1,mode=system"), 1240.01);
  EXPECT_FALSE(has_series("system.cpu.time", "mode=system"));
  proc_.write("stat", "cpu  1 1 1 1\ncpu1 1158682 342597 240692 595409 1433 0 8832 1004 1000 500\n");
  sample();
  EXPECT_TRUE(std::isnan(value("system.cpu.time", "cpu=0,mode=system")));  // offline
  EXPECT_DOUBLE_EQ(value("system.cpu.time", "cpu=1,mode=system"), 2406.92);
}

TEST_F(HostSamplerTest, ReadsSpaceAsDfDoes) {
  const std::string root = "device=/dev/vda,mountpoint=/,type=ext4";
  sample();
  ASSERT_TRUE(wait_for_mount(root));
  EXPECT_DOUBLE_EQ(value("system.filesystem.usage", root + ",state=used"), 600 * 4096);
  EXPECT_DOUBLE_EQ(value("system.filesystem.usage", root + ",state=free"), 350 * 4096);
  EXPECT_DOUBLE_EQ(value("system.filesystem.usage", root + ",state=reserved"), 50 * 4096);
  EXPECT_DOUBLE_EQ(value("system.filesystem.utilization", root), 600.0 / 950.0);
  EXPECT_DOUBLE_EQ(value("system.filesystem.inodes.usage", root + ",state=used"), 40);
}

TEST_F(HostSamplerTest, DoesNotAllocateOnceItIsWarm) {
  make_sampler({proc_.path(), /*per_core=*/true, ask_fixture});
  sample();
  ASSERT_TRUE(wait_for_mount("device=/dev/vda,mountpoint=/,type=ext4"));
  const std::size_t before = allocation_count();
  for (int i = 0; i < 5; ++i) sampler_->sample(now_);
  EXPECT_EQ(allocation_count(), before);
  EXPECT_EQ(before > 0, kCountsAllocations);
}

/// Mounts that hang as long as they are told to.
class HangingMounts {
 public:
  int ask(const std::string& path, struct statvfs& answer) {
    std::unique_lock lock(mutex_);
    ++asked_[path];
    if (path == "/home") changed_.wait(lock, [this] { return !hang_; });
    return ask_fixture(path, answer);
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hang_ = false;
    changed_.notify_all();
  }
  int asked(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return asked_[path];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> asked_;
  bool hang_ = true;
};

TEST_F(HostSamplerTest, LeavesAHangingMountBehindAndAsksTheOthers) {
  auto mounts = std::make_shared<HangingMounts>();
  make_sampler({proc_.path(), /*per_core=*/false,
                [mounts](const std::string& path, struct statvfs& answer) { return mounts->ask(path, answer); }});
  const auto until = [&](const auto& condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      sample_again();
      std::this_thread::yield();
    }
    return condition();
  };
  const std::string home = "device=/dev/sdb2,mountpoint=/home,type=btrfs";
  sample();
  ASSERT_TRUE(until([&] { return mounts->asked("/home") == 1; }));
  sample();
  now_ += MountUsage::kPatience;
  sample();
  EXPECT_EQ(sampler_->stuck_mounts(), 1U);
  EXPECT_TRUE(wait_for_mount("device=tmpfs,mountpoint=/run,type=tmpfs"));  // it comes behind /home
  EXPECT_FALSE(has_series("system.filesystem.limit", home));
  EXPECT_EQ(mounts->asked("/home"), 1);
  mounts->release();
  EXPECT_TRUE(until([&] { return sampler_->stuck_mounts() == 0; }));
  now_ += MountProbe::kInterval;
  EXPECT_TRUE(wait_for_mount(home));
}

TEST(MountUsage, EndsWhileAMountHangs) {
  FakeProc proc;
  auto mounts = std::make_shared<HangingMounts>();
  {
    MountUsage usage(proc.path() + "/self/mountinfo",
                     [mounts](const std::string& path, struct statvfs& answer) { return mounts->ask(path, answer); });
    usage.request();
    while (mounts->asked("/home") == 0) std::this_thread::yield();
  }
  mounts->release();
}

}  // namespace
}  // namespace tailwater
