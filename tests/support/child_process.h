// ChildProcess: one program that a test starts, watches and ends, always by its own pid. It is killed when its object
// goes and, by the kernel, when the thread that started it ends, so nothing outlives a test that crashed.
// Thread: one at a time; spawn on a thread that lives as long as the child should.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

struct ChildSettings {
  std::vector<std::string> command;                ///< program (looked up in PATH) and its arguments
  std::map<std::string, std::string> environment;  ///< on top of the test's own
  std::string output_file;                         ///< stdout is appended here; empty: /dev/null
  std::string error_file;                          ///< the same for stderr
  int output_fd = -1;                              ///< stdout goes here instead; the caller keeps it open
  int input_fd = -1;                               ///< stdin comes from here; otherwise /dev/null
  /// Handed over as a service manager does (sd_listen_fds(3)): numbered from 3 on, with LISTEN_PID. LISTEN_FDNAMES is
  /// the environment's.
  std::vector<int> inherited_fds;
  uid_t user = 0;              ///< run as this user; only where the test is root
  rlim_t max_descriptors = 0;  ///< RLIMIT_NOFILE, soft and hard; 0: as it is
};

/// How a child ended.
struct ChildEnd {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  rusage usage{};
  [[nodiscard]] double cpu_seconds() const;
};

class ChildProcess {
 public:
  ChildProcess() = default;
  ~ChildProcess() { kill(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// False if no process could be made; a program that cannot be executed ends with exit code 127.
  [[nodiscard]] bool spawn(const ChildSettings& settings);
  /// The child's end, if it comes within `limit`.
  std::optional<ChildEnd> wait(std::chrono::milliseconds limit);
  void send_signal(int number) const;
  /// SIGKILL, and waits for the end. Nothing if it is not running.
  void kill();
  [[nodiscard]] bool running() { return pid_ > 0 && !wait(std::chrono::milliseconds(0)); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  UniqueFd pidfd_;
};

/// A program run to its end: what it said and how it ended; nullopt in `end` if it had to be killed.
struct ProgramResult {
  std::optional<ChildEnd> end;
  std::string output;
  std::string errors;
  [[nodiscard]] int exit_code() const { return end ? end->exit_code : -1; }
};
[[nodiscard]] ProgramResult run_program(ChildSettings settings,
                                        std::chrono::milliseconds limit = std::chrono::seconds(30));

[[nodiscard]] std::string read_whole_file(const std::string& path);

}  // namespace tailwater
