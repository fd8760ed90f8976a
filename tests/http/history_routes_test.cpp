// What the resources that read the past take, and what they say of anything else.
#include "http/history_routes.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/server_fixture.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using Place = PageRequest::Place;

class HistoryRoutesTest : public ServerTest {
 protected:
  HistoryRoutesTest() { start(); }
  PageRequest page(const std::string& query) {
    EXPECT_EQ(ask("GET", "/api/records" + query).status, 200) << query;
    return streams_.last_page();
  }
  /// 400 that names the parameter.
  void expect_refused(const std::string& target, const std::string& parameter) {
    const ClientReply reply = ask("GET", target);
    EXPECT_EQ(reply.status, 400) << target;
    EXPECT_THAT(reply.body, HasSubstr("\"parameter\":\"" + parameter + "\"")) << target;
  }
};

TEST_F(HistoryRoutesTest, APageIsTheNewestUnlessAPlaceIsGiven) {
  const PageRequest newest = page("");
  EXPECT_EQ(newest.place, Place::kNewest);
  EXPECT_EQ(newest.limit, 200U);
  const PageRequest before = page("?before=k3x9.0.42&limit=7&grep=x&stream=app");
  EXPECT_EQ(before.place, Place::kBefore);
  EXPECT_EQ(before.limit, 7U);
  EXPECT_EQ(to_text(before.id), "k3x9.0.42");
  EXPECT_TRUE(before.selection->selects_stream("app"));
  EXPECT_FALSE(before.selection->selects_stream("nginx"));
  EXPECT_EQ(page("?after=k3x9.0.42").place, Place::kAfter);
  EXPECT_EQ(page("?around=k3x9.0.042").place, Place::kAround);
  EXPECT_DOUBLE_EQ(page("?at=0.62").fraction, 0.62);
  EXPECT_EQ(page("?time=1970-01-01T00:00:05Z").time, WallTime{Milliseconds(5000)});
  EXPECT_EQ(page("?time=1970-01-01T01:00:05+01:00").time, WallTime{Milliseconds(5000)});
}

TEST_F(HistoryRoutesTest, WhatIsMalformedIsRefusedByName) {
  for (const char* at : {"", "x", "1.01", "-0.1", "nan", "inf", "0.5x", "1e999"}) {
    expect_refused("/api/records?at=" + std::string(at), "at");
  }
  for (const char* limit : {"", "0", "1001", "-1", "+5", "5x", "99999999999999999999"}) {
    expect_refused("/api/records?limit=" + std::string(limit), "limit");
  }
  for (const char* place : {"before", "after", "around"}) {
    for (const char* id : {"", "k3x9", "k3x9.0", "k3x9.0.x", "K3X9.0.1", "k3x9.00.1", "k3x9.0.99999999999999999999"}) {
      expect_refused("/api/records?" + std::string(place) + "=" + id, place);
    }
  }
  expect_refused("/api/records?time=tomorrow", "time");
  expect_refused("/api/records?time=2026-13-01T00:00:00Z", "time");
  expect_refused("/api/records?before=k3x9.0.1&after=k3x9.0.1", "after");
  expect_refused("/api/records?at=0.1&at=0.2", "at");
  expect_refused("/api/records?types=metric", "types");
  expect_refused("/api/records?batch=1", "batch");
  expect_refused("/api/records?beforre=k3x9.0.1", "beforre");
  expect_refused("/api/records?grep=(", "grep");
}

TEST_F(HistoryRoutesTest, AStreamThatIsNotThereIsNotFound) {
  EXPECT_EQ(ask("GET", "/api/records?stream=nosuch").status, 404);
}

TEST_F(HistoryRoutesTest, ASearchTakesItsOrderLimitsAndTimes) {
  streaming_client("/api/search?grep=x&order=oldest&limit=9&context=3&since=1970-01-01T00:00:01Z&after=k3x9.0.42");
  const SearchRequest search = streams_.last_search();
  EXPECT_EQ(search.order, ScanOrder::kOldestFirst);
  EXPECT_EQ(search.limit, 9U);
  EXPECT_EQ(search.context, 3U);
  EXPECT_EQ(search.scan.window.since, WallTime{Milliseconds(1000)});
  ASSERT_TRUE(search.scan.from);
  EXPECT_EQ(to_text(*search.scan.from), "k3x9.0.42");
  for (const char* wrong : {"order=sideways", "limit=0", "limit=10001", "context=51", "since=yesterday", "until=x",
                            "before=x", "after=k3x9.0.1", "at=0.5"}) {
    const std::string text = wrong;
    expect_refused("/api/search?" + text, text.substr(0, text.find('=')));
  }
  expect_refused("/api/search?since=1m&until=2m", "since");
}

