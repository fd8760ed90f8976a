// run_load: how fast a command may write whose output goes through `tailwater run`, beside the same command in a pipe
// to cat: lines of several lengths as fast as they can be made, with a server and while it is away.
//   run_load [--megabytes=64] [--rounds=3]
#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

double seconds_of(const std::string& script) {
  const auto begin = Steady::now();
  ChildSettings settings;
  settings.command = {"sh", "-c", script};
  const ProgramResult result = run_program(settings, std::chrono::seconds(120));
  if (result.exit_code() != 0) {
    fmt::print(stderr, "{}: {}\n", script, result.errors);
    std::exit(1);
  }
  return seconds_since(begin);
}

void measure(const DaemonProcess& daemon, const std::string& spool, std::size_t line_bytes, double megabytes,
             int rounds) {
  const auto lines = static_cast<std::size_t>(megabytes * 1e6 / static_cast<double>(line_bytes));
  const std::string source = fmt::format("yes {} | head -n {}", std::string(line_bytes - 1, 'x'), lines);
  const auto through_run = [&](std::uint16_t port) {
    return fmt::format("{} run --no-pty --wait 0 --spool {} --to http://127.0.0.1:{}/ -- sh -c '{}' >/dev/null 2>&1",
                       daemon_binary(), spool, port, source);
  };
  std::vector<double> pipe;
  std::vector<double> run;
  std::vector<double> away;
  for (int round = 0; round < rounds; ++round) {
    pipe.push_back(seconds_of(source + " | cat >/dev/null"));
    run.push_back(seconds_of(through_run(daemon.port())));
    away.push_back(seconds_of(through_run(1)));
  }
  const auto rate = [&](const std::vector<double>& seconds) { return megabytes / median(seconds); };
  fmt::print("{:>6} bytes{:>12.0f} MB/s{:>12.0f} MB/s{:>10.2f} M lines/s{:>12.0f} MB/s\n", line_bytes, rate(pipe),
             rate(run), rate(run) / static_cast<double>(line_bytes), rate(away));
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  using namespace tailwater;
  const double megabytes = argument(count, values, "megabytes", 64);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 3));
  TempDir directory;
  const std::string config = directory.file("tailwater.toml");
  append_to_file(config, "[[stream]]\nname = \"ci\"\npush = true\nparse = \"cri\"\n[[runs]]\nstream = \"ci\"\n");
  DaemonProcess daemon(std::vector<std::string>{"--config", config});
  start_or_give_up(daemon);
  fmt::print("{:>12}{:>17}{:>17}{:>21}{:>17}\n", "lines of", "CMD | cat", "run", "", "server away");
  for (const std::size_t line_bytes : {10, 100, 1000}) {
    measure(daemon, directory.file("runs"), line_bytes, megabytes, rounds);
  }
}
