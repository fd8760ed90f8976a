// Units and other control groups over a folder that stands for /sys/fs/cgroup.
#include <dirent.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/unit_probe.h"
#include "support/fake_cgroups.h"

namespace tailwater {
namespace {

using std::chrono::seconds;

std::vector<Glob> globs(const std::vector<std::string>& texts) {
  std::vector<Glob> made;
  for (const std::string& text : texts) made.push_back(*Glob::parse(text));
  return made;
}

class UnitProbeTest : public testing::Test {
 protected:
  UnitProbeTest() {
    options_.root = groups_.path();
    options_.proc = TAILWATER_SOURCE_DIR "/tests/fixtures/proc";
    options_.patterns.units = globs({"*.service", "*.scope"});
  }
  void sample(seconds later = seconds(1)) {
    if (!probe_) probe_ = std::make_unique<UnitProbe>(options_, table_);
    now_ += later;
    probe_->sample(now_);
    table_.read(set_);
  }
  /// NaN: there is no such series, or it has no value.
  [[nodiscard]] double value(const std::string& name, const std::string& labels) const {
    for (std::size_t i = 0; i < set_.values.size(); ++i) {
      if ((*set_.series)[i].metric->name == name && (*set_.series)[i].key == labels) return set_.values[i];
    }
    return std::nan("");
  }
  [[nodiscard]] std::set<std::string> units() const {
    std::set<std::string> names;
    for (const Series& series : *set_.series) names.insert(series.labels.front().value);
    return names;
  }

