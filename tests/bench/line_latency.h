// What latency_load and abuse_load share: a writer of lines at a steady rate, a process of its own, and how long each
// of its lines took to whoever reads them. One thread.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "bench/load_report.h"
#include "support/http_stream.h"

namespace tailwater {

struct Load {
  double rate = 1000;
  double seconds = 4;
};

/// The writer: a line at a time, each with the moment just before its write(). Never returns.
[[noreturn]] inline void write_lines(const std::string& path, const Load& load) {
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
[[nodiscard]] inline std::vector<double> measure(int fd, const std::string& path, const Load& load) {
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

/// A client of the daemon at this port, while the writer writes.
[[nodiscard]] inline std::vector<double> through_daemon(std::uint16_t port, const std::string& path, const Load& load) {
  HttpStream stream;
  HttpRequest request;
  request.target = "/api/events?tail=0";
  if (!stream.open(port, request)) return {};
  std::string hello;
  while (hello.find("caught-up") == std::string::npos && !stream.at_end()) hello += stream.read(Milliseconds(1000));
  return measure(stream.fd(), path, load);
}

}  // namespace tailwater
