// What the daemon says of the machine against what the kernel says: each number was read between two readings of our
// own, so it lies between them; of a load that is known it says what the load was.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "support/daemon_test.h"
#include "support/scrape.h"
#include "support/wait_until.h"

namespace tailwater {
namespace {

class MetricsTruth : public DaemonTest {
 protected:
  /// /metrics, with a sample that began after the call and has ended.
  [[nodiscard]] Scrape fresh_scrape() const {
    const std::string samples = "tailwater_sampler_duration_seconds_count";
    const double before = scrape().value(samples);
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      Scrape now = scrape();
      if (now.value(samples) >= before + 2) return now;  // the first may have been under way
      std::this_thread::sleep_for(Milliseconds(10));
    }
    ADD_FAILURE() << "no samples are taken";
    return scrape();
  }
  [[nodiscard]] Scrape scrape() const { return Scrape(get("/metrics").body); }

  void serve_sampled() { serve_configured("[sampler]\ninterval = \"100ms\"\n"); }
};

/// The words behind the first one of the line that begins with `name`.
std::vector<double> numbers_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != name) continue;
    std::vector<double> numbers;
    while (words >> word) {
      if (word.rfind("total=", 0) == 0) word.erase(0, 6);
      numbers.push_back(std::strtod(word.c_str(), nullptr));
    }
    return numbers;
  }
  return {};
}

/// "eth0" or "sda" to the numbers behind it, from /proc/net/dev or /proc/diskstats.
std::map<std::string, std::vector<double>> devices_of(const std::string& path, std::size_t name_at) {
  std::map<std::string, std::vector<double>> devices;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::replace(line.begin(), line.end(), ':', ' ');
    std::istringstream words(line);
    std::string name;
    for (std::size_t i = 0; i <= name_at; ++i) words >> name;
    double number = 0;
    while (words >> number) devices[name].push_back(number);
  }
  return devices;
}

void expect_between(const Scrape& scrape, const std::string& series, double before, double after) {
  ASSERT_TRUE(scrape.has(series)) << series;
  // As decimals both have been rounded.
  const double slack = std::abs(after) * 1e-9;
  EXPECT_GE(scrape.value(series), before - slack) << series;
  EXPECT_LE(scrape.value(series), after + slack) << series;
}

TEST_F(MetricsTruth, OfProcessorsMemoryPagingAndPressureLiesBetweenTwoReadings) {
  serve_sampled();
  const auto cpu = numbers_of("/proc/stat", "cpu");
  const auto created = numbers_of("/proc/stat", "processes");
  const auto faults = numbers_of("/proc/vmstat", "pgmajfault");
  const auto waits = numbers_of("/proc/pressure/io", "some");
  const Scrape seen = fresh_scrape();
  const auto cpu_after = numbers_of("/proc/stat", "cpu");
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  // Without guests, whose time stands in user a second time; idle and iowait may go back (proc(5)).
  expect_between(seen, "system_cpu_time_seconds_total{mode=\"user\"}", (cpu[0] - cpu[8]) / ticks,
                 (cpu_after[0] - cpu_after[8]) / ticks);
  expect_between(seen, "system_cpu_time_seconds_total{mode=\"system\"}", cpu[2] / ticks, cpu_after[2] / ticks);
  expect_between(seen, "system_cpu_time_seconds_total{mode=\"softirq\"}", cpu[6] / ticks, cpu_after[6] / ticks);
  expect_between(seen, "system_process_created_total", created[0], numbers_of("/proc/stat", "processes")[0]);
  expect_between(seen, "system_paging_faults_total{type=\"major\"}", faults[0],
                 numbers_of("/proc/vmstat", "pgmajfault")[0]);
  expect_between(seen, "system_cpu_logical_cpus", static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)),
                 static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)));
  const double memory = numbers_of("/proc/meminfo", "MemTotal:")[0] * 1024;
  expect_between(seen, "system_memory_limit_bytes", memory, memory);
  double sum = 0;
  for (const char* state : {"used", "free", "buffers", "cached"}) {
    sum += seen.value(std::string("system_memory_usage_bytes{state=\"") + state + "\"}");
  }
  EXPECT_NEAR(sum, memory, memory * 1e-9);
  if (!waits.empty()) {
    expect_between(seen, "system_linux_pressure_io_some_seconds_total", waits.back() / 1e6,
                   numbers_of("/proc/pressure/io", "some").back() / 1e6);
  }
}

