// Bad input over HTTP: 400 with a problem document (RFC 9457) that names the parameter; IDs that do not resolve are
// answered by a gap, since EventSource would never try again after an error.
#include <random>

#include <gmock/gmock.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class BadRequest : public DaemonTest {
 protected:
  /// Checks that `parameters` are refused on account of `parameter`, and gives the document's text.
  std::string refused(const std::string& parameters, const std::string& parameter) {
    const HttpReply reply = get("/api/events?" + parameters);
    EXPECT_EQ(reply.status, 400) << parameters;
    EXPECT_EQ(reply.header("content-type"), "application/problem+json") << parameters;
    const auto problem = JsonValue::parse(reply.body);
    EXPECT_TRUE(problem) << reply.body;
    if (!problem) return reply.body;
    EXPECT_EQ((*problem)["status"].number(), 400) << reply.body;
    EXPECT_EQ((*problem)["parameter"].text(), parameter) << reply.body;
    EXPECT_FALSE((*problem)["title"].text().empty()) << reply.body;
    return (*problem)["detail"].text();
  }
};

TEST_F(BadRequest, ABadRegexIsNamedWithRe2sMessageAndThePlace) {
  serve();
  EXPECT_THAT(refused("grep=a(b", "grep"), AllOf(HasSubstr("missing )"), HasSubstr("a(b")));
  EXPECT_THAT(refused("exclude=%5Ba-", "exclude"), HasSubstr("missing ]"));
  EXPECT_THAT(refused("grep=good&grep=ab**%2B%2Bc", "grep"), ContainsRegex("[0-9]"));
}

TEST_F(BadRequest, APatternThatCostsTooMuchIsRefused) {
  serve();
  EXPECT_FALSE(refused("grep=" + std::string(600, 'a'), "grep").empty());
  EXPECT_FALSE(refused("grep=%5CpL%7B200%7D", "grep").empty());
}

TEST_F(BadRequest, ABadConditionIsNamedWithItsColumn) {
  serve();
  EXPECT_THAT(refused("where=status%3E%3D500%20and%20(level%3Dloud)", "where"),
              AllOf(HasSubstr("column 24"), HasSubstr("loud"), HasSubstr("critical")));
  EXPECT_THAT(refused("where=", "where"), HasSubstr("column 1"));
  EXPECT_THAT(refused("where=a~%22(%22", "where"), HasSubstr("missing )"));
}

TEST_F(BadRequest, AnUnknownParameterIsNamed) {
  serve();
  EXPECT_THAT(refused("grpe=error", "grpe"), HasSubstr("grep"));
  EXPECT_FALSE(refused("tail=1&stat=2", "stat").empty());
}

TEST_F(BadRequest, EachBadValueIsNamed) {
  serve();
  refused("level=loud", "level");
  refused("unknown=maybe", "unknown");
  refused("case=upper", "case");
  refused("tail=many", "tail");
  refused("tail=-1", "tail");
  refused("since=yesterday", "since");
  refused("follow=perhaps", "follow");
  refused("format=xml", "format");
  refused("types=nothing", "types");
  refused("file=%5Bbad", "file");
}

class BadId : public DaemonTest {
 protected:
  std::vector<SseEvent> resume(const std::string& id) {
    SseClient client(port(), "/api/events?tail=2");
    client.set_last_event_id(id);
    EXPECT_TRUE(client.connect()) << client.stream().head();
    return client.read_until("caught-up");
  }
};

TEST_F(BadId, AnUnknownOneIsAGapAndThenTheFirstConnectionsBehaviour) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  for (const char* id : {"zzzz9.0.17", "nonsense", "a.b.c.d", "k3x9.0.99999999999999999999", "-1", "..", "%00",
                         "{\"json\":true}", "k3x9.0.-5", "\xC3\xA9.0.1"}) {
    const auto events = resume(id);
    const auto gaps = events_of(events, "gap");
    ASSERT_EQ(gaps.size(), 1U) << id;
    const auto gap = JsonValue::parse(gaps[0].data);
    ASSERT_TRUE(gap) << gaps[0].data;
    EXPECT_EQ((*gap)["reason"].text(), "unknown-id") << id;
    EXPECT_EQ(lines_of(events).size(), 2U) << id;
  }
}

TEST_F(BadId, AnOffsetThatTheFileNeverHadIsAGap) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  std::string id = events_of(history("tail=1"), "log").at(0).id;
  id.replace(id.rfind('.') + 1, std::string::npos, "987654321");
  EXPECT_EQ(count_of(resume(id), "gap"), 1U);
}

TEST_F(BadId, AnOverlongOneIsAGapOrARefusedHead) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  EXPECT_EQ(count_of(resume(std::string(4000, 'a')), "gap"), 1U);
  SseClient huge(port(), "/api/events");
  huge.set_last_event_id(std::string(100'000, 'a'));
  EXPECT_FALSE(huge.connect());
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(BadId, RandomOnesHarmNobody) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  std::string good = events_of(history("tail=1"), "log").at(0).id;
  std::minstd_rand random(4711);
  for (int i = 0; i < 200; ++i) {
    std::string id = i % 2 == 0 ? good : std::string();
    const int changes = 1 + static_cast<int>(random() % 20);
    for (int change = 0; change < changes; ++change) {
      const char byte = static_cast<char>(random() % 256);
      if (byte != '\r' && byte != '\n' && byte != '\0') id.insert(random() % (id.size() + 1), 1, byte);
    }
    const HttpReply reply = fetch(port(), HttpRequest{"/api/events?follow=0&tail=1", {"Last-Event-ID: " + id}});
    EXPECT_TRUE(reply.status == 200 || reply.status == 204 || reply.status == 400) << reply.status << " " << id;
  }
  EXPECT_TRUE(daemon().running());
  EXPECT_EQ(events_of(history("tail=1"), "log").at(0).id, good);
}

TEST_F(BadId, FromAnIdThatIsNoneIsRefusedOrAGap) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  const HttpReply nonsense = get("/api/events?follow=0&from=nonsense");
  EXPECT_TRUE(nonsense.status == 400 || nonsense.body.find("unknown-id") != std::string::npos) << nonsense.status;
  EXPECT_EQ(count_of(history("from=zzzz9.0.17"), "gap"), 1U);
}

}  // namespace
}  // namespace tailwater
