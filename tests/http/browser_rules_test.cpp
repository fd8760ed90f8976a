#include "http/browser_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tailwater {
namespace {

class BrowserRulesTest : public testing::Test {
 protected:
  /// The status that it is refused with; 0: it is not.
  int refused(const std::string& method, const std::string& lines, bool by_cookie = false) {
    const std::string text = method + " / HTTP/1.1\r\nHost: logs.example.com:8245\r\n" + lines + "\r\n";
    const auto head = parse_request_head(text, {});
    EXPECT_TRUE(head) << text;
    const auto refusal = rules_.refusal(*head, by_cookie);
    return refusal ? refusal->status : 0;
  }
  std::string header_of(const std::string& method, const std::string& lines, const std::string& name,
                        Reply reply = {}) {
    const std::string text = method + " / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
    rules_.allow_reading(*parse_request_head(text, {}), reply);
    for (const auto& [key, value] : reply.headers) {
      if (name == key) return value;
    }
    return "";
  }

  BrowserRules rules_{{"https://status.example.com"}, "https://public.example.com/logs"};
};

TEST_F(BrowserRulesTest, OurOwnPagesMayDoEverything) {
  for (const char* origin : {"http://logs.example.com:8245", "https://logs.example.com:8245",
                             "https://public.example.com", "HTTPS://Public.Example.Com"}) {
    EXPECT_EQ(refused("POST", std::string("Origin: ") + origin + "\r\n", /*by_cookie=*/true), 0) << origin;
  }
  EXPECT_EQ(refused("POST", "Sec-Fetch-Site: same-origin\r\n", true), 0);
}

TEST_F(BrowserRulesTest, ThoseThatAreNamedMayByExactlyThatName) {
  EXPECT_EQ(refused("GET", "Origin: https://status.example.com\r\n"), 0);
  for (const char* origin :
       {"http://status.example.com", "https://status.example.com:8443", "https://status.example.com.evil",
        "https://evil-status.example.com", "https://example.com", "null", "https://evil.example"}) {
    EXPECT_EQ(refused("GET", std::string("Origin: ") + origin + "\r\n"), 403) << origin;
    EXPECT_EQ(refused("POST", std::string("Origin: ") + origin + "\r\n"), 403) << origin;
  }
}

TEST_F(BrowserRulesTest, WhatIsNoPageMayWriteWithATokenButNotWithACookie) {
  EXPECT_EQ(refused("POST", "", /*by_cookie=*/false), 0) << "curl";
  EXPECT_EQ(refused("POST", "", /*by_cookie=*/true), 403);
  EXPECT_EQ(refused("PATCH", "", true), 403);
  EXPECT_EQ(refused("GET", "", true), 0);
  EXPECT_EQ(refused("POST", "Sec-Fetch-Site: none\r\n", true), 0) << "somebody typed it";
}

TEST_F(BrowserRulesTest, PagesOfOtherSitesDoNotWriteEvenWithoutAnOrigin) {
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(refused("POST", std::string("Sec-Fetch-Site: ") + site + "\r\n"), 403) << site;
    EXPECT_EQ(refused("GET", std::string("Sec-Fetch-Site: ") + site + "\r\n"), 0) << "a link to here";
  }
}

TEST_F(BrowserRulesTest, ReadingIsAllowedToThePageThatAsksAndToNoOther) {
  const std::string known = "Origin: https://status.example.com\r\n";
  EXPECT_EQ(header_of("GET", known, "Access-Control-Allow-Origin"), "https://status.example.com");
  EXPECT_EQ(header_of("GET", known, "Vary"), "Origin");
  EXPECT_EQ(header_of("GET", known, "Access-Control-Allow-Credentials"), "") << "cookies are never for others";
  EXPECT_EQ(header_of("GET", "Origin: https://evil.example\r\n", "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header_of("GET", "Origin: https://evil.example\r\n", "Vary"), "Origin") << "caches have to tell them apart";
  EXPECT_EQ(header_of("GET", "", "Access-Control-Allow-Origin"), "");
}

TEST_F(BrowserRulesTest, APreflightIsToldWhatTheResourceTakes) {
  Reply reply;
  reply.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  const std::string lines = "Origin: https://status.example.com\r\nAccess-Control-Request-Method: GET\r\n";
  EXPECT_EQ(header_of("OPTIONS", lines, "Access-Control-Allow-Methods", reply), "GET, HEAD, OPTIONS");
  EXPECT_THAT(header_of("OPTIONS", lines, "Access-Control-Allow-Headers", reply), testing::HasSubstr("Authorization"));
}

TEST_F(BrowserRulesTest, WithoutNamedOriginsNothingIsSaid) {
  rules_ = BrowserRules({}, "");
  EXPECT_EQ(header_of("GET", "Origin: https://status.example.com\r\n", "Vary"), "");
  EXPECT_EQ(refused("GET", "Origin: https://status.example.com\r\n"), 403);
  EXPECT_EQ(refused("GET", "Origin: http://logs.example.com:8245\r\n"), 0);
}

}  // namespace
}  // namespace tailwater
