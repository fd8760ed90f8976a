// exporters_load: what an answer of /metrics costs and says, beside prometheus-node-exporter's in the same run:
// processor time, memory, and each number that both have, before and after a load that is known: a process that burns a
// core, and one that writes a file. Differences are given in percent and in ticks of the kernel's clock.
//   exporters_load [--scrapes=100] [--seconds=5] [--node-exporter=PATH]
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/scrape.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::string text_argument(int count, char** values, const char* name, const char* otherwise) {
  const std::string begin = std::string("--") + name + "=";
  for (int i = 1; i < count; ++i) {
    if (std::strncmp(values[i], begin.c_str(), begin.size()) == 0) return values[i] + begin.size();
  }
  return otherwise;
}

struct Exporter {
  std::string name;
  pid_t pid;
  std::uint16_t port;
  [[nodiscard]] Scrape scrape() const { return Scrape(fetch(port, "/metrics").body); }
};

void measure_cost(const Exporter& exporter, int scrapes) {
  for (int i = 0; i < 10; ++i) static_cast<void>(exporter.scrape());
  const double before = process_cpu_seconds(exporter.pid);
  std::size_t bytes = 0;
  for (int i = 0; i < scrapes; ++i) bytes = fetch(exporter.port, "/metrics").body.size();
  const double spent = process_cpu_seconds(exporter.pid) - before;
  fmt::print("{:<16}{:>10.2f} ms CPU a scrape{:>10} bytes{:>10} KiB resident\n", exporter.name, spent / scrapes * 1e3,
             bytes, process_status(exporter.pid, "VmRSS"));
}

/// The same number by both names; `scale` makes theirs ours.
struct Pair {
  std::string ours;
  std::string theirs;
  double scale = 1;
  bool is_total = true;
};

std::vector<Pair> pairs_of(const Scrape& ours, const Scrape& theirs) {
  std::vector<Pair> pairs;
  for (const char* mode : {"user", "system", "nice", "iowait", "softirq", "steal"}) {
    pairs.push_back({fmt::format("system_cpu_time_seconds_total{{mode=\"{}\"}}", mode), std::string("cpu:") + mode});
  }
  pairs.push_back({"system_memory_limit_bytes", "node_memory_MemTotal_bytes", 1, false});
  pairs.push_back({"system_linux_memory_available_bytes", "node_memory_MemAvailable_bytes", 1, false});
  pairs.push_back({"system_memory_usage_bytes{state=\"free\"}", "node_memory_MemFree_bytes", 1, false});
  pairs.push_back({"system_linux_load_1m", "node_load1", 1, false});
  pairs.push_back({"system_process_created_total", "node_forks_total"});
  pairs.push_back({"system_paging_faults_total{type=\"major\"}", "node_vmstat_pgmajfault"});
  pairs.push_back({"system_linux_pressure_cpu_some_seconds_total", "node_pressure_cpu_waiting_seconds_total"});
  pairs.push_back({"system_linux_pressure_io_some_seconds_total", "node_pressure_io_waiting_seconds_total"});
  const auto add_devices = [&](const char* our_name, const char* direction, const char* their_name) {
    for (const auto& [series, value] : theirs.values()) {
      if (series.rfind(std::string(their_name) + "{", 0) != 0) continue;
      const std::string device = series.substr(series.find('{') + 1, series.find('}') - series.find('{') - 1);
      const std::string mine = fmt::format("{}{{{},direction=\"{}\"}}", our_name, device, direction);
      if (ours.has(mine)) pairs.push_back({mine, series});
    }
  };
  add_devices("system_disk_io_bytes_total", "write", "node_disk_written_bytes_total");
  add_devices("system_disk_operations_total", "write", "node_disk_writes_completed_total");
  add_devices("system_network_io_bytes_total", "receive", "node_network_receive_bytes_total");
  add_devices("system_network_io_bytes_total", "transmit", "node_network_transmit_bytes_total");
  return pairs;
}