  FakeCgroups groups_;
  UnitOptions options_;
  SampleTable table_;
  std::unique_ptr<UnitProbe> probe_;
  SampleSet set_{std::make_shared<const SeriesList>(), {}};
  SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(UnitProbeTest, SaysWhatTheFilesSay) {
  groups_.add("system.slice/nginx.service", 3'000'000);
  sample();
  const std::string unit = "unit=nginx.service";
  EXPECT_DOUBLE_EQ(value("unit.cpu.time", unit), 3);
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", unit), 3e6);
  EXPECT_DOUBLE_EQ(value("unit.tasks", unit), 3e6);
  EXPECT_DOUBLE_EQ(value("unit.io", unit + ",direction=read"), 3e6);
  EXPECT_DOUBLE_EQ(value("unit.io", unit + ",direction=write"), 6e6);
  EXPECT_DOUBLE_EQ(value("unit.oom_kills", unit), 3e6);
  EXPECT_DOUBLE_EQ(value("unit.restarts", unit), 0);
  EXPECT_DOUBLE_EQ(value("unit.pressure", unit + ",resource=memory,kind=some"), 3);
  EXPECT_DOUBLE_EQ(value("unit.pressure", unit + ",resource=io,kind=full"), 1.5);
}

TEST_F(UnitProbeTest, FindsTheUnitsOfTheSystemInItsSlicesAlone) {
  for (const char* group :
       {"init.scope", "system.slice/cron.service", "system.slice/docker-0123.scope",
        "system.slice/system-getty.slice/getty@tty1.service", "user.slice/user-0.slice/session-1.scope",
        "user.slice/user-0.slice/user@0.service", "system.slice/dev-hugepages.mount"}) {
    groups_.add(group, 1);
  }
  groups_.add("system.slice/cron.service/inner.service", 1);
  groups_.add("user.slice/user-0.slice/user@0.service/app.slice/mine.service", 1);
  groups_.add("docker/0123", 1);
  sample();
  EXPECT_THAT(units(), testing::UnorderedElementsAre("init.scope", "cron.service", "docker-0123.scope",
                                                     "getty@tty1.service", "session-1.scope", "user@0.service"));
}

TEST_F(UnitProbeTest, TakesOtherGroupsByTheirPaths) {
  groups_.add("system.slice/cron.service", 1);
  groups_.add("docker/0123", 1);
  groups_.add("docker/0123/inner", 1);
  groups_.add("user.slice/user-0.slice/user@0.service/app.slice/mine.service", 1);
  options_.patterns.paths = globs({"docker/*", "system.slice", "user.slice/**/mine.service", "{a,b}/c"});
  sample();
  EXPECT_THAT(units(), testing::UnorderedElementsAre("cron.service", "user@0.service", "docker/0123", "system.slice",
                                                     "user.slice/user-0.slice/user@0.service/app.slice/mine.service"));
}

TEST_F(UnitProbeTest, ReadsNothingWhereNoVersionTwoIs) {
  groups_.add("system.slice/cron.service", 1);
  groups_.remove_file("cgroup.procs");
  sample();
  EXPECT_TRUE(units().empty());
}

TEST_F(UnitProbeTest, FindsTheUnitsWhereVersionTwoIsMountedBesideVersionOne) {
  groups_.remove_file("cgroup.procs");
  groups_.add("unified", 1);
  groups_.write("unified/cgroup.procs", "1\n");
  groups_.add("unified/system.slice/cron.service", 1);
  sample();
  EXPECT_THAT(units(), testing::ElementsAre("cron.service"));
}

TEST_F(UnitProbeTest, SeesUnitsComeAndGoInTheNextSample) {
  groups_.add("system.slice/a.service", 1);
  sample();
  groups_.add("system.slice/b.service", 1);
  sample();
  EXPECT_THAT(units(), testing::ElementsAre("a.service", "b.service"));
  groups_.remove("system.slice/a.service");
  sample();
  EXPECT_THAT(units(), testing::ElementsAre("b.service"));
}

TEST_F(UnitProbeTest, CountsTheReturnOfAUnitAsARestart) {
  groups_.add("system.slice/a.service", 9'000'000);
  sample();
  groups_.remove("system.slice/a.service");
  sample();
  groups_.add("system.slice/a.service", 1'000'000);
  sample();
  EXPECT_DOUBLE_EQ(value("unit.restarts", "unit=a.service"), 1);
  EXPECT_DOUBLE_EQ(value("unit.cpu.time", "unit=a.service"), 1);
}

TEST_F(UnitProbeTest, GivesTotalsNoValueOnceWhenAUnitWasMadeAnewBetweenTwoSamples) {
  groups_.add("system.slice/a.service", 1'000'000);
  sample();
  std::filesystem::rename(groups_.path() + "/system.slice/a.service", groups_.path() + "/gone");  // keeps its inode
  groups_.add("system.slice/a.service", 4'000'000);
  sample(std::chrono::duration_cast<seconds>(CgroupTree::kRescan));
  EXPECT_TRUE(std::isnan(value("unit.cpu.time", "unit=a.service")));
  EXPECT_TRUE(std::isnan(value("unit.io", "unit=a.service,direction=read")));
  EXPECT_DOUBLE_EQ(value("unit.restarts", "unit=a.service"), 1);
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=a.service"), 4e6);
  sample();
  EXPECT_DOUBLE_EQ(value("unit.cpu.time", "unit=a.service"), 4);
  EXPECT_DOUBLE_EQ(value("unit.restarts", "unit=a.service"), 1);
}

TEST_F(UnitProbeTest, LeavesOutWhatAControllerThatIsNotEnabledWouldSay) {
  groups_.add("system.slice/a.service", 1'000'000);
  groups_.remove_file("system.slice/a.service/memory.current");
  groups_.remove_file("system.slice/a.service/io.stat");
  sample();
  EXPECT_TRUE(std::isnan(value("unit.memory.usage", "unit=a.service")));
  EXPECT_TRUE(std::isnan(value("unit.io", "unit=a.service,direction=read")));
  EXPECT_DOUBLE_EQ(value("unit.cpu.time", "unit=a.service"), 1);
  groups_.write("system.slice/a.service/memory.current", "77\n");  // enabled later
  sample(seconds(61));
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=a.service"), 77);
}

TEST_F(UnitProbeTest, ReadsAUnitAtRestEachTenSecondsAndABusyOneAtOnce) {
  groups_.add("system.slice/a.service", 1);
  groups_.add("system.slice/b.service", 1);
  sample();
  sample();
  groups_.write("system.slice/a.service/memory.current", "500\n");
  groups_.write("system.slice/b.service/memory.current", "600\n");
  groups_.use_cpu("system.slice/b.service", 2);
  sample();
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=a.service"), 1);
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=b.service"), 600);
  groups_.write("system.slice/b.service/memory.current", "700\n");
  sample();  // it has come to rest: what it did last is read
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=b.service"), 700);
  for (int i = 0; i < 10; ++i) sample();
  EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=a.service"), 500);
}

TEST_F(UnitProbeTest, LetsBusyUnitsTakeTurns) {
  constexpr int kUnits = 200;
  const auto group = [](int i) { return "system.slice/u" + std::to_string(i) + ".service"; };
  for (int i = 0; i < kUnits; ++i) groups_.add(group(i), 1);
  sample();
  for (int i = 0; i < kUnits; ++i) groups_.write(group(i) + "/memory.current", "5\n");
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < kUnits; ++i) groups_.use_cpu(group(i), static_cast<std::uint64_t>(2 + round));
    sample();
  }
  for (int i = 0; i < kUnits; ++i) {
    EXPECT_DOUBLE_EQ(value("unit.memory.usage", "unit=u" + std::to_string(i) + ".service"), 5) << i;
  }
}

TEST_F(UnitProbeTest, BoundsUnitsAndDescriptors) {
  for (int i = 0; i < 20; ++i) groups_.add("system.slice/u" + std::to_string(i) + ".service", 7);
  options_.max_units = 10;
  options_.max_descriptors = 30;
  sample();
  EXPECT_EQ(units().size(), 10U);
  EXPECT_EQ(probe_->counts().left_out, 10U);
  EXPECT_EQ(probe_->counts().descriptors, 30U);
  for (const std::string& unit : units()) EXPECT_DOUBLE_EQ(value("unit.tasks", "unit=" + unit), 7) << unit;
  for (const std::string& unit : units()) groups_.remove("system.slice/" + unit);
  sample();
  EXPECT_EQ(units().size(), 10U) << "the others have their place now";
  EXPECT_EQ(probe_->counts().left_out, 0U);
}

TEST_F(UnitProbeTest, DoesNotCountWhatStackedDevicesPassOn) {
  groups_.add("system.slice/a.service", 1);
  groups_.write("system.slice/a.service/io.stat",
                "8:0 rbytes=100 wbytes=10 rios=1\n253:0 rbytes=100 wbytes=10 rios=1\n");
  groups_.write("diskstats", " 8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n 253 0 dm-0 1 0 1 1 1 0 1 1 0 1 1\n");
  options_.proc = groups_.path();
  sample();
  EXPECT_DOUBLE_EQ(value("unit.io", "unit=a.service,direction=read"), 100);
}

/// Some dozens of units that come, go, work and are made anew at random: a sample never holds what is not there, no
/// total is negative or falls but for a restart, and descriptors do not pile up.
TEST_F(UnitProbeTest, StaysTrueUnderChurn) {
  std::mt19937 random(6);
  std::map<std::string, std::uint64_t> alive;
  for (int round = 0; round < 60; ++round) {
    for (int change = 0; change < 50; ++change) {
      const std::string group = "system.slice/u" + std::to_string(random() % 60) + ".service";
      const auto found = alive.find(group);
      if (found == alive.end()) {
        groups_.add(group, alive[group] = 1 + random() % 1000);
      } else if (random() % 2 == 0) {
        groups_.remove(group);
        alive.erase(found);
      } else {
        groups_.use_cpu(group, found->second += random() % 1000);
      }
    }
    sample();
    // A group that was made anew while the number of links stayed is found by the clock; else all must be there.
    if (round % 10 != 9) continue;
    sample(seconds(10));
    sample();
    std::set<std::string> names;
    for (const auto& [group, microseconds] : alive) {
      const std::string name = group.substr(group.find('/') + 1);
      names.insert(name);
      EXPECT_DOUBLE_EQ(value("unit.cpu.time", "unit=" + name), static_cast<double>(microseconds) * 1e-6) << name;
    }
    EXPECT_EQ(units(), names);
    EXPECT_LE(probe_->counts().descriptors, names.size() * kUnitFiles);
    for (const double each : set_.values) EXPECT_FALSE(each < 0);
  }
}

/// Of the whole machine; groups have no more of it.
class UnitPressure : public UnitProbeTest {
 protected:
  UnitPressure() {
    options_.proc = proc_.path();
    std::filesystem::create_directories(proc_.file("pressure"));
    for (const char* resource : {"cpu", "memory", "io"}) machine(resource, 1'000'000);
    groups_.add("a.service", 1'000'000);
  }
  void machine(const std::string& resource, std::uint64_t total) {
    std::ofstream(proc_.file("pressure/" + resource)) << text(total);
  }
  void unit(const std::string& resource, std::uint64_t total) {
    groups_.write("a.service/" + resource + ".pressure", text(total));
  }
  static std::string text(std::uint64_t total) {
    return "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(total) +
           "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
  }
  /// A sample in which the unit works, so that its files are due.
  void work() {
    groups_.use_cpu("a.service", ++used_);
    sample();
  }
  [[nodiscard]] double some(const std::string& resource) const {
    return value("unit.pressure", "unit=a.service,resource=" + resource + ",kind=some");
  }

