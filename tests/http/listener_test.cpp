#include "http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/http_client.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(fd, level, name, &value, &length);
  return value;
}

TEST(Listener, ReportsThePortThatItWasGiven) {
  const auto listener = Listener::bind("127.0.0.1:0", 2);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ((*listener)->host(), "127.0.0.1");
  EXPECT_EQ((*listener)->address().find("http://127.0.0.1:"), 0U);
  EXPECT_NE((*listener)->address(), "http://127.0.0.1:0");
  EXPECT_TRUE(HttpClient((*listener)->address()).is_connected());
}

TEST(Listener, BindsIpv6InBrackets) {
  const auto listener = Listener::bind("[::1]:0", 1);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ((*listener)->address().find("http://[::1]:"), 0U);
  EXPECT_TRUE(HttpClient((*listener)->address()).is_connected());
}

TEST(Listener, GivesEachThreadASocketOnTheSamePort) {
  const auto listener = Listener::bind("127.0.0.1:0", 3);
  ASSERT_TRUE(listener);
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 3; ++i) {
    const UniqueFd fd = (*listener)->take_socket();
    ASSERT_TRUE(fd);
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    ports.push_back(address.sin_port);
  }
  EXPECT_EQ(ports[0], ports[1]);
  EXPECT_EQ(ports[0], ports[2]);
  EXPECT_FALSE((*listener)->take_socket());
}

TEST(Listener, HasALongBacklogAndNeverBlocks) {
  const auto listener = Listener::bind("127.0.0.1:0", 1);
  ASSERT_TRUE(listener);
  const UniqueFd fd = (*listener)->take_socket();
  EXPECT_NE(::fcntl(fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  tcp_info info{};
  socklen_t length = sizeof info;
  ASSERT_EQ(::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  int system_limit = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> system_limit;
  EXPECT_EQ(static_cast<int>(info.tcpi_sacked), std::min(Listener::kBacklog, system_limit));  // of a listening socket
}

TEST(Listener, SetsWhatAcceptedSocketsInherit) {
  const auto listener = Listener::bind("127.0.0.1:0", 1, /*tls=*/false, Milliseconds(12'000));
  ASSERT_TRUE(listener);
  const UniqueFd fd = (*listener)->take_socket();
  const HttpClient client((*listener)->address());
  pollfd ready{fd.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 5000), 1);
  const UniqueFd accepted(::accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(accepted.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 12'000);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), 64 << 10);
}

TEST(Listener, SaysWhoseAddressIsTakenAndWhatToDo) {
  const auto first = Listener::bind("127.0.0.1:0", 2);
  ASSERT_TRUE(first);
  const std::string address = (*first)->address().substr(7);
  // Several sockets, so SO_REUSEPORT: the kernel alone would let both have it.
  const auto second = Listener::bind(address, 2);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find(address), std::string::npos);
  EXPECT_NE(second.error().message.find("--listen"), std::string::npos);
}

TEST(Listener, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "[::1]", "[::1:80",
                              "unix:", "unix:relative", "host:port"}) {
    const auto listener = Listener::bind(address, 1);
    ASSERT_FALSE(listener) << address;
    EXPECT_EQ(listener.error().code, ErrorCode::kInvalid) << address;
  }
}

TEST(UnixListener, IsOpenToOwnerAndGroupAlone) {
  const TempDir dir;
  const std::string path = dir.file("tailwater.sock");
  {
    const auto listener = Listener::bind("unix:" + path, 2);
    ASSERT_TRUE(listener) << listener.error().message;
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660U);
    EXPECT_TRUE(HttpClient("unix:" + path).is_connected());
    EXPECT_TRUE((*listener)->take_socket());
    EXPECT_TRUE((*listener)->take_socket());
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "the file goes with the listener";
}

TEST(UnixListener, ReplacesAStaleSocketButNotALiveOne) {
  const TempDir dir;
  const std::string path = dir.file("tailwater.sock");
  {
    const UniqueFd stale(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
    ASSERT_EQ(::bind(stale.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const auto listener = Listener::bind("unix:" + path, 1);
  ASSERT_TRUE(listener) << listener.error().message;
  const auto second = Listener::bind("unix:" + path, 1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(UnixListener, LeavesAFileThatIsNoSocketAlone) {
  const TempDir dir;
  const std::string path = dir.file("precious");
  std::ofstream(path) << "data";
  EXPECT_FALSE(Listener::bind("unix:" + path, 1));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

/// A socket as a service manager makes it.
UniqueFd bound_elsewhere(const char* host) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, host, &address.sin_addr);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 16), 0);
  return fd;
}

TEST(InheritedListener, SharesOneSocketAmongTheThreads) {
  const auto listener = Listener::adopt({bound_elsewhere("127.0.0.1"), "tailwater.socket"}, 3);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ((*listener)->host(), "127.0.0.1");
  EXPECT_FALSE((*listener)->is_reachable());
  const HttpClient client((*listener)->address());
  EXPECT_TRUE(client.is_connected());
  std::vector<UniqueFd> sockets;
  while (UniqueFd fd = (*listener)->take_socket()) sockets.push_back(std::move(fd));
  ASSERT_EQ(sockets.size(), 3U);
  for (const UniqueFd& fd : sockets) {
    pollfd ready{fd.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 5000), 1) << "each of them sees whoever comes";
  }
  const UniqueFd accepted(::accept4(sockets[1].get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), 64 << 10);
}

TEST(InheritedListener, SpeaksWhatItsNameSays) {
  const auto as = [](const char* name, bool tls) {
    return Listener::adopt({bound_elsewhere("127.0.0.1"), name}, 1, tls);
  };
  EXPECT_TRUE((*as("tailwater.socket", true))->is_tls());
  EXPECT_FALSE((*as("tailwater.socket", false))->is_tls());
  EXPECT_FALSE((*as("http", true))->is_tls());
  EXPECT_TRUE((*as("https", true))->is_tls());
  const auto refused = as("https", false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("server.tls.certificate"), std::string::npos);
}

TEST(InheritedListener, KnowsWhoCanReachIt) {
  EXPECT_TRUE((*Listener::adopt({bound_elsewhere("0.0.0.0"), "any"}, 1))->is_reachable());
  EXPECT_FALSE((*Listener::adopt({bound_elsewhere("127.0.0.2"), "any"}, 1))->is_reachable());
}

TEST(InheritedListener, OfAUnixSocketLeavesItsFile) {
  const TempDir dir;
  const std::string path = dir.file("tailwater.sock");
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd.get(), 16), 0);
  {
    const auto listener = Listener::adopt({std::move(fd), "tailwater.socket"}, 2, /*tls=*/true);
    ASSERT_TRUE(listener) << listener.error().message;
    EXPECT_TRUE((*listener)->is_unix());
    EXPECT_FALSE((*listener)->is_tls());
    EXPECT_FALSE((*listener)->is_reachable());
    EXPECT_EQ((*listener)->address(), "unix:" + path);
    EXPECT_TRUE(HttpClient((*listener)->address()).is_connected());
  }
  EXPECT_TRUE(std::filesystem::exists(path)) << "it is the manager's";
}

TEST(InheritedListener, RefusesWhatNobodyCanConnectTo) {
  const auto datagrams = Listener::adopt({UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), "dns"}, 1);
  ASSERT_FALSE(datagrams);
  EXPECT_NE(datagrams.error().message.find("'dns'"), std::string::npos);
  EXPECT_FALSE(Listener::adopt({UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), "idle"}, 1));
  EXPECT_FALSE(Listener::adopt({UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)), "null"}, 1));
}

}  // namespace
}  // namespace tailwater
