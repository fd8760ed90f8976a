// history_load: what the past costs. Pages and times in a large file, searches beside GNU grep with the same pattern in
// the same run, and the delay of live lines while four searches run. The files are removed afterwards.
//   history_load [--page-gb=10] [--search-gb=1] [--rounds=3] [--live-seconds=10]
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <functional>
#include <string_view>
#include <thread>

#include "bench/load_report.h"
#include "support/http_stream.h"
#include "support/log_writer.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::string time_text(std::time_t second) {
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// Lines with ascending times, a megabyte at a time: only the times differ from one megabyte to the next.
void write_corpus(const std::string& path, double gigabytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto total = static_cast<std::uint64_t>(gigabytes * 1e9);
  std::string block;
  std::vector<std::size_t> stamps;
  for (std::uint64_t i = 0; block.size() < (1U << 20); ++i) {
    stamps.push_back(block.size());
    block += "2026-01-01T00:00:00Z " + corpus_line(i);
  }
  std::time_t second = 1'767'225'600;  // 2026-01-01
  for (std::uint64_t written = 0; written < total; written += block.size()) {
    const std::string text = time_text(second);
    for (const std::size_t at : stamps) text.copy(block.data() + at, text.size());
    ++second;
    if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size())) std::exit(1);
  }
  ::close(fd);
}

double timed(const std::function<void()>& work) {
  const auto begin = Steady::now();
  work();
  return seconds_since(begin);
}

void get(std::uint16_t port, const std::string& target) {
  const HttpReply reply = fetch(port, HttpRequest{target, {}, "GET", "1.1"}, std::chrono::minutes(5));
  if (reply.status == 200) return;
  fmt::print(stderr, "{}: {}\n{}\n", target, reply.status, reply.body.substr(0, 500));
  std::exit(1);
}

/// Until the first record of a stream that begins at a time is there.
void get_first(std::uint16_t port, const std::string& target) {
  SseClient client(port, target);
  if (client.connect() && client.next("log", std::chrono::seconds(30))) return;
  fmt::print(stderr, "{}: no record\n", target);
  std::exit(1);
}

