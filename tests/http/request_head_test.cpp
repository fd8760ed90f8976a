#include "http/request_head.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tailwater {
namespace {

constexpr HeadLimits kLimits;

int status_of(const std::string& head) {
  const auto parsed = parse_request_head(head, kLimits);
  return parsed ? 200 : parsed.error().status;
}

int status_of_lines(const std::string& lines) {
  return status_of("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
}

TEST(RequestHead, TakesAPlainRequestApart) {
  const std::string text = "GET /api/events?level=warn HTTP/1.1\r\nHost: logs:8245\r\nAccept:\t*/* \r\n\r\n";
  const auto head = parse_request_head(text, kLimits);
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(head->method, Method::kGet);
  EXPECT_EQ(head->minor_version, 1);
  EXPECT_EQ(head->path, "/api/events");
  EXPECT_EQ(head->query, "level=warn");
  EXPECT_EQ(head->host, "logs:8245");
  EXPECT_EQ(head->find("ACCEPT"), "*/*");
  EXPECT_FALSE(head->close);
}

TEST(RequestHead, KnowsEveryMethodAndAnswers501ToOthers) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    EXPECT_EQ(status_of(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n"), 200) << method;
  }
  EXPECT_EQ(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("G{T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, SpeaksVersions10And11Only) {
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200);
  for (const char* version : {"HTTP/1.999", "HTTP/2.0", "HTTP/1.1.1", "HTTP/01.1", "HTTP/1.", "HTTP/0.9"}) {
    EXPECT_EQ(status_of(std::string("GET / ") + version + "\r\nHost: a\r\n\r\n"), 505) << version;
  }
  EXPECT_EQ(status_of("GET / http/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, WantsExactlyOneHostForVersion11) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

TEST(RequestHead, RefusesWhatSmugglesARequest) {
  EXPECT_EQ(status_of_lines("Content-Length: 1\r\nContent-Length: 1\r\n"), 400);
  EXPECT_EQ(status_of_lines("Content-Length: 1\r\ncontent-length: 2\r\n"), 400);
  EXPECT_EQ(status_of_lines("Content-Length: 1, 1\r\n"), 400);
  EXPECT_EQ(status_of_lines("Content-Length: +1\r\n"), 400);
  EXPECT_EQ(status_of_lines("Content-Length: 0x1\r\n"), 400);
  EXPECT_EQ(status_of_lines("Content-Length:\r\n"), 400);
  EXPECT_EQ(status_of_lines("Transfer-Encoding: chunked\r\n"), 411);
  EXPECT_EQ(status_of_lines("Transfer-Encoding:\r\n"), 411);
  EXPECT_EQ(status_of_lines("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 411);
  EXPECT_EQ(status_of_lines("Host : a\r\n"), 400);
  EXPECT_EQ(status_of_lines(": empty name\r\n"), 400);
  EXPECT_EQ(status_of_lines("Folded: a\r\n b\r\n"), 400);
  EXPECT_EQ(status_of_lines(" Folded: a\r\n"), 400);
  EXPECT_EQ(status_of_lines("No colon\r\n"), 400);
  EXPECT_EQ(status_of_lines("Bare: cr\rX: y\r\n"), 400);
  EXPECT_EQ(status_of_lines(std::string("Nul: a\0b\r\n", 10)), 400);
  EXPECT_EQ(status_of_lines("Authorization: a\r\nAuthorization: b\r\n"), 400);
}

TEST(RequestHead, BoundsABodyByItsAnnouncedLength) {
  EXPECT_EQ(status_of_lines("Content-Length: 1048576\r\n"), 200);
  EXPECT_EQ(status_of_lines("Content-Length: 1048577\r\n"), 413);
  EXPECT_EQ(status_of_lines("Content-Length: 99999999999999999999999\r\n"), 413);
}

TEST(RequestHead, ClosesAfterABodyWhereTheMethodHasNone) {
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
    const std::string text = std::string(method) + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    const auto head = parse_request_head(text, kLimits);
    ASSERT_TRUE(head);
    EXPECT_TRUE(head->close) << method;
  }
  const auto post = parse_request_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", kLimits);
  ASSERT_TRUE(post);
  EXPECT_FALSE(post->close);
  EXPECT_EQ(post->content_length, 5U);
}

TEST(RequestHead, FindsCloseAmongConnectionOptions) {
  const auto head = parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", kLimits);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->close);
}

TEST(RequestHead, MeetsOneExpectation) {
  EXPECT_EQ(status_of_lines("Expect: 100-continue\r\n"), 200);
  EXPECT_EQ(status_of_lines("Expect: miracles\r\n"), 417);
}

TEST(RequestHead, ReadsAbsoluteTargetsAndTheirHost) {
  const std::string text = "GET http://inner:1/a?b HTTP/1.1\r\nHost: outer\r\n\r\n";
  const auto head = parse_request_head(text, kLimits);
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(head->host, "inner:1");
  EXPECT_EQ(head->path, "/a");
  EXPECT_EQ(head->query, "b");
  EXPECT_EQ(status_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, RefusesRawControlAndFragmentInTheTarget) {
  EXPECT_EQ(status_of("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of(std::string("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 31)), 400);
}

TEST(RequestHeadScan, FindsTheEndWhereverTheBytesWereCut) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next";
  const std::size_t end = text.find("\r\n\r\n") + 4;
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::size_t from = 0;
    std::size_t arrived = 0;
    while (arrived < text.size()) {
      arrived = std::min(text.size(), arrived + 1 + random() % 9);
      const HeadScan scan = scan_request_head(std::string_view(text).substr(0, arrived), from, kLimits);
      if (arrived < end) {
        ASSERT_EQ(scan.state, HeadScan::State::kIncomplete);
        from = scan.length;
        continue;
      }
      ASSERT_EQ(scan.state, HeadScan::State::kComplete);
      ASSERT_EQ(scan.length, end);
      break;
    }
  }
}

TEST(RequestHeadScan, RefusesBareLineFeedsAtOnce) {
  const HeadScan scan = scan_request_head("GET / HTTP/1.1\nHost: a\n\n", 0, kLimits);
  EXPECT_EQ(scan.state, HeadScan::State::kRefused);
  EXPECT_EQ(scan.refusal.status, 400);
}

TEST(RequestHeadScan, RefusesATlsHelloAtOnce) {
  EXPECT_EQ(scan_request_head("\x16\x03\x01", 0, kLimits).state, HeadScan::State::kRefused);
}

TEST(RequestHeadScan, Answers431ToAnEndlessHead) {
  const std::string endless = "GET /" + std::string(kLimits.max_head_bytes, 'a');
  const HeadScan scan = scan_request_head(endless, 0, kLimits);
  EXPECT_EQ(scan.state, HeadScan::State::kRefused);
  EXPECT_EQ(scan.refusal.status, 431);
  const std::string just_fits = endless.substr(0, kLimits.max_head_bytes - 4) + "\r\n\r\n";
  EXPECT_EQ(scan_request_head(just_fits, 0, kLimits).state, HeadScan::State::kComplete);
  EXPECT_EQ(scan_request_head(endless.substr(0, kLimits.max_head_bytes - 3) + "\r\n\r\n", 0, kLimits).refusal.status,
            431);
}

}  // namespace
}  // namespace tailwater
