// latency_load: from write() on a log file to recv() at one client, 1,000 lines a second, beside `tail -F FILE | cat`
// on the same file. The two take turns, each alone with the writer (a process of its own), several times.
//   latency_load [--rate=1000] [--seconds=4] [--rounds=4]
#include "bench/line_latency.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::vector<double> through_tail(const std::string& path, const Load& load) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return {};
  const UniqueFd reading(pipe_ends[0]);
  UniqueFd writing(pipe_ends[1]);
  ChildSettings settings;
  settings.command = {"tail", "-n", "1", "-F", path};
  int between[2];
  if (::pipe2(between, O_CLOEXEC) != 0) return {};
  UniqueFd from_tail(between[0]);
  UniqueFd to_cat(between[1]);
  settings.output_fd = to_cat.get();
  ChildProcess tail;
  ChildProcess cat;
  ChildSettings cat_settings;
  cat_settings.command = {"cat"};
  cat_settings.input_fd = from_tail.get();
  cat_settings.output_fd = writing.get();
  if (!tail.spawn(settings) || !cat.spawn(cat_settings)) return {};
  writing.reset();
  char first[4096];
  if (::read(reading.get(), first, sizeof first) <= 0) return {};  // the last line: tail is there
  return measure(reading.get(), path, load);
}

struct Row {
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> worst;
  std::size_t lines = 0;
  void add(const std::vector<double>& values) {
    p50.push_back(percentile(values, 0.5));
    p99.push_back(percentile(values, 0.99));
    worst.push_back(percentile(values, 1.0));
    lines += values.size();
  }
  void print(const char* name) const {
    fmt::print("{:<22}{:>9}{:>10.0f}{:>10.0f}{:>10.0f}\n", name, lines, median(p50), median(p99), median(worst));
  }
};

int run(int count, char** values) {
  Load load;
  load.rate = argument(count, values, "rate", 1000);
  load.seconds = argument(count, values, "seconds", 4);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 4));
  const TempDir directory;
  const std::string path = directory.folder("logs") + "/app.log";
  const UniqueFd made(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  const std::string first = corpus_line(0);
  if (::write(made.get(), first.data(), first.size()) < 0) return 1;
  DaemonProcess daemon({directory.file("logs")});
  start_or_give_up(daemon);
  Row ours;
  Row theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.add(through_daemon(daemon.port(), path, load));
    theirs.add(through_tail(path, load));
  }
  fmt::print("write() to recv(), {:.0f} lines/s, median of {} rounds of {:.0f} s, in us\n", load.rate, rounds,
             load.seconds);
  fmt::print("{:<22}{:>9}{:>10}{:>10}{:>10}\n", "", "lines", "p50", "p99", "max");
  ours.print("tailwater, SSE client");
  theirs.print("tail -F | cat");
  fmt::print("{:<22}{:>9}{:>10.2f}{:>10.2f}\n", "ratio", "", median(ours.p50) / median(theirs.p50),
             median(ours.p99) / median(theirs.p99));
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
