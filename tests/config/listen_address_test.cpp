#include "config/listen_address.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(ListenAddress, TakesTcpAndUnixSockets) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8245")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("127.0.0.1:8245")->port, 8245);
  EXPECT_EQ(parse_listen_address("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen_address("[::1]:0")->port, 0);
  EXPECT_EQ(parse_listen_address("localhost:80")->host, "localhost");
  EXPECT_EQ(parse_listen_address("unix:/run/tailwater/http.sock")->unix_path, "/run/tailwater/http.sock");
}

TEST(ListenAddress, KnowsWhatOtherMachinesCanReach) {
  for (const char* mine : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "localhost:1", "unix:/a"}) {
    EXPECT_FALSE(parse_listen_address(mine)->reachable) << mine;
  }
  for (const char* theirs : {"0.0.0.0:1", "[::]:1", "192.168.1.1:1", "128.0.0.1:1", "[::2]:1", "[::ffff:10.0.0.1]:1",
                             "logs.example.com:1", "localhost.example.com:1"}) {
    EXPECT_TRUE(parse_listen_address(theirs)->reachable) << theirs;
  }
}

TEST(ListenAddress, RefusesTheRestAndSaysWhy) {
  const auto error = [](const std::string& text) {
    const auto address = parse_listen_address(text);
    return address ? "" : address.error().message;
  };
  EXPECT_EQ(error(""), "'' has no port");
  EXPECT_EQ(error("8245"), "'8245' has no port");
  EXPECT_EQ(error("127.0.0.1:"), "'127.0.0.1:' has no port between 0 and 65535 after its last colon");
  EXPECT_EQ(error("127.0.0.1:65536"), "'127.0.0.1:65536' has no port between 0 and 65535 after its last colon");
  EXPECT_EQ(error("127.0.0.1:+1"), "'127.0.0.1:+1' has no port between 0 and 65535 after its last colon");
  EXPECT_EQ(error("127.0.0.1:http"), "'127.0.0.1:http' has no port between 0 and 65535 after its last colon");
  EXPECT_EQ(error(":8245"), "':8245' has no host; 0.0.0.0 is every IPv4 address, [::] every one");
  EXPECT_EQ(error("*:8245"), "'*:8245' has no host; 0.0.0.0 is every IPv4 address, [::] every one");
  EXPECT_EQ(error("::1:8245"), "'::1:8245' needs brackets around its IPv6 address");
  EXPECT_EQ(error("[::1:8245"), "'[::1:8245' has no ']' before its port");
  EXPECT_EQ(error("[nope]:8245"), "'[nope]:8245' has no IPv6 address in its brackets");
  EXPECT_EQ(error("[]:8245"), "'[]:8245' has no IPv6 address in its brackets");
  EXPECT_EQ(error("[:8245"), "'[:8245' has no ']' before its port");
  EXPECT_EQ(error("127.0.0.300:1"), "'127.0.0.300:1' has no valid host before its port");
  EXPECT_EQ(error("127.0.1:1"), "'127.0.1:1' has no valid host before its port");
  EXPECT_EQ(error("a b:1"), "'a b:1' has no valid host before its port");
  EXPECT_EQ(error("http://127.0.0.1:1/"), "'127.0.0.1:1/' has no port between 0 and 65535 after its last colon");
  EXPECT_EQ(error("https://a/b:1"), "'a/b:1' has no valid host before its port");
  EXPECT_EQ(error("ftp://127.0.0.1:1"), "'ftp://127.0.0.1:1' needs brackets around its IPv6 address");
  EXPECT_EQ(error("unix:"), "'unix:' has no absolute path after unix:");
  EXPECT_EQ(error("unix:run/a"), "'unix:run/a' has no absolute path after unix:");
  EXPECT_EQ(error("unix:/" + std::string(106, 'a')), "");
  EXPECT_NE(error("unix:/" + std::string(107, 'a')).find("has a path of 108 bytes, the kernel takes 107"),
            std::string::npos);
}

TEST(ListenAddress, TakesTheSchemeInFrontOfIt) {
  using Scheme = ListenAddress::Scheme;
  EXPECT_EQ(parse_listen_address("127.0.0.1:1")->scheme, Scheme::kNone);
  EXPECT_EQ(parse_listen_address("http://127.0.0.1:1")->scheme, Scheme::kHttp);
  const auto address = parse_listen_address("https://[::]:443");
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->scheme, Scheme::kHttps);
  EXPECT_EQ(address->host, "::");
  EXPECT_EQ(address->port, 443);
  EXPECT_TRUE(address->reachable);
}

}  // namespace
}  // namespace tailwater