TEST_F(MetricsTruth, OfDisksAndInterfacesLiesBetweenTwoReadings) {
  serve_sampled();
  const auto disks = devices_of("/proc/diskstats", 2);
  const auto interfaces = devices_of("/proc/1/net/dev", 0);
  const Scrape seen = fresh_scrape();
  std::size_t compared = 0;
  for (const auto& [name, after] : devices_of("/proc/diskstats", 2)) {
    const auto before = disks.find(name);
    const std::string device = "{device=\"" + name + "\"";
    if (before == disks.end() || !seen.has("system_disk_io_time_seconds_total" + device + "}")) continue;
    expect_between(seen, "system_disk_io_bytes_total" + device + ",direction=\"read\"}", before->second[2] * 512,
                   after[2] * 512);
    expect_between(seen, "system_disk_io_bytes_total" + device + ",direction=\"write\"}", before->second[6] * 512,
                   after[6] * 512);
    expect_between(seen, "system_disk_operations_total" + device + ",direction=\"write\"}", before->second[4],
                   after[4]);
    ++compared;
  }
  for (const auto& [name, after] : devices_of("/proc/1/net/dev", 0)) {
    const auto before = interfaces.find(name);
    const std::string device = "{device=\"" + name + "\"";
    if (before == interfaces.end() || !seen.has("system_network_io_bytes_total" + device + ",direction=\"receive\"}")) {
      continue;
    }
    expect_between(seen, "system_network_io_bytes_total" + device + ",direction=\"receive\"}", before->second[0],
                   after[0]);
    expect_between(seen, "system_network_packets_total" + device + ",direction=\"transmit\"}", before->second[9],
                   after[9]);
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "this machine shows neither disks nor interfaces";
}

TEST_F(MetricsTruth, OfTheRootFileSystemIsWhatDfSays) {
  struct statvfs root {};
  ASSERT_EQ(::statvfs("/", &root), 0);
  if (root.f_blocks == 0) GTEST_SKIP() << "the root has no size";
  serve_sampled();
  const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
  std::string labels;
  Scrape seen("");
  while (labels.empty() && std::chrono::steady_clock::now() < deadline) {
    seen = fresh_scrape();
    for (const auto& [series, value] : seen.values()) {
      const bool limit = series.rfind("system_filesystem_limit_bytes{", 0) == 0;
      if (limit && series.find("mountpoint=\"/\"") != std::string::npos) labels = series.substr(series.find('{'));
    }
  }
  ASSERT_FALSE(labels.empty());
  const double size = static_cast<double>(root.f_blocks) * static_cast<double>(root.f_frsize);
  EXPECT_DOUBLE_EQ(seen.value("system_filesystem_limit_bytes" + labels), size);
  const double used = static_cast<double>(root.f_blocks - root.f_bfree) * static_cast<double>(root.f_frsize);
  labels.back() = ',';
  EXPECT_NEAR(seen.value("system_filesystem_usage_bytes" + labels + "state=\"used\"}"), used, size * 0.01);
}

/// A group of the kernel's own that a test can make, and its end.
class RealGroup {
 public:
  RealGroup() {
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      const std::string group = std::string(root) + "/" + name();
      if (::access((std::string(root) + "/cgroup.procs").c_str(), W_OK) != 0) continue;
      if (::mkdir(group.c_str(), 0755) != 0) continue;
      path_ = group;
      return;
    }
  }
  ~RealGroup() { remove(); }
  RealGroup(const RealGroup&) = delete;
  RealGroup& operator=(const RealGroup&) = delete;
  [[nodiscard]] static std::string name() { return "tailwatertest" + std::to_string(::getpid()) + ".scope"; }
  [[nodiscard]] const std::string& path() const { return path_; }
  void remove() const {
    if (!path_.empty()) ::rmdir(path_.c_str());
  }
  /// Burns so much processor time inside, and says how much it was.
  [[nodiscard]] double burn(double seconds) const {
    const pid_t child = ::fork();
    if (child == 0) {
      std::ofstream(path_ + "/cgroup.procs") << ::getpid() << std::flush;
      timespec used{};
      do {
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
      } while (static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9 < seconds);
      ::_exit(0);
    }
    rusage usage{};
    ::wait4(child, nullptr, 0, &usage);
    const auto seconds_of = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }

 private:
  std::string path_;
};