TEST_F(HistoryRoutesTest, ASearchGoesOnBehindTheIdThatItsClientSaw) {
  HttpClient client(address());
  client.send("GET /api/search?grep=x HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: k3x9.0.77\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(to_text(*streams_.last_search().scan.from), "k3x9.0.77");
  EXPECT_EQ(ask("GET", "/api/search?grep=x", "Last-Event-ID: k3x9.0.077\r\n").status, 204);
  EXPECT_EQ(ask("HEAD", "/api/search").status, 200);
}

TEST_F(HistoryRoutesTest, OneSearchTooManyIsToldToComeBack) {
  streams_.searches_are_full = true;
  const ClientReply reply = ask("GET", "/api/search");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("retry: "));
}

TEST_F(HistoryRoutesTest, AHistogramTakesTimesAndBuckets) {
  streaming_client("/api/histogram?buckets=7&until=1970-01-01T00:00:09Z");
  EXPECT_EQ(streams_.last_histogram().buckets, 7U);
  EXPECT_EQ(streams_.last_histogram().scan.window.until, WallTime{Milliseconds(9000)});
  expect_refused("/api/histogram?buckets=1001", "buckets");
  expect_refused("/api/histogram?limit=3", "limit");
}

TEST_F(HistoryRoutesTest, BytesComeWhollyOrInARangeWithATag) {
  const ClientReply whole = ask("HEAD", "/api/raw/app/main.log");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.header("ETag"), "\"k3x9.0.1000\"");
  EXPECT_EQ(whole.header("Content-Length"), "1000");
  EXPECT_EQ(whole.header("Content-Disposition"), "attachment; filename=\"main.log\"");
  const ClientReply part = ask("HEAD", "/api/raw/app/k3x9", "Range: bytes=-10\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("Content-Range"), "bytes 990-999/1000");
  EXPECT_EQ(part.header("Content-Length"), "10");
  EXPECT_EQ(ask("GET", "/api/raw/app/main.log", "If-None-Match: \"a\", \"k3x9.0.1000\"\r\n").status, 304);
  EXPECT_EQ(ask("HEAD", "/api/raw/app/main.log", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n").status, 200);
  const ClientReply beyond = ask("GET", "/api/raw/app/main.log", "Range: bytes=1000-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("Content-Range"), "bytes */1000");
  EXPECT_EQ(ask("GET", "/api/raw/app/main.log", "Range: bytes=5-2\r\n").status, 400);
  EXPECT_EQ(ask("GET", "/api/raw/app/nosuch.log").status, 404);
  expect_refused("/api/raw/app/main.log?grep=x", "grep");
  expect_refused("/api/raw/app/main.log?format=pdf", "format");
  expect_refused("/api/raw/app/main.log?generation=7", "generation");
  streams_.raw_is_denied = true;
  EXPECT_EQ(ask("GET", "/api/raw/app/main.log").status, 403);
}

TEST(ByteRange, IsReadAsTheStandardSays) {
  const auto range = [](std::string_view field) {
    const auto found = parse_range(field, 100);
    if (!found) return std::string(found.error().code == ErrorCode::kInvalid ? "wrong" : "outside");
    return *found ? fmt::format("{}-{}", (*found)->from, (*found)->to) : std::string("whole");
  };
  EXPECT_EQ(range(""), "whole");
  EXPECT_EQ(range("lines=1-2"), "whole");
  EXPECT_EQ(range("bytes=0-0"), "0-1");
  EXPECT_EQ(range("Bytes=10-"), "10-100");
  EXPECT_EQ(range("bytes=10-999999"), "10-100");
  EXPECT_EQ(range("bytes=-5"), "95-100");
  EXPECT_EQ(range("bytes=-500"), "0-100");
  for (const char* wrong : {"bytes=", "bytes=-", "bytes=x-", "bytes=1-x", "bytes=2-1", "bytes=1-2,4-5", "bytes=+1-2",
                            "bytes=1 -2", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(range(wrong), "wrong") << wrong;
  }
  EXPECT_EQ(range("bytes=100-"), "outside");
  EXPECT_EQ(range("bytes=-0"), "outside");
}

TEST_F(HistoryRoutesTest, AConnectionTakesAnotherRequestBehindAPage) {
  HttpClient client(address());
  for (int i = 0; i < 3; ++i) {
    client.get("/api/records?limit=3");
    EXPECT_EQ(client.read_reply().body, "{}\n");
  }
  EXPECT_EQ(ask("HEAD", "/api/records").status, 200);
}

}  // namespace
}  // namespace tailwater
