// CommandProcess: a command as a child, its output on pipes or on a terminal of its own (a pty). On pipes it stays in
// our process group, so that keys and job control reach it as if we were not there. On a terminal it has a session of
// its own, and we pass on to it what happens to ours. Thread: one.
#pragma once

#include <sys/ioctl.h>
#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "client/run_end.h"

namespace tailwater {

struct CommandSettings {
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of ours
  bool terminal = false;
  bool input_by_terminal = false;   ///< with `terminal`: what is written to output() is its input; else it has ours
  bool errors_by_terminal = false;  ///< with `terminal`: stderr goes there, too; else it has a pipe
  winsize size{};                   ///< of the terminal
  sigset_t mask{};                  ///< the signals that it blocks
};

class CommandProcess {
 public:
  /// What the command could hold back in its pipes or terminal when it ends.
  static constexpr std::size_t kPipeBytes = 1U << 20;

  /// kNotFound or kDenied: there is no such program, or it cannot be run.
  [[nodiscard]] static Result<CommandProcess> start(const CommandSettings& settings);

  /// Where its stdout is read; the terminal, if it has one.
  [[nodiscard]] int output() const { return output_.get(); }
  /// Where its stderr is read; -1: it goes to the terminal.
  [[nodiscard]] int errors() const { return errors_.get(); }
  void close_output() { output_.reset(); }
  void close_errors() { errors_.reset(); }

  /// Readable when something has become of it; -1: SIGCHLD says so.
  [[nodiscard]] int changes() const { return reports_.get(); }
  enum class Change { kNone, kStopped, kEnded };
  [[nodiscard]] Change look();
  /// After kEnded: `exit_code` and `signal`.
  [[nodiscard]] const RunEnd& end() const { return end_; }

  void send_signal(int number) const;
  /// To whatever its terminal shows in the foreground, as a key would.
  void send_to_foreground(int number) const;
  void set_size(const winsize& size) const;

 private:
  CommandProcess(pid_t pid, UniqueFd output, UniqueFd errors)
      : pid_(pid), output_(std::move(output)), errors_(std::move(errors)) {}
  /// Learns its ID from the monitor.
  bool meet(UniqueFd reports);
  Change take(int status);

  pid_t pid_;
  pid_t monitor_ = 0;  // 0: none
  UniqueFd output_;
  UniqueFd errors_;
  UniqueFd reports_;
  RunEnd end_;
  bool ended_ = false;
};

}  // namespace tailwater
