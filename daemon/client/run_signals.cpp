#include "client/run_signals.h"

#include <unistd.h>

namespace tailwater {

RunSignals::RunSignals(bool job_control) {
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD}) {
    ::sigaddset(&ours, each);
  }
  if (job_control) {
    for (const int each : {SIGTSTP, SIGCONT, SIGTTOU}) ::sigaddset(&ours, each);
  }
  ::pthread_sigmask(SIG_BLOCK, &ours, &before_);
  ::sigdelset(&ours, SIGTTOU);  // blocked alone: it says nothing that is not known
  fd_.reset(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<signalfd_siginfo> RunSignals::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

void RunSignals::stop_here() {
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  ::kill(0, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);  // here we stand until SIGCONT; in an orphaned group not at all
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

bool asks_to_end(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace tailwater
