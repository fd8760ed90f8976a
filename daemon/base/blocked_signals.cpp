#include "base/blocked_signals.h"

namespace tailwater {

BlockedSignals::BlockedSignals(std::span<const int> numbers) {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  for (const int number : numbers) ::sigaddset(&blocked, number);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  fd_.reset(::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<signalfd_siginfo> BlockedSignals::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

}  // namespace tailwater
