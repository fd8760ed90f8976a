#include "http/host_rules.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(HostRules, AllowsLoopbackNamesWithAnyPort) {
  const HostRules rules({"127.0.0.1"}, {});
  for (const char* host : {"localhost", "LOCALHOST:8245", "localhost.", "127.0.0.1:1", "[::1]:8245", "[::1]"}) {
    EXPECT_TRUE(rules.allows(host)) << host;
  }
}

TEST(HostRules, RefusesANameThatWasReboundToUs) {
  const HostRules rules({"127.0.0.1"}, {});
  for (const char* host : {"evil.example", "evil.example:8245", "localhost.evil.example", "127.0.0.1.nip.io",
                           "192.168.1.5", "[fe80::1]", "::1", "localhost:port", "localhost:99999", "local host"}) {
    EXPECT_FALSE(rules.allows(host)) << host;
  }
}

TEST(HostRules, AllowsWhatIsListenedOnAndWhatIsConfigured) {
  const HostRules rules({"10.0.0.7", "logs.internal"}, {"logs.example.com:8443", "other"});
  EXPECT_TRUE(rules.allows("10.0.0.7:8245"));
  EXPECT_TRUE(rules.allows("logs.internal"));
  EXPECT_TRUE(rules.allows("Logs.Example.Com"));
  EXPECT_TRUE(rules.allows("other:80"));
  EXPECT_FALSE(rules.allows("10.0.0.8"));
}

TEST(HostRules, AllowsAnyAddressButNoNameOnAWildcardListener) {
  const HostRules rules({"0.0.0.0"}, {});
  EXPECT_TRUE(rules.allows("192.168.1.5:8245"));
  EXPECT_TRUE(rules.allows("[2001:db8::1]:8245"));
  EXPECT_FALSE(rules.allows("evil.example"));
}

TEST(HostRules, AllowsEverythingForAStar) {
  EXPECT_TRUE(HostRules({"127.0.0.1"}, {"*"}).allows("anything.example"));
}

TEST(HostRules, AllowsARequestWithoutHost) {
  EXPECT_TRUE(HostRules({"127.0.0.1"}, {}).allows(""));
}

}  // namespace
}  // namespace tailwater
