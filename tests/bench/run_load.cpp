// run_load: how fast a command may write whose output goes through `tailwater run` to a file, beside the same command
// in a pipe to a cat that writes a file: lines of several lengths as fast as they can be made, with a server and while
// it is away. Of each the quickest round: what else the machine does slows all of them. CPU is what the command, the
// relay and the sender take of the processors, beside the command and cat.
//   run_load [--megabytes=64] [--rounds=5]
#include <sys/resource.h>

#include <algorithm>

#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// Of a command: how long it took, and what all of its processes took of the processors.
struct Cost {
  double wall = 0;
  double processors = 0;
};

/// Of the children that have ended.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost cost_of(const std::string& script) {
  const double before = processor_seconds();
  const auto begin = Steady::now();
  ChildSettings settings;
  settings.command = {"sh", "-c", script};
  const ProgramResult result = run_program(settings, std::chrono::seconds(120));
  if (result.exit_code() != 0) {
    fmt::print(stderr, "{}: {}\n", script, result.errors);
    std::exit(1);
  }
  return {seconds_since(begin), processor_seconds() - before};
}

/// The best of both.
void add(Cost& best, const Cost& cost) {
  best.wall = best.wall == 0 ? cost.wall : std::min(best.wall, cost.wall);
  best.processors = best.processors == 0 ? cost.processors : std::min(best.processors, cost.processors);
}

void measure(const DaemonProcess& daemon, const TempDir& directory, std::size_t line_bytes, double megabytes,
             int rounds) {
  const auto lines = static_cast<std::size_t>(megabytes * 1e6 / static_cast<double>(line_bytes));
  const std::string source = fmt::format("yes {} | head -n {}", std::string(line_bytes - 1, 'x'), lines);
  const std::string file = directory.file("out");
  const auto through_run = [&](std::uint16_t port) {
    return fmt::format("{} run --no-pty --wait 0 --spool {} --to http://127.0.0.1:{}/ -- sh -c '{}' >{} 2>/dev/null",
                       daemon_binary(), directory.file("runs"), port, source, file);
  };
  Cost pipe;
  Cost run;
  Cost away;
  for (int round = 0; round < rounds; ++round) {
    add(pipe, cost_of(fmt::format("{} | cat >{}", source, file)));
    add(run, cost_of(through_run(daemon.port())));
    add(away, cost_of(through_run(1)));
  }
  const auto beside = [&](const Cost& cost) {
    return fmt::format("{:>10.0f} MB/s{:>6.2f}{:>10.2f}", megabytes / cost.wall, pipe.wall / cost.wall,
                       cost.processors / pipe.processors);
  };
  fmt::print("{:>6} bytes{:>14.0f} MB/s{}{}\n", line_bytes, megabytes / pipe.wall, beside(run), beside(away));
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  using namespace tailwater;
  const double megabytes = argument(count, values, "megabytes", 64);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 5));
  TempDir directory;
  const std::string config = directory.file("tailwater.toml");
  append_to_file(config, "[[stream]]\nname = \"ci\"\npush = true\nparse = \"cri\"\n[[runs]]\nstream = \"ci\"\n");
  DaemonProcess daemon(std::vector<std::string>{"--config", config});
  start_or_give_up(daemon);
  fmt::print("{:>12}{:>19}{:>15}{:>6}{:>10}{:>15}{:>6}{:>10}\n", "lines of", "CMD | cat >file", "run", "ratio", "CPU",
             "server away", "ratio", "CPU");
  for (const std::size_t line_bytes : {10, 100, 1000}) {
    measure(daemon, directory, line_bytes, megabytes, rounds);
  }
}
