// CommandMonitor: the process between us and a command on a terminal of its own. It leads the command's session and is
// its parent in it: without one there, the command's group would be orphaned, and the kernel lets no key stop those
// (POSIX, 11.1.4; the way of sudo and of shells). It reports what becomes of the command and ends with it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <vector>

namespace tailwater {

/// All that a forked process needs to become the command. It may neither allocate nor lock.
struct CommandPlan {
  std::vector<char*> arguments;  ///< with a null at the end
  int input = -1;                ///< -1: ours
  int output = -1;
  int errors = -1;
  int failure = -1;  ///< errno is written there if there is no running it; closed when it runs
  const sigset_t* mask = nullptr;
};

struct MonitorReport {
  pid_t pid;   ///< of the command
  int status;  ///< as waitpid() has it; -1: it has started
};

/// Executes it in the calling process.
[[noreturn]] void become_command(const CommandPlan& plan);
/// In a forked process: starts the command on the terminal and stays until it has ended. `reports` is a pipe.
[[noreturn]] void monitor_command(const CommandPlan& plan, int terminal, int reports);

}  // namespace tailwater
