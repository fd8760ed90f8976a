// What the unit's Type=notify relies on: the daemon tells its manager when it serves, reloads and stops (sd_notify(3)).
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

class ServiceManager : public DaemonTest {
 protected:
  void SetUp() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = outside("notify");
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    configure("", {"*.log"});
  }

  [[nodiscard]] DaemonSettings settings() const {
    DaemonSettings made;
    made.arguments = {"--config", config_path()};
    made.environment = {{"NOTIFY_SOCKET", outside("notify")}};
    return made;
  }

  /// The next message; empty if none comes.
  [[nodiscard]] std::string next_message() const {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(SseClient::kPatience.count())) != 1) return {};
    std::array<char, 256> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  void expect_reload_messages() const {
    const std::string begun = next_message();
    EXPECT_EQ(begun.rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U) << begun;
    EXPECT_EQ(next_message(), "READY=1");
  }

 private:
  UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ServiceManager, IsToldOnceRequestsAreAnswered) {
  DaemonProcess daemon(settings());
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  EXPECT_EQ(next_message(), "READY=1");
  EXPECT_EQ(fetch(daemon.port(), "/healthz").status, 200);
}

TEST_F(ServiceManager, IsToldOfReloadsWhetherTakenOrRefused) {
  DaemonProcess daemon(settings());
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  ASSERT_EQ(next_message(), "READY=1");
  daemon.send_signal(SIGHUP);
  expect_reload_messages();
  append_to_file(config_path(), "no TOML at all\n");
  daemon.send_signal(SIGHUP);
  expect_reload_messages();
  EXPECT_TRUE(daemon.running());
}

TEST_F(ServiceManager, IsToldOfTheStopBeforeItsEnd) {
  DaemonProcess daemon(settings());
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  ASSERT_EQ(next_message(), "READY=1");
  daemon.send_signal(SIGTERM);
  EXPECT_EQ(next_message(), "STOPPING=1");
  const auto end = daemon.terminate(SseClient::kPatience);
  ASSERT_TRUE(end) << "still running";
  EXPECT_EQ(end->exit_code, 0) << daemon.failure();
}

TEST_F(ServiceManager, ThatCannotBeReachedKeepsNobodyFromServing) {
  DaemonSettings lonely = settings();
  lonely.environment["NOTIFY_SOCKET"] = outside("nobody-listens");
  DaemonProcess daemon(lonely);
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  EXPECT_EQ(fetch(daemon.port(), "/healthz").status, 200);
}

}  // namespace
}  // namespace tailwater
