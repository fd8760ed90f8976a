#include "http/kept_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/socket_count.h"

namespace tailwater {
namespace {

UniqueFd copy_of(int fd) {
  return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/// A connection over TCP, both of its ends.
struct TcpPair {
  TcpPair() {
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  }
  UniqueFd client;
  UniqueFd server;
};

TEST(SocketCount, IsOfWhatTheSocketTookWhoeverReadsIt) {
  const TcpPair pair;
  const auto begun = bytes_taken_by_tcp(pair.server.get());
  ASSERT_TRUE(begun) << begun.error().message;
  std::uint64_t taken = 0;
  const std::string bytes(100'000, 'x');
  // Until nothing more fits, and then on as the client reads.
  for (int round = 0; round < 40; ++round) {
    const ssize_t sent = ::send(pair.server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) taken += static_cast<std::uint64_t>(sent);
    ASSERT_EQ(*bytes_taken_by_tcp(pair.server.get()) - *begun, taken);
    std::string read(static_cast<std::size_t>(50'000 * (round % 3)), '\0');
    if (!read.empty()) (void)::recv(pair.client.get(), read.data(), read.size(), MSG_DONTWAIT);
  }
  ASSERT_GT(taken, 1'000'000U);
}

std::unique_ptr<Moorings> make_moorings(std::uint64_t made, std::uint64_t journal = 5) {
  return std::move(*Moorings::create(8, 1U << 20, journal, made));
}

TEST(KeptStreams, FindsEachStreamInTheNewestMemoryThatKnowsIt) {
  const TcpPair pair;
  const std::uint64_t cookie = socket_cookie(pair.server.get());
  const auto older = make_moorings(1);
  const auto newer = make_moorings(2);
  const auto in_older = older->moor({cookie, 10, CountedBy::kTcp}, "old", {});
  const auto in_newer = newer->moor({cookie, 20, CountedBy::kTcp}, "new", {});
  in_older->begin();
  std::vector<InheritedFd> inherited;
  inherited.push_back({copy_of(older->memory().fd()), "m1"});
  inherited.push_back({copy_of(pair.server.get()), "c1"});
  inherited.push_back({copy_of(newer->memory().fd()), "m2"});
  const auto take = [&] {
    std::vector<InheritedFd> copies;
    for (const InheritedFd& each : inherited) copies.push_back({copy_of(each.fd.get()), each.name});
    KeptByEarlier kept = KeptStreams::take(copies, 5);
    EXPECT_TRUE(copies.empty());
    return kept;
  };
  KeptByEarlier kept = take();
  ASSERT_EQ(kept.streams.size(), 1U);
  EXPECT_EQ(kept.streams[0].moored.head(), "old");
  EXPECT_EQ(kept.memories, (std::vector<std::string>{"m1", "m2"}));
  in_newer->begin();
  kept = take();
  ASSERT_EQ(kept.streams.size(), 1U);
  EXPECT_EQ(kept.streams[0].moored.head(), "new");
}

TEST(KeptStreams, LeavesWhatIsHandedOverByOthers) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  std::vector<InheritedFd> inherited;
  inherited.push_back({copy_of(listener.get()), "main"});  // whatever it begins with
  inherited.push_back({copy_of(listener.get()), "tailwater.socket"});
  const KeptByEarlier kept = KeptStreams::take(inherited, 5);
  EXPECT_EQ(inherited.size(), 2U);
  EXPECT_TRUE(kept.streams.empty() && kept.lost.empty() && kept.memories.empty());
}

TEST(KeptStreams, OfAnotherJournalAreLost) {
  const TcpPair pair;
  const auto moorings = make_moorings(1, /*journal=*/6);
  const auto mooring = moorings->moor({socket_cookie(pair.server.get()), 0, CountedBy::kTcp}, "head", {});
  mooring->begin();
  std::vector<InheritedFd> inherited;
  inherited.push_back({copy_of(moorings->memory().fd()), "m1"});
  inherited.push_back({copy_of(pair.server.get()), "c1"});
  const KeptByEarlier kept = KeptStreams::take(inherited, 5);
  EXPECT_TRUE(kept.streams.empty());
  EXPECT_EQ(kept.lost.size(), 1U);
  EXPECT_NE(kept.why_lost.find("journal"), std::string::npos);
}

TEST(KeptStreams, RememberOfARequestWhatDecidesAboutItsStream) {
  const std::string text =
      "GET /api/events?grep=a%20b&tail=3 HTTP/1.1\r\nHost: logs.example\r\nUser-Agent: long and of no use\r\n"
      "AUTHORIZATION: Bearer tw_x\r\nAccept: text/event-stream\r\nX-Forwarded-For: 192.0.2.1\r\n"
      "X-Forwarded-For: 192.0.2.2\r\nLast-Event-ID: k3x9.0.42\r\n\r\n";
  const auto head = parse_request_head(text, {});
  ASSERT_TRUE(head);
  const std::string kept = essential_head(*head);
  const auto again = parse_request_head(kept, {});
  ASSERT_TRUE(again) << kept;
  EXPECT_EQ(again->path, "/api/events");
  EXPECT_EQ(again->query, "grep=a%20b&tail=3");
  EXPECT_EQ(again->host, "logs.example");
  EXPECT_EQ(again->find("authorization"), "Bearer tw_x");
  EXPECT_EQ(again->find("last-event-id"), "k3x9.0.42");
  EXPECT_FALSE(again->has("user-agent"));
  EXPECT_EQ(again->fields.size(), 5U);
}

}  // namespace
}  // namespace tailwater
