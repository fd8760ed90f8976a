// latency_load: from write() on a log file to recv() at one client, 1,000 lines a second, beside `tail -F FILE | cat`
// on the same file. The two take turns, each alone with the writer (a process of its own), several times.
//   latency_load [--rate=1000] [--seconds=4] [--rounds=4]
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "bench/load_report.h"
#include "support/http_stream.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

struct Load {
  double rate = 1000;
  double seconds = 4;
};

/// The writer: a line at a time, each with the moment just before its write(). Never returns.
[[noreturn]] void write_lines(const std::string& path, const Load& load) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const auto begin = Steady::now();
  const auto total = static_cast<std::uint64_t>(load.rate * load.seconds);
  for (std::uint64_t number = 0; number < total; ++number) {
    const auto due =
        begin + std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(number) / load.rate));
    const timespec wake{due.time_since_epoch().count() / 1'000'000'000, due.time_since_epoch().count() % 1'000'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr);
    std::string line = corpus_line(number);
    line.pop_back();
    line += fmt::format(" sent={}.\n", steady_ns());
    if (::write(fd, line.data(), line.size()) < 0) ::_exit(1);
  }
  ::_exit(0);
}

/// Takes the moments of sending out of what has arrived; a moment torn between two reads is put together again.
class Arrivals {
 public:
  void take(std::string_view bytes, std::int64_t now) {
    text_.append(bytes);
    std::size_t at = 0;
    std::size_t used = 0;
    while ((at = text_.find(" sent=", used)) != std::string::npos) {
      const std::size_t end = text_.find('.', at);
      if (end == std::string::npos) break;
      microseconds_.push_back(static_cast<double>(now - std::strtoll(text_.c_str() + at + 6, nullptr, 10)) / 1e3);
      used = end;
    }
    text_.erase(0,
                at == std::string::npos ? std::max(used, text_.size() - std::min<std::size_t>(text_.size(), 5)) : at);
  }
  [[nodiscard]] const std::vector<double>& microseconds() const { return microseconds_; }

 private:
  std::string text_;
  std::vector<double> microseconds_;
};

/// Reads from `fd` while the writer writes, until all lines are there or nothing comes for a second.
std::vector<double> measure(int fd, const std::string& path, const Load& load) {
  const pid_t writer = ::fork();
  if (writer == 0) write_lines(path, load);
  Arrivals arrivals;
  const auto expected = static_cast<std::size_t>(load.rate * load.seconds);
  std::vector<char> buffer(256 << 10);
  while (arrivals.microseconds().size() < expected) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, 2000) <= 0) break;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    const std::int64_t now = steady_ns();
    if (got <= 0) break;
    arrivals.take({buffer.data(), static_cast<std::size_t>(got)}, now);
  }
  int status = 0;
  ::waitpid(writer, &status, 0);
  return arrivals.microseconds();
}

std::vector<double> through_daemon(std::uint16_t port, const std::string& path, const Load& load) {
  HttpStream stream;
  HttpRequest request;
  request.target = "/api/events?tail=0";
  if (!stream.open(port, request)) return {};
  std::string hello;
  while (hello.find("caught-up") == std::string::npos && !stream.at_end()) hello += stream.read(Milliseconds(1000));
  return measure(stream.fd(), path, load);
}

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