/// They count each processor on its own.
double value_of(const Scrape& scrape, const std::string& name) {
  if (name.rfind("cpu:", 0) != 0) return scrape.value(name);
  double sum = 0;
  for (const auto& [series, value] : scrape.values()) {
    const bool is_cpu = series.rfind("node_cpu_seconds_total{", 0) == 0;
    if (is_cpu && series.find("mode=\"" + name.substr(4) + "\"") != std::string::npos) sum += value;
  }
  return sum;
}

void burn_and_write(const std::string& file, double seconds) {
  const pid_t burner = ::fork();
  if (burner == 0) {
    static volatile bool burns = true;
    while (burns) {
    }
    ::_exit(0);
  }
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string block(1 << 20, 'x');
  const auto end = Steady::now() + std::chrono::duration<double>(seconds);
  for (int i = 0; i < 64; ++i) static_cast<void>(!::write(fd.get(), block.data(), block.size()));
  ::fdatasync(fd.get());
  std::this_thread::sleep_until(end);
  ::kill(burner, SIGKILL);
  ::waitpid(burner, nullptr, 0);
}

struct Moment {
  Scrape ours;
  Scrape theirs;
};

/// Both at one moment: ours are of the last sample, one a second; theirs are taken when they are asked for.
Moment scrape_both(const Exporter& ours, const Exporter& theirs) {
  const double before = ours.scrape().value("system_uptime_seconds");
  while (true) {
    Scrape fresh = ours.scrape();
    if (fresh.value("system_uptime_seconds") != before) return {std::move(fresh), theirs.scrape()};
    std::this_thread::sleep_for(Milliseconds(2));
  }
}

void compare(const Exporter& ours, const Exporter& theirs, const std::string& file, double seconds) {
  const auto [our_begin, their_begin] = scrape_both(ours, theirs);
  burn_and_write(file, seconds);
  const auto [our_end, their_end] = scrape_both(ours, theirs);
  fmt::print("\n{:<72}{:>16}{:>16}{:>9}\n", "over the load: growth of totals, else the value", "tailwater", theirs.name,
             "off by");
  for (const Pair& pair : pairs_of(our_end, their_end)) {
    const double mine = our_end.value(pair.ours) - (pair.is_total ? our_begin.value(pair.ours) : 0);
    const double other = value_of(their_end, pair.theirs) - (pair.is_total ? value_of(their_begin, pair.theirs) : 0);
    const double off = other == 0 ? 0 : (mine - other) / other * 100;
    fmt::print("{:<72}{:>16.2f}{:>16.2f}{:>8.2f}%\n", pair.ours, mine, other, off);
  }
}

int run(int count, char** values) {
  const int scrapes = static_cast<int>(argument(count, values, "scrapes", 100));
  const double seconds = argument(count, values, "seconds", 5);
  const TempDir directory;
  const std::string config = directory.file("tailwater.toml");
  append_to_file(directory.folder("logs") + "/a.log", "a line\n");
  append_to_file(config, "[sampler]\ninterval = \"1s\"\n");
  DaemonProcess daemon({"--config", config, directory.file("logs")});
  start_or_give_up(daemon);
  const Exporter ours{"tailwater", daemon.pid(), daemon.port()};
  measure_cost(ours, scrapes);

  const std::uint16_t port = free_port();
  ChildSettings settings;
  settings.command = {text_argument(count, values, "node-exporter", "prometheus-node-exporter"),
                      fmt::format("--web.listen-address=127.0.0.1:{}", port)};
  ChildProcess peer;
  if (!peer.spawn(settings)) return 1;
  const auto deadline = Steady::now() + std::chrono::seconds(10);
  while (peer.running() && fetch(port, "/metrics").status != 200 && Steady::now() < deadline) {
    std::this_thread::sleep_for(Milliseconds(50));
  }
  if (!peer.running()) {
    fmt::print("prometheus-node-exporter is not there: nothing to compare with\n");
    return 0;
  }
  const Exporter theirs{"node-exporter", peer.pid(), port};
  measure_cost(theirs, scrapes);
  compare(ours, theirs, directory.file("written"), seconds);
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
