// RunSignals: the signals that concern a run, blocked and read from a descriptor. Thread: one, before others start.
#pragma once

#include <sys/signalfd.h>

#include <csignal>
#include <optional>

#include "base/unique_fd.h"

namespace tailwater {

class RunSignals {
 public:
  /// `job_control`: also those that stop us and let us go on; where the command has a terminal of its own.
  explicit RunSignals(bool job_control);
  ~RunSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// What was blocked before: for the command.
  [[nodiscard]] const sigset_t& before() const { return before_; }
  /// The next one, if one has come.
  [[nodiscard]] std::optional<signalfd_siginfo> next() const;
  /// Stops all of our process group, as the key for it does, until it is told to go on.
  static void stop_here();

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

/// Does it ask us to end?
[[nodiscard]] bool asks_to_end(int signal);

}  // namespace tailwater
