// DaemonProcess: the real tailwater binary, started for one test on a loopback port of its own and ended with it. The
// binary is $TAILWATER_BINARY, else the one that was built beside the tests.
// Thread: that of the test, which must outlive the daemon (see ChildProcess).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/temp_dir.h"

namespace tailwater {

struct DaemonSettings {
  std::vector<std::string> arguments;  ///< of `serve`, beside --listen and --state-dir
  std::string state_dir;               ///< empty: one that lives as long as this object
  std::map<std::string, std::string> environment;
  uid_t user = 0;
  rlim_t max_descriptors = 0;
  std::vector<int> inherited_fds;  ///< see ChildSettings
};

class DaemonProcess {
 public:
  explicit DaemonProcess(DaemonSettings settings);
  /// The usual daemon: it follows `paths`.
  explicit DaemonProcess(std::vector<std::string> paths)
      : DaemonProcess(DaemonSettings{std::move(paths), {}, {}, 0, 0, {}}) {}

  /// Starts it, or starts it again on the same port, and returns once it has printed its address.
  /// False after `limit` or if it ended before; failure() then says what it said.
  [[nodiscard]] bool start(std::chrono::milliseconds limit = std::chrono::seconds(30));
  void kill() { child_.kill(); }
  /// SIGTERM; how it ended, if it did within `limit`.
  std::optional<ChildEnd> terminate(std::chrono::milliseconds limit);
  /// Orderly stop and start on the same port.
  [[nodiscard]] bool restart() { return terminate(std::chrono::seconds(10)) && start(); }
  void send_signal(int number) const { child_.send_signal(number); }
  [[nodiscard]] bool running() { return child_.running(); }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] const std::string& state_dir() const { return settings_.state_dir; }
  /// stdout and stderr of all starts so far.
  [[nodiscard]] std::string output() const { return read_whole_file(directory_.file("stdout")); }
  [[nodiscard]] std::string errors() const { return read_whole_file(directory_.file("stderr")); }
  [[nodiscard]] std::string failure() const { return "stdout:\n" + output() + "\nstderr:\n" + errors(); }

 private:
  [[nodiscard]] bool wait_for_address(std::size_t output_before, std::chrono::milliseconds limit);

  TempDir directory_;
  DaemonSettings settings_;
  std::uint16_t port_;
  ChildProcess child_;
};

[[nodiscard]] std::string daemon_binary();
/// The environment of a daemon of which one call in so many that reads a file or waits is held up for up to 155 ms.
[[nodiscard]] std::map<std::string, std::string> slow_calls(unsigned one_in);
/// `tailwater ARGUMENTS` run to its end.
[[nodiscard]] ProgramResult run_tailwater(std::vector<std::string> arguments,
                                          std::chrono::milliseconds limit = std::chrono::seconds(20));
/// A loopback port that was free a moment ago, from below the range that the kernel hands out to clients, so that
/// a daemon can come back to it.
[[nodiscard]] std::uint16_t free_port();
/// A user without rights for tests that need one: nobody where the test is root, else the test's own (0: no change).
[[nodiscard]] uid_t unprivileged_user();
/// What /proc/PID says of a process: `field` of its status file (e.g. "VmRSS"), in the file's unit; 0 if absent.
[[nodiscard]] std::uint64_t process_status(pid_t pid, const std::string& field);
/// What each descriptor of a process is open on, as /proc spells it: a path, "socket:[1]", "anon_inode:inotify".
[[nodiscard]] std::vector<std::string> open_files(pid_t pid);
/// CPU time that all threads of a process have used so far.
[[nodiscard]] double process_cpu_seconds(pid_t pid);

}  // namespace tailwater
