// runs_load: a stream of many runs, some of which write all the time. How long the board's first page takes, how late
// `run` events are, what recognising costs for a line; and what it costs beside the same daemon, files and lines with
// no [[runs]] at all, measured in the same run. The files are removed afterwards.
//   runs_load [--runs=10000] [--live=200] [--rate=1000] [--seconds=10]
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include "bench/load_report.h"
#include "support/http_stream.h"
#include "support/json_value.h"
#include "support/log_writer.h"
#include "support/scrape.h"
#include "support/sse_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

struct Load {
  int runs = 10'000;
  int live = 200;
  double rate = 1000;  ///< lines a second, of each
  double seconds = 10;
};

std::string name_of(int run) {
  return fmt::format("build-{:05}.log", run);
}

/// Runs that are over, as a test program leaves them.
void write_ended_runs(const std::string& folder, const Load& load) {
  for (int run = load.live; run < load.runs; ++run) {
    append_to_file(folder + "/" + name_of(run),
                   "--- compile\n[1/2] a.cpp\n[2/2] b.cpp\n--- test\n[==========] Running 2 tests from 1 test suite.\n"
                   "[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n[==========] 2 tests from 1 test suite ran. (1 ms "
                   "total)\nFinished: SUCCESS\n");
  }
}

/// What live runs write: mostly what no recogniser knows; each second run 0 begins a stage that is named by the time.
class Writers {
 public:
  Writers(const std::string& folder, const Load& load) : load_(load) {
    for (int run = 0; run < load.live; ++run) {
      const std::string path = folder + "/" + name_of(run);
      files_.push_back(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
      block_ += i % 50 == 7 ? fmt::format("[{}/4000] Building object {}.o\n", i, i) : corpus_line(i);
    }
    thread_ = std::thread([this] { write(); });
  }
  ~Writers() { stop(); }
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
    for (const int file : files_) ::close(file);
    files_.clear();
  }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  /// A hundred lines for each at a time.
  void write() {
    const auto begin = Steady::now();
    double next_mark = 0.5;
    for (std::uint64_t round = 0; !stopped_; ++round) {
      const double due = static_cast<double>(round) * 100 / load_.rate;
      while (seconds_since(begin) < due && !stopped_) std::this_thread::sleep_for(Milliseconds(1));
      if (seconds_since(begin) >= next_mark) {
        next_mark += 0.5;
        const std::string mark = fmt::format("--- at {}\n", steady_ns());
        if (::write(files_.front(), mark.data(), mark.size()) < 0) std::exit(1);
      }
      for (const int file : files_) {
        if (::write(file, block_.data(), block_.size()) < 0) std::exit(1);
        lines_ += 100;
        if (stopped_) return;
      }
    }
  }

