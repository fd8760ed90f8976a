// OracleRun: a daemon, a writer and several resuming readers over it, and the verdict at the end: each reader has
// exactly what was written and matches its filter, and readers of one query have it in one order.
// Thread: the test's.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/daemon_process.h"
#include "support/log_writer.h"
#include "support/resuming_reader.h"
#include "support/temp_dir.h"

namespace tailwater {

/// TAILWATER_TORTURE from the environment: how many times longer than in CI a test should run. 1 where unset.
[[nodiscard]] int torture_scale();
/// A seed for this run: TAILWATER_SEED, else a fresh one. Tests print it on failure.
[[nodiscard]] std::uint32_t torture_seed();

struct OracleQuery {
  std::string parameters;  ///< of /api/events, beside from=start
  Wanted wanted;
  int readers = 2;
};
/// No filter, a grep, a level, an exclude and a glob of files.
[[nodiscard]] std::vector<OracleQuery> usual_queries();

struct OracleSettings {
  WriterSettings writer;               ///< its directory is chosen by the run
  std::string followed = "*.log";      ///< what the daemon follows, inside that directory
  std::vector<std::string> arguments;  ///< more of them for the daemon
  std::vector<OracleQuery> queries = usual_queries();
  int hang_ups = 1000;  ///< by all readers together
  std::chrono::milliseconds longest_connection{300};
};

class OracleRun {
 public:
  explicit OracleRun(OracleSettings settings);

  [[nodiscard]] bool start();
  /// SIGKILL at a random instant within `longest`, and a new start.
  [[nodiscard]] bool kill_and_start_again(std::chrono::milliseconds longest);
  /// A start that is killed within `longest`, wherever it is by then.
  void kill_while_starting(std::chrono::milliseconds longest);
  /// Lets the readers use up their hang-ups under load, at least for `at_least`.
  void run(std::chrono::milliseconds at_least);
  /// Stops the writer, waits for the readers and compares. Empty: all is well.
  [[nodiscard]] std::string verdict(std::chrono::milliseconds patience = std::chrono::seconds(30));

  [[nodiscard]] DaemonProcess& daemon() { return daemon_; }
  [[nodiscard]] LogWriter& writer() { return writer_; }
  [[nodiscard]] std::string summary() const;

 private:
  struct Reader {
    const OracleQuery* query;
    std::unique_ptr<ResumingReader> reader;
  };
  [[nodiscard]] std::chrono::microseconds random_time(std::chrono::milliseconds longest);
  void judge(const Reader& reader, std::string& problems) const;

  TempDir directory_;
  OracleSettings settings_;
  std::uint32_t seed_;
  std::mt19937 random_;
  DaemonProcess daemon_;
  LogWriter writer_;
  std::vector<Reader> readers_;
};

}  // namespace tailwater
