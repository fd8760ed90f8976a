#include "http/trusted_proxies.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "http/admission.h"

namespace tailwater {
namespace {

class TrustedProxiesTest : public testing::Test {
 protected:
  /// Whom a request with these header lines is from.
  std::string client_of(const std::string& lines) {
    text_ = "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
    const auto head = parse_request_head(text_, {});
    EXPECT_TRUE(head) << text_;
    const auto client = proxies_.client_of(*head);
    return client ? PeerAddress::of(*client).to_text() : "";
  }
  std::string client_behind(const std::string& list) { return client_of("X-Forwarded-For: " + list + "\r\n"); }

  TrustedProxies proxies_{{"127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"}};
  std::string text_;
};

TEST_F(TrustedProxiesTest, TheLastAddressThatIsNoneOfOursIsTheClient) {
  EXPECT_EQ(client_behind("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client_behind("203.0.113.9, 10.1.1.1,127.0.0.1"), "203.0.113.9");
  EXPECT_EQ(client_behind("2001:db8:1:2:3::4, 2001:db8:ffff::1"), "2001:db8:1:2::/64");
}

TEST_F(TrustedProxiesTest, WhatTheClientItselfWroteIsNotBelieved) {
  EXPECT_EQ(client_behind("127.0.0.1, 10.0.0.1, 203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client_behind("evil\", 203.0.113.9, 10.0.0.1"), "203.0.113.9");
  EXPECT_EQ(client_of("X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.9, 10.0.0.1\r\n"), "203.0.113.9");
  EXPECT_EQ(client_of("X-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n"), "");
}

TEST_F(TrustedProxiesTest, BeyondAWordThatIsNoAddressNobodyIs) {
  EXPECT_EQ(client_behind("203.0.113.9, unknown, 10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(client_behind("203.0.113.9, , 10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(client_behind("unknown"), "");
  EXPECT_EQ(client_of(""), "");
}

TEST_F(TrustedProxiesTest, PortsAreLeftAside) {
  EXPECT_EQ(client_behind("203.0.113.9:4711"), "203.0.113.9");
  EXPECT_EQ(client_behind("[2001:db8:1:2::4]:4711"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_behind("[2001:db8:1:2::4"), "");
}

TEST_F(TrustedProxiesTest, AnEndlessChainEnds) {
  std::string chain = "203.0.113.9";
  for (int i = 0; i < 100; ++i) chain += ",10.0.0.1";
  EXPECT_EQ(client_behind(chain), "10.0.0.1");
}

TEST_F(TrustedProxiesTest, TrustsPeersByAddressAndSocketsByWord) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(0x0a010203);
  const auto* address = reinterpret_cast<const sockaddr*>(&peer);
  EXPECT_TRUE(proxies_.trusts(address));
  EXPECT_FALSE(TrustedProxies().trusts(address));
  peer.sin_addr.s_addr = htonl(0xc0000201);
  EXPECT_FALSE(proxies_.trusts(address));
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(proxies_.trusts(reinterpret_cast<const sockaddr*>(&local)));
  EXPECT_TRUE(TrustedProxies({"unix"}).trusts(reinterpret_cast<const sockaddr*>(&local)));
  EXPECT_FALSE(proxies_.trusts(nullptr));
}

}  // namespace
}  // namespace tailwater