  const Load load_;
  std::vector<int> files_;
  std::string block_;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

/// Follows run 0 on the board and notes how late its stages are.
class BoardReader {
 public:
  explicit BoardReader(std::uint16_t port) : client_(port, "/api/events?types=run&detail=summary") {
    if (!client_.connect()) std::exit(1);
    thread_ = std::thread([this] { read(); });
  }
  ~BoardReader() { stop(); }
  BoardReader(const BoardReader&) = delete;
  BoardReader& operator=(const BoardReader&) = delete;
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::vector<double>& delays() const { return delays_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  void read() {
    std::string last;
    while (!stopped_) {
      const auto event = client_.next("run", Milliseconds(200));
      if (!event) continue;
      ++events_;
      constexpr std::string_view kStage = "\"stage\":\"at ";
      const std::size_t at = event->data.find(kStage);
      if (at == std::string::npos) continue;
      const std::string stage = event->data.substr(at + kStage.size(), 20);
      const auto written = std::strtoll(stage.c_str(), nullptr, 10);
      const std::string key = std::to_string(written);
      if (key == last) continue;
      last = key;
      delays_.push_back(static_cast<double>(steady_ns() - written) / 1e6);
    }
  }

  SseClient client_;
  std::vector<double> delays_;
  std::atomic<std::uint64_t> events_{0};
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

std::string configuration(const TempDir& dir, const std::string& folder, bool runs) {
  const std::string path = dir.file(runs ? "runs.toml" : "plain.toml");
  append_to_file(path, fmt::format("[limits]\nfiles = 50000\nrequest_rate = 10000\n[[stream]]\nname = \"ci\"\npaths = "
                                   "[\"{}/*.log\"]\n{}",
                                   folder, runs ? "[[runs]]\nstream = \"ci\"\n" : ""));
  return path;
}

double milliseconds_of_page(std::uint16_t port, const std::string& target) {
  const auto begin = Steady::now();
  const HttpReply reply = fetch(port, target);
  if (reply.status != 200) std::exit(1);
  return seconds_since(begin) * 1e3;
}

struct Measured {
  double cpu = 0;  ///< of a core
  double lines = 0;
};

Measured measure(DaemonProcess& daemon, const std::string& folder, const Load& load, bool runs) {
  Measured measured;
  std::unique_ptr<BoardReader> board;
  if (runs) board = std::make_unique<BoardReader>(daemon.port());
  const double cpu = process_cpu_seconds(daemon.pid());
  const Scrape before(fetch(daemon.port(), "/metrics").body);
  const auto begin = Steady::now();
  Writers writers(folder, load);
  std::vector<double> pages;
  std::vector<double> filtered;
  while (seconds_since(begin) < load.seconds) {
    std::this_thread::sleep_for(Milliseconds(250));
    if (!runs) continue;
    pages.push_back(milliseconds_of_page(daemon.port(), "/api/runs"));
    filtered.push_back(milliseconds_of_page(daemon.port(), "/api/runs?name=build&state=running&sort=-updated"));
  }
  const double seconds = seconds_since(begin);
  measured.cpu = (process_cpu_seconds(daemon.pid()) - cpu) / seconds;
  measured.lines = static_cast<double>(writers.lines()) / seconds;
  const Scrape after(fetch(daemon.port(), "/metrics").body);
  writers.stop();
  const auto grown = [&](const std::string& name) { return after.value(name) - before.value(name); };
  fmt::print("{}: {:.0f} lines/s written, {:.2f} cores of the daemon\n", runs ? "with runs" : "without runs",
             measured.lines, measured.cpu);
  if (!runs) return measured;
  board->stop();
  fmt::print("  /api/runs of {} runs: median {:.1f} ms, worst {:.1f} ms; filtered: median {:.1f} ms, worst {:.1f} ms\n",
             load.runs, median(pages), percentile(pages, 1), median(filtered), percentile(filtered, 1));
  fmt::print("  run events: {} in all; a stage is told after median {:.0f} ms, worst {:.0f} ms (of {})\n",
             board->events(), median(board->delays()), percentile(board->delays(), 1), board->delays().size());
  const double looked_at = grown("tailwater_runs_lines_total");
  fmt::print("  {:.0f} lines/s looked at, {:.3f} us a line; {:.1f} MB waited at the end\n", looked_at / seconds,
             grown("tailwater_runs_time_seconds_total") / looked_at * 1e6,
             after.value("tailwater_runs_waiting_bytes") / 1e6);
  return measured;
}

double seconds_until_read(DaemonProcess& daemon, const Load& load) {
  const auto begin = Steady::now();
  while (seconds_since(begin) < 120) {
    const auto page = JsonValue::parse(fetch(daemon.port(), "/api/runs?limit=1&state=passed").body);
    if (page && (*page)["total"].number() >= load.runs - load.live) break;
    std::this_thread::sleep_for(Milliseconds(20));
  }
  return seconds_since(begin);
}

void run(const Load& load) {
  const TempDir dir;
  const std::string folder = dir.folder("logs");
  write_ended_runs(folder, load);
  Measured without;
  {
    DaemonProcess plain(std::vector<std::string>{"--config", configuration(dir, folder, /*runs=*/false)});
    start_or_give_up(plain);
    without = measure(plain, folder, load, /*runs=*/false);
  }
  for (int run = 0; run < load.live; ++run) std::filesystem::remove(folder + "/" + name_of(run));
  DaemonProcess daemon(std::vector<std::string>{"--config", configuration(dir, folder, /*runs=*/true)});
  start_or_give_up(daemon);
  fmt::print("{} runs that were there were read in {:.2f} s\n", load.runs - load.live,
             seconds_until_read(daemon, load));
  const Measured with = measure(daemon, folder, load, /*runs=*/true);
  fmt::print("runs take {:.2f} times the cores\n", with.cpu / without.cpu);
  const auto begin = Steady::now();
  if (!daemon.restart()) std::exit(1);
  fmt::print("restart with {} runs: {:.2f} s; all on the board {:.2f} s later\n", load.runs, seconds_since(begin),
             seconds_until_read(daemon, load));
  fmt::print("memory of the daemon: {:.0f} MiB\n", static_cast<double>(process_status(daemon.pid(), "VmRSS")) / 1024);
}

}  // namespace
}  // namespace tailwater

int main(int count, char** values) {
  tailwater::Load load;
  load.runs = static_cast<int>(tailwater::argument(count, values, "runs", load.runs));
  load.live = static_cast<int>(tailwater::argument(count, values, "live", load.live));
  load.rate = tailwater::argument(count, values, "rate", load.rate);
  load.seconds = tailwater::argument(count, values, "seconds", load.seconds);
  tailwater::run(load);
}
