// What the unit's Type=notify relies on: the daemon tells its manager when it serves, reloads and stops (sd_notify(3)).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <string>

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

  [[nodiscard]] bool has_message_within(Milliseconds time) const {
    pollfd readable{socket_.get(), POLLIN, 0};
    return ::poll(&readable, 1, static_cast<int>(time.count())) == 1;
  }
  /// Takes the next message, if one comes in time.
  bool is_fed_within(Milliseconds time) const { return has_message_within(time) && next_message() == "WATCHDOG=1"; }

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

/// One thread of a process, stopped as if it hung, until the object goes.
class StoppedThread {
 public:
  explicit StoppedThread(pid_t thread) : thread_(thread) {
    int status = 0;
    stopped_ = ::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) == 0 &&
               ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
               ::waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status);
  }
  ~StoppedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  pid_t thread_;
  bool stopped_ = false;
};

/// The first thread of a process that has this name; the process itself is "main".
pid_t thread_named(pid_t process, const std::string& name) {
  if (name == "main") return process;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    if (read_whole_file(entry.path() / "comm") == name + "\n") return std::stoi(entry.path().filename());
  }
  return 0;
}

TEST_F(ServiceManager, IsFedUntilAnyOneLoopStops) {
  DaemonSettings watched = settings();
  // A sandboxed process lets itself be looked into by root alone.
  watched.arguments.insert(watched.arguments.end(), {"--sandbox", "off", "--threads", "2"});
  watched.environment["WATCHDOG_USEC"] = "200000";
  DaemonProcess daemon(watched);
  ASSERT_TRUE(daemon.start()) << daemon.failure();
  ASSERT_EQ(next_message(), "READY=1");
  for (const char* name : {"main", "ingest", "http", "sampler"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(next_message(), "WATCHDOG=1") << name;
    const pid_t thread = thread_named(daemon.pid(), name);
    ASSERT_GT(thread, 0) << name;
    {
      const StoppedThread hangs(thread);
      ASSERT_TRUE(hangs.stopped()) << name;
      while (is_fed_within(Milliseconds(0))) {
      }                                 // what was sent before
      is_fed_within(Milliseconds(50));  // and what was under way
      EXPECT_FALSE(is_fed_within(Milliseconds(300))) << name;
    }
    EXPECT_TRUE(is_fed_within(SseClient::kPatience)) << name << " turns again";
  }
}

/// A socket unit's part.
class HandedOverSocket : public DaemonTest {
 protected:
  void hand_over(const char* host) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, host, &address.sin_addr);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    ASSERT_EQ(::listen(socket_.get(), 64), 0);
    ASSERT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    handed_over_port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] ChildSettings settings() const {
    ChildSettings made;
    made.command = {daemon_binary(), "serve",          "--listen", "unix:" + outside("never-bound"),
                    "--state-dir",   outside("state"), logs()};
    made.environment = {{"LISTEN_FDNAMES", "tailwater.socket"}};
    made.inherited_fds = {socket_.get()};
    made.output_file = outside("stdout");
    made.error_file = outside("stderr");
    return made;
  }
  [[nodiscard]] std::uint16_t handed_over_port() const { return handed_over_port_; }

 private:
  UniqueFd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t handed_over_port_ = 0;
};

TEST_F(HandedOverSocket, TakesThePlaceOfTheConfiguredAddressesAndSaysSo) {
  hand_over("127.0.0.1");
  append_to_file(log("a.log"), "early\n");
  // Who connects before anybody accepts is served, too.
  SseClient client(handed_over_port(), "/api/events?tail=1");
  ChildProcess daemon;
  ASSERT_TRUE(daemon.spawn(settings()));
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(next_lines(client, 1), std::vector<std::string>{"early"});
  EXPECT_FALSE(std::filesystem::exists(outside("never-bound")));
  daemon.send_signal(SIGTERM);
  ASSERT_TRUE(daemon.wait(SseClient::kPatience));
  EXPECT_NE(read_whole_file(outside("stdout")).find("server.listen is not used"), std::string::npos);
}

TEST_F(HandedOverSocket, ThatAnybodyCanReachIsRefusedWhereNobodyIsAskedWhoHeIs) {
  hand_over("0.0.0.0");
  ChildProcess daemon;
  ASSERT_TRUE(daemon.spawn(settings()));
  const auto end = daemon.wait(SseClient::kPatience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 2);
  EXPECT_NE(read_whole_file(outside("stderr")).find("auth.tokens"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
