// What the resources that read the past take, and what they say of anything else.
#include "http/history_routes.h"

#include <string>

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