void measure_pages(std::uint16_t port, double gigabytes, int rounds) {
  std::vector<double> at;
  std::vector<double> time;
  std::vector<double> since;
  std::vector<double> between;
  get(port, "/api/records?at=0.5");  // opens the file, measures its bytes
  const auto seconds = static_cast<int>(gigabytes * 1e9 / (1U << 20));
  for (int i = 0; i < rounds * 10; ++i) {
    const double place = 0.013 + 0.97 * i / (rounds * 10);
    at.push_back(1e3 * timed([&] { get(port, fmt::format("/api/records?limit=200&at={:.4f}", place)); }));
    const auto second = static_cast<std::time_t>(1'767'225'600 + seconds * place);
    const std::string from = time_text(second);
    const std::string to = time_text(second + 1);
    time.push_back(1e3 * timed([&] { get(port, fmt::format("/api/records?limit=200&time={}", from)); }));
    since.push_back(1e3 * timed([&] { get_first(port, fmt::format("/api/events?since={}", from)); }));
    between.push_back(1e3 *
                      timed([&] { get(port, fmt::format("/api/search?limit=200&since={}&until={}", from, to)); }));
  }
  fmt::print("page of 200 anywhere in {} GB   median {:7.2f} ms   p90 {:7.2f} ms   (5 ms)\n", gigabytes, median(at),
             percentile(at, 0.9));
  fmt::print("page of 200 at a time in {} GB  median {:7.2f} ms   p90 {:7.2f} ms   (20 ms)\n", gigabytes, median(time),
             percentile(time, 0.9));
  fmt::print("since= in {} GB, first record   median {:7.2f} ms   p90 {:7.2f} ms   (20 ms)\n", gigabytes, median(since),
             percentile(since, 0.9));
  fmt::print("search of a second in {} GB     median {:7.2f} ms   p90 {:7.2f} ms\n", gigabytes, median(between),
             percentile(between, 0.9));
}

struct Pattern {
  const char* name;
  const char* grep;   // arguments of grep
  const char* query;  // parameters of /api/search
  double bar;
};

/// The count goes to a file: grep stops at the first match where it sees that nobody reads what it writes.
void measure_searches(std::uint16_t port, const std::string& path, const std::string& count, int rounds) {
  constexpr Pattern kPatterns[] = {
      {"literal", "-c 'seq=1717'", "grep=seq%3D1717", 1.2},  // a line in each megabyte
      {"alternation, any case", "-ciE 'out of memory|deadlock found|core dumped'",
       "case=insensitive&grep=out%20of%20memory%7Cdeadlock%20found%7Ccore%20dumped", 1.5},
      {"no match", "-c 'zzyzx'", "grep=zzyzx", 1.2},
  };
  for (const Pattern& pattern : kPatterns) {
    std::vector<double> theirs;
    std::vector<double> ours;
    for (int i = 0; i < rounds; ++i) {
      const std::string command = fmt::format("LC_ALL=C grep {} '{}' >'{}'; true", pattern.grep, path, count);
      theirs.push_back(timed([&] { (void)!std::system(command.c_str()); }));
      ours.push_back(timed([&] { get(port, fmt::format("/api/search?stream=search&limit=10000&{}", pattern.query)); }));
    }
    fmt::print("search, {:22} {:7.3f} s   grep {:7.3f} s   ratio {:5.2f}   ({})\n", pattern.name, median(ours),
               median(theirs), median(ours) / median(theirs), pattern.bar);
  }
}

/// From write() to the event, in milliseconds, of a hundred lines a second.
std::vector<double> live_delays(std::uint16_t port, const std::string& path, double seconds) {
  SseClient client(port, "/api/events?stream=live&tail=0");
  if (!client.connect()) std::exit(1);
  (void)client.next(std::chrono::seconds(5));
  std::vector<double> delays;
  const auto end = Steady::now() + std::chrono::duration<double>(seconds);
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  while (Steady::now() < end) {
    const auto sent = Steady::now();
    if (::write(fd, "a live line\n", 12) != 12) std::exit(1);
    while (const auto event = client.next(std::chrono::seconds(5))) {
      if (event->type == "log") break;
    }
    delays.push_back(1e3 * seconds_since(sent));
    std::this_thread::sleep_until(sent + std::chrono::milliseconds(10));
  }
  ::close(fd);
  return delays;
}

void measure_live(std::uint16_t port, const std::string& path, double seconds) {
  const auto quiet = live_delays(port, path, seconds);
  std::atomic<bool> stop{false};
  std::vector<std::thread> searchers;
  for (int i = 0; i < 4; ++i) {
    searchers.emplace_back([&, i] {
      while (!stop) get(port, fmt::format("/api/search?stream=search&grep=no%20such%20thing%20{}", i));
    });
  }
  const auto busy = live_delays(port, path, seconds);
  stop = true;
  for (std::thread& searcher : searchers) searcher.join();
  fmt::print("live line, alone          median {:6.2f} ms   p99 {:6.2f} ms\n", median(quiet), percentile(quiet, 0.99));
  fmt::print("live line, four searches  median {:6.2f} ms   p99 {:6.2f} ms   (+5 ms)\n", median(busy),
             percentile(busy, 0.99));
}

int run(int count, char** values) {
  TempDir dir;
  const double page_gb = argument(count, values, "page-gb", 10);
  const double search_gb = argument(count, values, "search-gb", 1);
  const int rounds = static_cast<int>(argument(count, values, "rounds", 3));
  write_corpus(dir.file("pages.log"), page_gb);
  write_corpus(dir.file("search.log"), search_gb);
  append_to_file(dir.file("live.log"), "first\n");
  append_to_file(dir.file("pages.toml"),
                 fmt::format("[[stream]]\nname = \"pages\"\npaths = [\"{}\"]\nredact = []\n", dir.file("pages.log")));
  append_to_file(dir.file("rest.toml"), fmt::format("[[stream]]\nname = \"search\"\npaths = [\"{}\"]\nredact = []\n"
                                                    "[[stream]]\nname = \"live\"\npaths = [\"{}\"]\n",
                                                    dir.file("search.log"), dir.file("live.log")));
  {
    DaemonProcess daemon({"--config", dir.file("pages.toml")});
    start_or_give_up(daemon);
    measure_pages(daemon.port(), page_gb, rounds);
  }
  DaemonProcess daemon({"--config", dir.file("rest.toml")});
  start_or_give_up(daemon);
  measure_searches(daemon.port(), dir.file("search.log"), dir.file("count"), rounds);
  measure_live(daemon.port(), dir.file("live.log"), argument(count, values, "live-seconds", 10));
  return 0;
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  return tailwater::run(count, values);
}
