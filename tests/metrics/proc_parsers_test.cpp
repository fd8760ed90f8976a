// What /proc says, as the parsers read it: whole fixtures, and every way in which a text can be cut short.
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/cpu_stat.h"
#include "metrics/disk_stat.h"
#include "metrics/load_stat.h"
#include "metrics/memory_stat.h"
#include "metrics/mount_table.h"
#include "metrics/network_stat.h"

namespace tailwater {
namespace {

std::string fixture(const std::string& name) {
  std::ifstream file(TAILWATER_SOURCE_DIR "/tests/fixtures/proc/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

TEST(CpuStat, ReadsModesWithoutGuests) {
  CpuStat stat;
  parse_cpu_stat(fixture("stat"), stat);
  ASSERT_TRUE(stat.all.has_value());
  EXPECT_THAT(*stat.all, testing::ElementsAre(1157582, 342097, 240692, 595309, 1433, 0, 8832, 1004));
  ASSERT_EQ(stat.cores.size(), 2U);
  EXPECT_EQ(stat.cores[1].number, 1U);
  EXPECT_EQ(stat.cores[1].ticks[1], 175690U);
  EXPECT_EQ(stat.processes_created, 176156U);
  EXPECT_EQ(stat.running, 18U);
  EXPECT_EQ(stat.blocked, 3U);
  EXPECT_EQ(stat.boot_time, 1795165478U);
}

TEST(CpuStat, TakesTheFourFieldsOfAnOldKernelAndNoFewer) {
  CpuStat stat;
  parse_cpu_stat("cpu 1 2 3 4\n", stat);
  ASSERT_TRUE(stat.all.has_value());
  EXPECT_THAT(*stat.all, testing::ElementsAre(1, 2, 3, 4, 0, 0, 0, 0));
  parse_cpu_stat("cpu 1 2 3\n", stat);
  EXPECT_FALSE(stat.all.has_value());
}

TEST(CpuUtilization, IsTheBusyShareAndNeverNegative) {
  const CpuTicks before{100, 0, 100, 700, 100, 0, 0, 0};
  CpuTicks after{125, 0, 125, 740, 110, 0, 0, 0};
  EXPECT_DOUBLE_EQ(*cpu_utilization(before, after), 0.5);
  EXPECT_FALSE(cpu_utilization(before, before).has_value());
  after = {0, 0, 0, 10, 0, 0, 0, 0};  // all of it reset
  EXPECT_FALSE(cpu_utilization(before, after).has_value());
}

TEST(CpuTicks, GoingBackALittleIsHeldAndALotIsAReset) {
  const CpuTicks before{1000, 1000, 1000, 1000, 1000, 0, 0, 0};
  CpuTicks now{1001, 1000, 0, 999, 900, 0, 0, 0};
  hold_back_steps(before, now, 300);
  EXPECT_THAT(now, testing::ElementsAre(1001, 1000, 0, 1000, 1000, 0, 0, 0));
}

TEST(MemoryStat, StatesAddUpToTheTotal) {
  const auto memory = parse_meminfo(fixture("meminfo"));
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total, 24684092ULL * 1024);
  EXPECT_EQ(memory->cached, (3514064ULL + 510052) * 1024);
  EXPECT_EQ(memory->available, 23043936ULL * 1024);
  EXPECT_EQ(memory->used() + memory->free + memory->buffers + memory->cached, memory->total);
  EXPECT_EQ(memory->swap_total - memory->swap_free, 48572U * 1024);
  EXPECT_FALSE(parse_meminfo("MemFree: 1 kB\n").has_value());
}

TEST(PagingStat, FindsItsFiveAmongTwoHundred) {
  const PagingStat paging = parse_vmstat(fixture("vmstat"));
  EXPECT_EQ(paging.swapped_in, 12U);
  EXPECT_EQ(paging.swapped_out, 345U);
  EXPECT_EQ(paging.faults, 499957018U);
  EXPECT_EQ(paging.major_faults, 9357U);
  EXPECT_EQ(paging.oom_kills, 2U);
  EXPECT_FALSE(parse_vmstat("nr_dirty 5\n").oom_kills.has_value());
}

TEST(DiskStat, ReadsDisksInBytesOfSectors) {
  const std::string text = fixture("diskstats");
  std::string_view rest = text;
  std::vector<std::string> names;
  DiskStat disk;
  while (take_disk(rest, disk)) {
    if (is_minor_disk(disk.name)) continue;
    names.emplace_back(disk.name);
    if (disk.name != "sda") continue;
    EXPECT_EQ(disk.numbers, "8       0");
    EXPECT_EQ(disk.read_bytes, 20000U * 512);
    EXPECT_EQ(disk.written_bytes, 400000U * 512);
    EXPECT_EQ(disk.reads, 1000U);
    EXPECT_EQ(disk.write_ms, 5000U);
    EXPECT_EQ(disk.busy_ms, 700U);
  }
  EXPECT_THAT(names, testing::ElementsAre("sda", "vda", "nvme0n1", "dm-0"));
}

TEST(DiskStat, TellsDisksFromTheirParts) {
  for (const char* minor : {"ram0", "zram1", "loop12", "fd0", "sda1", "sdaa10", "hdb3", "vdc1", "xvda1", "nvme0n1p2",
                            "nvme10n1p12", "mmcblk0p1"}) {
    EXPECT_TRUE(is_minor_disk(minor)) << minor;
  }
  for (const char* whole :
       {"sda", "vda", "xvda", "nvme0n1", "dm-0", "md127", "mmcblk0", "sr0", "nbd1", "p1", "1", ""}) {
    EXPECT_FALSE(is_minor_disk(whole)) << whole;
  }
}

TEST(InterfaceStat, NeedsNoSpaceBehindTheColon) {
  const std::string text = fixture("net/dev");
  std::string_view rest = text;
  std::vector<std::string> names;
  InterfaceStat interface;
  while (take_interface(rest, interface)) names.emplace_back(interface.name);
  EXPECT_THAT(names, testing::ElementsAre("lo", "ifb0", "eth0"));
  EXPECT_EQ(interface.received_bytes, 1111886817U);
  EXPECT_EQ(interface.received_errors, 1U);
  EXPECT_EQ(interface.received_dropped, 2U);
  EXPECT_EQ(interface.sent_bytes, 2291531U);
  EXPECT_EQ(interface.sent_packets, 24151U);
  EXPECT_EQ(interface.sent_errors, 3U);
  EXPECT_EQ(interface.sent_dropped, 4U);
}

TEST(SocketStat, ReadsPairsInAnyOrder) {
  const SocketStat sockets = parse_sockstat(fixture("net/sockstat"));
  EXPECT_EQ(sockets.tcp_in_use, 4U);
  EXPECT_EQ(sockets.tcp_orphaned, 1U);
  EXPECT_EQ(sockets.tcp_time_wait, 28U);
  EXPECT_EQ(sockets.tcp_allocated, 5U);
  EXPECT_EQ(sockets.udp_in_use, 2U);
  const SocketStat sockets6 = parse_sockstat("TCP6: inuse 7\nUDP6: inuse 3\nRAW6: inuse 1\n");
  EXPECT_EQ(sockets6.tcp_in_use, 7U);
  EXPECT_EQ(sockets6.udp_in_use, 3U);
  EXPECT_FALSE(sockets6.tcp_time_wait);
}

TEST(LoadStat, ReadsAveragesAndThreads) {
  const auto load = parse_loadavg(fixture("loadavg"));
  ASSERT_TRUE(load.has_value());
  EXPECT_THAT(load->averages, testing::ElementsAre(9.70, 5.20, 3.88));
  EXPECT_EQ(load->threads, 356U);
  EXPECT_DOUBLE_EQ(*parse_uptime(fixture("uptime")), 11760.51);
  const PressureStat pressure = parse_pressure(fixture("pressure/io"));
  EXPECT_EQ(pressure.some, 102794395U);
  EXPECT_EQ(pressure.full, 10238918U);
}

TEST(MountTable, HasEachStorageOnceAndTheRoot) {
  std::vector<std::string> points;
  for (const Mount& mount : parse_mountinfo(fixture("self/mountinfo"))) points.push_back(mount.point);
  EXPECT_THAT(points, testing::ElementsAre("/", "/srv/my data", "/home", "/run"));
}

TEST(MountTable, KeepsARootOfAnyTypeAndWhatIsMountedOverIt) {
  const auto mounts = parse_mountinfo("1 0 0:1 / / rw - rootfs rootfs rw\n2 1 0:30 / / rw - overlay overlay rw\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].type, "overlay");
}

/// Any part of the text, and any byte changed: only that nothing crashes, loops or reads outside, which the sanitizers
/// judge.
TEST(ProcParsers, TakeAnyBytes) {
  std::minstd_rand random(7);
  const char* const names[] = {"stat",         "meminfo", "vmstat", "diskstats",   "net/dev",
                               "net/sockstat", "loadavg", "uptime", "pressure/io", "self/mountinfo"};
  for (const char* name : names) {
    const std::string whole = fixture(name);
    for (int round = 0; round < 300; ++round) {
      std::string text = whole.substr(0, random() % (whole.size() + 1));
      for (int change = 0; change < 3 && !text.empty() && round % 2 == 0; ++change) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      CpuStat stat;
      parse_cpu_stat(text, stat);
      static_cast<void>(parse_meminfo(text));
      static_cast<void>(parse_vmstat(text));
      static_cast<void>(parse_loadavg(text));
      static_cast<void>(parse_uptime(text));
      static_cast<void>(parse_pressure(text));
      static_cast<void>(parse_sockstat(text));
      static_cast<void>(parse_mountinfo(text));
      std::string_view rest = text;
      DiskStat disk;
      while (take_disk(rest, disk)) static_cast<void>(is_minor_disk(disk.name));
      rest = text;
      InterfaceStat interface;
      while (take_interface(rest, interface)) static_cast<void>(is_minor_interface(interface.name));
    }
  }
}

}  // namespace
}  // namespace tailwater