TEST_F(MetricsTruth, OfAUnitIsTheTimeThatItBurntUntilItIsGone) {
  const RealGroup group;
  if (group.path().empty()) GTEST_SKIP() << "no cgroup v2 hierarchy can be written here";
  serve_sampled();
  const double burnt = group.burn(0.4);
  const std::string series = "unit_cpu_time_seconds_total{unit=\"" + RealGroup::name() + "\"}";
  const Scrape seen = fresh_scrape();
  ASSERT_TRUE(seen.has(series));
  EXPECT_NEAR(seen.value(series), burnt, 0.004 + 0.01);  // 1 % or a tick
  EXPECT_TRUE(seen.has("unit_restarts_total{unit=\"" + RealGroup::name() + "\"}"));
  group.remove();
  EXPECT_FALSE(fresh_scrape().has(series));
}

ProgramResult run_in_shell(const std::string& command) {
  ChildSettings settings;
  settings.command = {"/bin/sh", "-c", command};
  return run_program(std::move(settings));
}

TEST_F(MetricsTruth, PassPromtool) {
  const ProgramResult found = run_in_shell("command -v promtool");
  if (found.exit_code() != 0) GTEST_SKIP() << "promtool is not installed";
  append_to_file(log("a.log"), "status=200\n");
  serve_configured(
      "[sampler]\ninterval = \"100ms\"\nper_core = true\nlog_levels = true\n[[metric]]\nname = \"requests\"\n"
      "help = \"Requests.\"\nmatch = 'status=(?P<status>\\d+)'\n");
  append_to_file(log("a.log"), "status=404\n");
  const auto client = follow("tail=10");
  EXPECT_EQ(next_lines(*client, 2).size(), 2U);
  static_cast<void>(fresh_scrape());
  const std::string file = outside("scrape");
  append_to_file(file, get("/metrics").body);
  const ProgramResult checked = run_in_shell("promtool check metrics <" + file);
  EXPECT_EQ(checked.exit_code(), 0) << checked.output << checked.errors;
  EXPECT_EQ(checked.output + checked.errors, "");
}

TEST_F(MetricsTruth, OfSendingIsThereOnceAClientWasSentTo) {
  append_to_file(log("a.log"), "old\n");
  serve_sampled();
  const auto client = follow("tail=1");
  EXPECT_EQ(next_lines(*client, 1).size(), 1U);
  const auto caught_up = client->read_until([](const SseEvent& event) { return event.type == "caught-up"; });
  append_to_file(log("a.log"), "new\n");
  EXPECT_EQ(next_lines(*client, 1).size(), 1U);
  // A line is counted once send() has returned: the client may have read it by then.
  EXPECT_TRUE(wait_until([&] { return scrape().value("tailwater_send_latency_seconds_count") >= 1; }));
  const Scrape seen = scrape();
  EXPECT_LT(seen.value("tailwater_send_latency_seconds_sum"), 10);
  EXPECT_EQ(seen.value("tailwater_clients_catch_up_seconds_count"), 1);
  EXPECT_GT(seen.value("tailwater_clients_io_bytes_total"), 100);
}

}  // namespace
}  // namespace tailwater
