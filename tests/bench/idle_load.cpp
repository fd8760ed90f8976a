// idle_load: what the daemon costs when nothing happens: wake-ups of all its threads and CPU time over some seconds
// with a hundred files, no data and no clients, and its memory. Beside it `tail -F` on the same files.
//   idle_load [--files=100] [--seconds=12]
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// Times that any thread of the process went to sleep of its own accord, and so was woken, so far.
std::uint64_t wake_ups(pid_t pid) {
  std::error_code error;
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::ifstream status(task.path() / "status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.rfind("voluntary_ctxt_switches:", 0) == 0) sum += std::strtoull(line.c_str() + 24, nullptr, 10);
    }
  }
  return sum;
}

struct Idle {
  double wake_ups_per_second = 0;
  double cpu_us_per_second = 0;
  std::uint64_t rss_kib = 0;
  std::uint64_t private_kib = 0;
};

/// The first sweep after the start still writes down what the start found: it is waited for.
constexpr Milliseconds kSettle{6000};

Idle measure(pid_t pid, double seconds) {
  std::this_thread::sleep_for(kSettle);
  const std::uint64_t before = wake_ups(pid);
  const double cpu = process_cpu_seconds(pid);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  Idle idle;
  idle.wake_ups_per_second = static_cast<double>(wake_ups(pid) - before) / seconds;
  idle.cpu_us_per_second = (process_cpu_seconds(pid) - cpu) / seconds * 1e6;
  idle.rss_kib = process_status(pid, "VmRSS");
  idle.private_kib = process_status(pid, "RssAnon");
  return idle;
}

void print(const char* name, const Idle& idle) {
  fmt::print("{:<22}{:>12.2f}{:>14.0f}{:>12}{:>14}\n", name, idle.wake_ups_per_second, idle.cpu_us_per_second,
             idle.rss_kib, idle.private_kib);
}

int run(int count, char** values) {
  const int files = static_cast<int>(argument(count, values, "files", 100));
  const double seconds = argument(count, values, "seconds", 12);
  const TempDir directory;
  const std::string logs = directory.folder("var/log/app");
  ChildSettings peer;
  peer.command = {"tail", "-q", "-n", "0", "-F"};
  for (int file = 0; file < files; ++file) {
    const std::string path = fmt::format("{}/app-{}.log", logs, file);
    append_numbered_lines(path, file, 0, 100);
    peer.command.push_back(path);
  }
  DaemonProcess daemon({logs});
  start_or_give_up(daemon);
  const Idle ours = measure(daemon.pid(), seconds);
  daemon.kill();
  ChildProcess tail;
  if (!tail.spawn(peer)) return 1;
  const Idle theirs = measure(tail.pid(), seconds);

  fmt::print("idle with {} files, no data, no clients, over {:.0f} s\n", files, seconds);
  fmt::print("{:<22}{:>12}{:>14}{:>12}{:>14}\n", "", "wake-ups/s", "CPU us/s", "RSS KiB", "of it anon");
  print("tailwater", ours);
  print("tail -F", theirs);
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
