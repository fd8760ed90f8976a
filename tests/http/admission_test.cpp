#include "http/admission.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <thread>
#include <vector>

namespace tailwater {
namespace {

PeerAddress v4(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text, &address.sin_addr);
  return PeerAddress::of(reinterpret_cast<const sockaddr*>(&address));
}

PeerAddress v6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  inet_pton(AF_INET6, text, &address.sin6_addr);
  return PeerAddress::of(reinterpret_cast<const sockaddr*>(&address));
}

TEST(PeerAddress, DoesNotCountLoopbackAndUnixSockets) {
  EXPECT_FALSE(v4("127.0.0.1").is_counted());
  EXPECT_FALSE(v4("127.8.9.10").is_counted());
  EXPECT_FALSE(v6("::1").is_counted());
  EXPECT_FALSE(v6("::ffff:127.0.0.1").is_counted());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto peer = PeerAddress::of(reinterpret_cast<const sockaddr*>(&address));
  EXPECT_FALSE(peer.is_counted());
  EXPECT_TRUE(peer.is_unix());
  EXPECT_FALSE(PeerAddress::of(nullptr).is_counted());
}

TEST(PeerAddress, CountsAnIpv6NetworkAsOneAndMappedAddressesAsIpv4) {
  EXPECT_EQ(v6("2001:db8:1:2::1"), v6("2001:db8:1:2:ffff::9"));
  EXPECT_FALSE(v6("2001:db8:1:2::1") == v6("2001:db8:1:3::1"));
  EXPECT_EQ(v6("::ffff:192.0.2.1"), v4("192.0.2.1"));
  EXPECT_FALSE(v4("192.0.2.1") == v4("192.0.2.2"));
}

TEST(Admission, BoundsStreamsOverall) {
  Admission admission(2, 64);
  const PeerAddress local = v4("127.0.0.1");
  EXPECT_EQ(admission.stream_begins(local), Admitted::kYes);
  EXPECT_EQ(admission.stream_begins(local), Admitted::kYes);
  EXPECT_EQ(admission.stream_begins(local), Admitted::kTooMany);
  admission.stream_ends(local);
  EXPECT_EQ(admission.stream_begins(local), Admitted::kYes);
}

TEST(Admission, BoundsStreamsOfOneAddress) {
  Admission admission(100, 2);
  const PeerAddress peer = v4("192.0.2.1");
  EXPECT_EQ(admission.stream_begins(peer), Admitted::kYes);
  EXPECT_EQ(admission.stream_begins(peer), Admitted::kYes);
  EXPECT_EQ(admission.stream_begins(peer), Admitted::kTooManyFromAddress);
  EXPECT_EQ(admission.stream_begins(v4("192.0.2.2")), Admitted::kYes);
  EXPECT_EQ(admission.streams(), 3U);
  admission.stream_ends(peer);
  EXPECT_EQ(admission.stream_begins(peer), Admitted::kYes);
}

TEST(Admission, KeepsAReserveForProbes) {
  Admission admission(1, 64);
  for (std::size_t i = 0; i < 1; ++i) admission.connection_begins();
  EXPECT_FALSE(admission.is_crowded());
  admission.connection_begins();
  EXPECT_TRUE(admission.is_crowded());
  EXPECT_FALSE(admission.is_full());
  for (std::size_t i = 1; i < Admission::kReserve; ++i) admission.connection_begins();
  EXPECT_TRUE(admission.is_full());
}

TEST(Admission, CountsRightFromSeveralThreads) {
  Admission admission(1000, 10);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&admission] {
      const PeerAddress peer = v4("192.0.2.1");
      for (int round = 0; round < 2000; ++round) {
        if (admission.stream_begins(peer) == Admitted::kYes) admission.stream_ends(peer);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admission.streams(), 0U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(admission.stream_begins(v4("192.0.2.1")), Admitted::kYes);
}

}  // namespace
}  // namespace tailwater
