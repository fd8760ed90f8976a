#include "client/command_monitor.h"

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace tailwater {
namespace {

constexpr int kNotFound = 127;

void report(int reports, pid_t pid, int status) {
  const MonitorReport text{pid, status};
  (void)!::write(reports, &text, sizeof text);
}

}  // namespace

void become_command(const CommandPlan& plan) {
  if (plan.input >= 0) ::dup2(plan.input, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.errors, STDERR_FILENO);
  ::pthread_sigmask(SIG_SETMASK, plan.mask, nullptr);
  ::execvp(plan.arguments.front(), plan.arguments.data());
  const int error = errno;
  (void)!::write(plan.failure, &error, sizeof error);
  ::_exit(kNotFound);
}

void monitor_command(const CommandPlan& plan, int terminal, int reports) {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);  // it ends with the command, never before
  ::setsid();
  ::ioctl(terminal, TIOCSCTTY, 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::tcsetpgrp(terminal, ::getpid());  // SIGTTOU, by which the kernel would object, is blocked
    become_command(plan);
  }
  if (pid < 0) {
    const int error = errno;
    (void)!::write(plan.failure, &error, sizeof error);
    ::_exit(kNotFound);
  }
  ::close(plan.failure);
  report(reports, pid, -1);
  int status = 0;
  do {
    while (::waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
    report(reports, pid, status);
  } while (WIFSTOPPED(status));
  ::_exit(0);
}

}  // namespace tailwater
