#include "base/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/unique_fd.h"

namespace tailwater {
namespace {

class ServiceNotify : public testing::Test {
 protected:
  void SetUp() override { unset(); }
  void TearDown() override { unset(); }
  static void unset() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
};

TEST_F(ServiceNotify, SaysNothingWhereNobodyListens) {
  EXPECT_TRUE(notify_service_manager("READY=1"));
}

TEST_F(ServiceNotify, ReachesAnAbstractSocket) {
  const std::string name = fmt::format("tailwater-notify-{}", ::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  ASSERT_TRUE(notify_service_manager("READY=1\nSTATUS=up"));
  char buffer[64];
  const auto got = ::recv(fd.get(), buffer, sizeof buffer, 0);
  EXPECT_EQ(std::string_view(buffer, static_cast<std::size_t>(got)), "READY=1\nSTATUS=up");
}

TEST_F(ServiceNotify, ABadSocketNameIsAnErrorAndNotACrash) {
  ::setenv("NOTIFY_SOCKET", "relative", 1);
  EXPECT_FALSE(notify_service_manager("READY=1"));
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  EXPECT_FALSE(notify_service_manager("READY=1"));
}

TEST_F(ServiceNotify, WatchdogIsFedTwiceAnInterval) {
  EXPECT_FALSE(watchdog_interval());
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(15));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(watchdog_interval());
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(15));
}

}  // namespace
}  // namespace tailwater
