// The rows of `./dev bench fanout`: each prints what it measured beside its peer or limit, measured in the same run.
#pragma once

#include <string>

#include "bench/fanout/peers.h"
#include "bench/fanout/swarm.h"
#include "bench/load_report.h"
#include "support/log_writer.h"
#include "support/temp_dir.h"

namespace tailwater {

struct RowSettings {
  int clients = 0;     ///< 0: the row's own
  double seconds = 0;  ///< 0: the row's own
  int threads = 1;     ///< client threads of the daemon where live lines are measured; 0: one for each core
};

void measure_idle_clients(const RowSettings& settings);
void measure_one_line(const RowSettings& settings);
void measure_steady_rate(const RowSettings& settings);
void measure_stalled_clients(const RowSettings& settings);
void measure_resumes(const RowSettings& settings);
void measure_filters(const RowSettings& settings);
void measure_tls(const RowSettings& settings);
void measure_storm(const RowSettings& settings);

/// The daemon that a row measures: one stream of one file.
struct Bench {
  explicit Bench(const std::string& toml = {}, int threads = 1, bool tls = false);

  TempDir directory;
  std::string log = directory.folder("logs") + "/app.log";
  std::unique_ptr<DaemonProcess> daemon;
  std::uint64_t next_number = 1;

  void write_lines(std::uint64_t count) {
    std::string lines;
    for (std::uint64_t i = 0; i < count; ++i) lines += timed_line(next_number++);
    append_to_file(log, lines);
  }
  [[nodiscard]] std::uint64_t resident_kib() const { return process_status(daemon->pid(), "VmRSS"); }
  [[nodiscard]] std::uint64_t anonymous_kib() const { return process_status(daemon->pid(), "RssAnon"); }
};

/// Calls `write(count)` so that `per_second` lines go out evenly, a hundred times a second, for so long.
template <typename Write>
void pace(double per_second, double seconds, const Write& write) {
  const auto begin = Steady::now();
  std::uint64_t written = 0;
  for (int tick = 0; seconds_since(begin) < seconds; ++tick) {
    std::this_thread::sleep_until(begin + Milliseconds(10) * tick);
    const auto due = static_cast<std::uint64_t>(per_second * seconds_since(begin));
    if (due > written) write(due - written);
    written = std::max(written, due);
  }
}

/// Bytes of kernel memory in the objects of open TCP sockets, all of the machine's; 0 if it cannot be told.
[[nodiscard]] std::uint64_t socket_memory();
/// Bytes that lie in TCP buffers, all of the machine's.
[[nodiscard]] std::uint64_t tcp_buffer_memory();

}  // namespace tailwater
