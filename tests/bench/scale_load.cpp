// scale_load: what many files cost: idle, each growing a little, and at the start, with gigabytes there already. Beside
// it `tail -F` on the same files in the same run.
//   scale_load [--idle=5000] [--busy=3000] [--rate=10] [--seconds=10] [--gib=10]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

#include "base/unique_fd.h"
#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::string name_of(const std::string& folder, int file) {
  return fmt::format("{}/app-{:04}x.log", folder, file);
}

ChildSettings tail_of(const std::string& folder, int files) {
  ChildSettings settings;
  settings.command = {"tail", "-q", "-n", "0", "-F"};
  for (int file = 0; file < files; ++file) settings.command.push_back(name_of(folder, file));
  return settings;
}

/// CPU seconds over `seconds` of nothing happening, of a process that has settled.
double idle_cpu(pid_t pid, double seconds) {
  std::this_thread::sleep_for(Milliseconds(7000));
  const double before = process_cpu_seconds(pid);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return process_cpu_seconds(pid) - before;
}

void measure_idle(int files, double seconds) {
  const TempDir directory;
  const std::string logs = directory.folder("logs");
  for (int file = 0; file < files; ++file) append_to_file(name_of(logs, file), corpus_line(0));
  DaemonProcess daemon({logs});
  start_or_give_up(daemon);
  const double ours = idle_cpu(daemon.pid(), seconds);
  const std::uint64_t memory = process_status(daemon.pid(), "VmRSS");
  daemon.kill();
  ChildProcess tail;
  if (!tail.spawn(tail_of(logs, files))) return;
  const double theirs = idle_cpu(tail.pid(), seconds);
  fmt::print("idle, {} files: tailwater {:.3f} % of a core, RSS {} KiB; tail -F {:.3f} %, {} KiB\n", files,
             ours / seconds * 100, memory, theirs / seconds * 100, process_status(tail.pid(), "VmRSS"));
}

/// Writes `rate` lines a second to each file, evenly; how many lines there were.
std::uint64_t write_lines(const std::vector<UniqueFd>& files, double rate, double seconds) {
  const auto begin = Steady::now();
  const double per_second = rate * static_cast<double>(files.size());
  const auto all = static_cast<std::uint64_t>(per_second * seconds);
  for (std::uint64_t line = 0; line < all;) {
    const auto due = static_cast<std::uint64_t>(seconds_since(begin) * per_second);
    for (; line < std::min(due, all); ++line) {
      const std::string text = corpus_line(line);
      if (::write(files[line % files.size()].get(), text.data(), text.size()) < 0) std::exit(1);
    }
    std::this_thread::sleep_for(Milliseconds(1));
  }
  return all;
}

/// CPU microseconds that a process takes for each of the lines that are written meanwhile.
double busy_cpu(pid_t pid, const std::vector<UniqueFd>& files, double rate, double seconds) {
  std::this_thread::sleep_for(Milliseconds(2000));
  const double before = process_cpu_seconds(pid);
  const std::uint64_t lines = write_lines(files, rate, seconds);
  std::this_thread::sleep_for(Milliseconds(500));
  return (process_cpu_seconds(pid) - before) / static_cast<double>(lines) * 1e6;
}

void measure_busy(int count, double rate, double seconds) {
  const TempDir directory;
  const std::string logs = directory.folder("logs");
  std::vector<UniqueFd> files;
  for (int file = 0; file < count; ++file) {
    files.emplace_back(::open(name_of(logs, file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }
  DaemonProcess daemon({logs});
  start_or_give_up(daemon);
  const double ours = busy_cpu(daemon.pid(), files, rate, seconds);
  daemon.kill();
  ChildProcess tail;
  if (!tail.spawn(tail_of(logs, count))) return;
  const double theirs = busy_cpu(tail.pid(), files, rate, seconds);
  fmt::print("{} files x {:.0f} lines/s: tailwater {:.1f} us of CPU a line; tail -F {:.1f}\n", count, rate, ours,
             theirs);
}

/// Files of whole lines with holes between them: as long as real ones, on little disk.
void make_history(const std::string& logs, int files, double gib) {
  const auto size = static_cast<off_t>(gib * 1024 * 1024 * 1024 / files);
  const std::string line = corpus_line(1);
  for (int file = 0; file < files; ++file) {
    const UniqueFd fd(::open(name_of(logs, file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    const off_t last = std::max<off_t>(size - static_cast<off_t>(line.size()), static_cast<off_t>(line.size()));
    const bool written = ::pwrite(fd.get(), line.data(), line.size(), 0) > 0 &&
                         ::pwrite(fd.get(), "\n", 1, last - 1) > 0 &&
                         ::pwrite(fd.get(), line.data(), line.size(), last) > 0;
    if (!written) std::exit(1);
  }
}

void measure_start(int files, double gib) {
  const TempDir directory;
  const std::string logs = directory.folder("logs");
  make_history(logs, files, gib);
  DaemonProcess daemon({logs});
  std::vector<double> milliseconds;
  for (int start = 0; start < 3; ++start) {
    const auto begin = Steady::now();
    start_or_give_up(daemon);
    milliseconds.push_back(seconds_since(begin) * 1000);
    if (start < 2) daemon.terminate(std::chrono::seconds(10));
  }
  fmt::print("start with {} files and {:.0f} GiB: first {:.0f} ms, again {:.0f} and {:.0f} ms\n", files, gib,
             milliseconds[0], milliseconds[1], milliseconds[2]);
}

int run(int count, char** values) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const double seconds = argument(count, values, "seconds", 10);
  const int idle = static_cast<int>(argument(count, values, "idle", 5000));
  const int busy = static_cast<int>(argument(count, values, "busy", 3000));
  if (idle > 0) measure_start(idle, argument(count, values, "gib", 10));
  if (idle > 0) measure_idle(idle, seconds);
  if (busy > 0) measure_busy(busy, argument(count, values, "rate", 10), seconds);
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