  TempDir proc_;
  std::uint64_t used_ = 1'000'000;
};

TEST_F(UnitPressure, IsReadAsLongAsTheMachineHasAny) {
  for (std::uint64_t total = 2'000'000; total < 30'000'000; total += 1'000'000) {
    machine("memory", total);
    unit("memory", total);
    work();
    EXPECT_DOUBLE_EQ(some("memory"), static_cast<double>(total) / 1e6);
  }
}

TEST_F(UnitPressure, ThatIsSummedUpLateIsSeenAllTheSame) {
  for (int i = 0; i < 20; ++i) work();
  machine("io", 2'000'000);
  for (int i = 0; i < 3; ++i) work();
  unit("io", 1'500'000);  // the kernel had not come to the group before
  for (int i = 0; i < 4; ++i) work();
  EXPECT_DOUBLE_EQ(some("io"), 1.5);
}

TEST_F(UnitPressure, IsNotReadWhereTheMachineHasNone) {
  for (int i = 0; i < 20; ++i) work();
  unit("cpu", 5'000'000);  // no kernel would say so
  for (int i = 0; i < 20; ++i) work();
  EXPECT_DOUBLE_EQ(some("cpu"), 1);
}

TEST_F(UnitPressure, IsReadAgainOfAUnitThatWasStartedAnew) {
  for (int i = 0; i < 20; ++i) work();
  groups_.remove("a.service");
  groups_.add("a.service", 4'000'000);
  for (int i = 0; i < 20; ++i) work();
  EXPECT_DOUBLE_EQ(some("memory"), 4);
}

TEST_F(UnitPressure, IsReadWhereTheMachineDoesNotTell) {
  std::filesystem::remove_all(proc_.file("pressure"));
  for (std::uint64_t total = 2'000'000; total < 30'000'000; total += 1'000'000) {
    unit("memory", total);
    work();
    EXPECT_DOUBLE_EQ(some("memory"), static_cast<double>(total) / 1e6);
  }
}

}  // namespace
}  // namespace tailwater
