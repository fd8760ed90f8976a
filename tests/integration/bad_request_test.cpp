// Bad input over HTTP: 400 with a problem document (RFC 9457) that names the parameter; IDs that do not resolve are
// answered by a gap, since EventSource would never try again after an error.
#include <random>

#include <gmock/gmock.h>

#include <fmt/format.h>

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
    return refused_by("/api/events", parameters, parameter);
  }
  std::string refused_by(const std::string& resource, const std::string& parameters, const std::string& parameter,
                         std::vector<std::string> headers = {}) {
    const HttpReply reply = fetch(port(), HttpRequest{resource + "?" + parameters, std::move(headers), "GET", "1.1"});
    EXPECT_EQ(reply.status, 400) << resource << "?" << parameters;
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

// What reads the past takes the same filters, and places, times and counts of its own.
TEST_F(BadRequest, OfThePastEachBadValueIsNamedWithItsPlace) {
  append_to_file(log("app.log"), "a line\n");
  append_to_file(outside("open.toml"),
                 "[[stream]]\nname = \"app\"\nredact = []\npaths = [\"" + log("app.log") + "\"]\n");
  begin({"--config", outside("open.toml")});
  for (const char* resource : {"/api/records", "/api/search", "/api/histogram", "/api/raw/app/app.log"}) {
    const std::string format = resource == std::string("/api/raw/app/app.log") ? "format=text&" : "";
    const auto refused_here = [&](const std::string& parameters, const std::string& parameter) {
      return refused_by(resource, format + parameters, parameter);
    };
    EXPECT_THAT(refused_here("where=status%3E%3D500%20and%20(level%3Dloud)", "where"),
                AllOf(HasSubstr("column 24"), HasSubstr("loud")));
    EXPECT_THAT(refused_here("where=status%3E%3D", "where"), HasSubstr("column 9"));
    EXPECT_THAT(refused_here("where=(a%3D1", "where"), ContainsRegex("column [0-9]"));
    EXPECT_THAT(refused_here("grep=ab(cd", "grep"), AllOf(HasSubstr("missing )"), HasSubstr("offset 2")));
    EXPECT_THAT(refused_here("exclude=x%5Ba-", "exclude"), AllOf(HasSubstr("missing ]"), HasSubstr("offset 1")));
    refused_here("level=loud", "level");
    refused_here("unknown=maybe", "unknown");
    refused_here("case=upper", "case");
    refused_here("fields=2", "fields");
    refused_here("types=metric", "types");
    refused_here("batch=1", "batch");
    refused_here("grpe=x", "grpe");
    refused_here("follow=0", "follow");
  }
  for (const char* resource : {"/api/search", "/api/histogram", "/api/raw/app/app.log"}) {
    const std::string format = resource == std::string("/api/raw/app/app.log") ? "format=ndjson&" : "";
    for (const char* name : {"since", "until"}) {
      for (const char* time :
           {"", "yesterday", "14:05", "2026-13-01T00:00:00Z", "10x", "-10m", "2026-01-01T00:00:00"}) {
        refused_by(resource, fmt::format("{}{}={}", format, name, time), name);
      }
    }
    refused_by(resource, format + "since=1m&until=2m", "since");
    refused_by(resource, format + "since=1m&since=2m", "since");
  }
}

TEST_F(BadRequest, PlacesCountsAndRangesOfThePastAreRefusedByName) {
  append_to_file(log("app.log"), "a line\n");
  append_to_file(outside("open.toml"),
                 "[[stream]]\nname = \"app\"\nredact = []\npaths = [\"" + log("app.log") + "\"]\n");
  begin({"--config", outside("open.toml")});
  for (const char* id :
       {"", "x", "k3x9", "k3x9.0", "k3x9.0.x", "K3X9.0.1", "k3x9.0.-1", "k3x9.0.1.2", "k3x9.0.99999999999999999999"}) {
    for (const char* name : {"before", "after", "around"}) {
      refused_by("/api/records", fmt::format("{}={}", name, id), name);
    }
    refused_by("/api/search", fmt::format("before={}", id), "before");
    refused_by("/api/search", fmt::format("order=oldest&after={}", id), "after");
  }
  refused_by("/api/records", "before=k3x9.0.1&at=0.5", "at");
  refused_by("/api/search", "after=k3x9.0.1", "after");
  refused_by("/api/search", "last_event_id=a&last_event_id=b", "last_event_id");
  for (const char* at : {"", "x", "-0.1", "1.1", "nan", "0.5x", "1e999"}) {
    refused_by("/api/records", fmt::format("at={}", at), "at");
  }
  for (const char* count : {"", "-1", "x", "1.5", "%2B5", "99999999999999999999"}) {
    refused_by("/api/records", fmt::format("limit={}", count), "limit");
    refused_by("/api/search", fmt::format("limit={}", count), "limit");
    refused_by("/api/search", fmt::format("context={}", count), "context");
    refused_by("/api/histogram", fmt::format("buckets={}", count), "buckets");
    refused_by("/api/raw/app/app.log", fmt::format("generation={}", count), "generation");
  }
  refused_by("/api/records", "limit=1001", "limit");
  refused_by("/api/search", "limit=10001", "limit");
  refused_by("/api/search", "context=51", "context");
  refused_by("/api/search", "order=sideways", "order");
  refused_by("/api/histogram", "buckets=1001", "buckets");
  refused_by("/api/records", "time=yesterday", "time");
  refused_by("/api/raw/app/app.log", "generation=1", "generation");
  refused_by("/api/raw/app/app.log", "format=zip", "format");
  refused_by("/api/raw/app/app.log", "grep=x", "grep");
  for (const char* range : {"bytes=5-2", "bytes=x-", "bytes=", "bytes=-", "bytes=0-1,3-4", "bytes=1", "bytes=0-0x"}) {
    EXPECT_THAT(refused_by("/api/raw/app/app.log", "", "Range", {std::string("Range: ") + range}),
                ContainsRegex("offset [0-9]"));
  }
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
