#include "client/run_signals.h"

#include <array>
#include <csignal>

namespace tailwater {
namespace {

/// Those of job control first. SIGTTOU never comes while it is blocked: what it would stop is done then.
constexpr std::array kRunSignals{SIGTSTP, SIGCONT, SIGTTOU, SIGINT,   SIGTERM, SIGHUP,
                                 SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD};
constexpr std::size_t kJobControl = 3;

}  // namespace

std::span<const int> run_signals(bool job_control) {
  return std::span(kRunSignals).subspan(job_control ? 0 : kJobControl);
}

void stop_here() {
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
