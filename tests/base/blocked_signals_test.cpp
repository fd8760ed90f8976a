#include "base/blocked_signals.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

constexpr std::array kOurs{SIGUSR1, SIGHUP};

bool is_blocked(int number) {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, number) == 1;
}

bool is_readable(int fd) {
  pollfd readable{fd, POLLIN, 0};
  return ::poll(&readable, 1, 0) == 1;
}

TEST(BlockedSignals, AreReadAndInterruptNobody) {
  const BlockedSignals signals(kOurs);
  ASSERT_TRUE(signals.valid());
  EXPECT_FALSE(signals.next());
  std::thread([] {
    EXPECT_TRUE(is_blocked(SIGHUP));
    ::kill(::getpid(), SIGHUP);
  }).join();
  EXPECT_TRUE(is_readable(signals.fd()));
  const auto info = signals.next();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ssi_signo, static_cast<unsigned>(SIGHUP));
  EXPECT_EQ(info->ssi_pid, static_cast<unsigned>(::getpid()));
  EXPECT_FALSE(signals.next());
  EXPECT_FALSE(is_readable(signals.fd()));
}

TEST(BlockedSignals, ThatCameBeforeAnyoneLookedWaitOnceEach) {
  const BlockedSignals signals(kOurs);
  for (const int number : {SIGUSR1, SIGHUP, SIGUSR1}) ::kill(::getpid(), number);
  unsigned seen = 0;
  while (const auto info = signals.next()) seen = seen * 100 + info->ssi_signo;
  EXPECT_EQ(seen, SIGHUP * 100U + SIGUSR1);
}

TEST(BlockedSignals, StrikeNobodyAfterwards) {
  bool was_blocked = true;
  std::thread([&] {  // whose mask is its own
    {
      const BlockedSignals signals(std::array{SIGUSR2});
      was_blocked = ::sigismember(&signals.before(), SIGUSR2) == 1;
    }
    ::pthread_kill(::pthread_self(), SIGUSR2);  // here we are: it would have ended us
  })
      .join();
  EXPECT_FALSE(was_blocked);
}

}  // namespace
}  // namespace tailwater
