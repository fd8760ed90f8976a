// Where a client starts: tail, from, since, an ID; and where it ends: follow=0.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Start : public DaemonTest {
 protected:
  /// The seq of each line, in order.
  static std::vector<std::uint64_t> numbers(const std::vector<std::string>& lines) {
    std::vector<std::uint64_t> made;
    for (const std::string& line : lines) made.push_back(find_line_number(line).value_or(LineNumber{-1, 999}).seq);
    return made;
  }
  using Numbers = std::vector<std::uint64_t>;
};

TEST_F(Start, AFirstConnectionGetsTheLastTenAndThenWhatIsLive) {
  append_numbered_lines(log("app.log"), 0, 0, 25);
  serve();
  const auto client = follow("");
  EXPECT_EQ(numbers(next_lines(*client, 10)), (Numbers{15, 16, 17, 18, 19, 20, 21, 22, 23, 24}));
  ASSERT_TRUE(client->next("caught-up"));
  append_numbered_lines(log("app.log"), 0, 25, 2);
  EXPECT_EQ(numbers(next_lines(*client, 2)), (Numbers{25, 26}));
}

TEST_F(Start, CaughtUpCountsTheBacklogAndHasAnId) {
  append_numbered_lines(log("app.log"), 0, 0, 25);
  serve();
  const auto client = follow("tail=7");
  const auto caught_up = client->next("caught-up");
  ASSERT_TRUE(caught_up);
  EXPECT_TRUE(caught_up->own_id);
  const auto data = JsonValue::parse(caught_up->data);
  ASSERT_TRUE(data) << caught_up->data;
  EXPECT_EQ((*data)["records"].number(), 7);
  EXPECT_GT((*data)["bytes"].number(), 0);
  EXPECT_TRUE(data->has("ms"));
}

TEST_F(Start, TailCountsMatchingRecordsOverAllFiles) {
  append_numbered_lines(log("a.log"), 0, 0, 100);
  append_numbered_lines(log("b.log"), 1, 0, 100);
  serve();
  EXPECT_EQ(lines_of(history("tail=15&grep=ERROR")).size(), 15U);
  EXPECT_EQ(lines_of(history("tail=1000&grep=ERROR")).size(), 20U);
  EXPECT_EQ(lines_of(history("tail=0")).size(), 0U);
}

TEST_F(Start, FromStartIsEverythingAndFromEndIsNothing) {
  append_numbered_lines(log("app.log"), 0, 0, 500);
  serve();
  EXPECT_EQ(lines_of(history("from=start")).size(), 500U);
  const auto client = follow("from=end");
  ASSERT_TRUE(client->next("caught-up"));
  append_numbered_lines(log("app.log"), 0, 500, 1);
  EXPECT_EQ(numbers(next_lines(*client, 1)), Numbers{500});
}

TEST_F(Start, FromAnIdGoesOnJustPastIt) {
  append_numbered_lines(log("app.log"), 0, 0, 20);
  serve();
  const std::string id = events_of(history("from=start"), "log").at(16).id;
  EXPECT_EQ(numbers(lines_of(history("from=" + id))), (Numbers{17, 18, 19}));
  EXPECT_EQ(numbers(lines_of(history("last_event_id=" + id))), (Numbers{17, 18, 19}));
  EXPECT_EQ(numbers(lines_of(history("lastEventId=" + id))), (Numbers{17, 18, 19}));
}

TEST_F(Start, ALastEventIdWinsOverTailFromAndSince) {
  append_numbered_lines(log("app.log"), 0, 0, 20);
  serve();
  const std::string after_first = events_of(history("from=start"), "log").at(0).id;
  for (const char* start : {"tail=3", "from=start", "from=end", "since=1h"}) {
    SseClient client(port(), std::string("/api/events?follow=0&") + start);
    client.set_last_event_id(after_first);
    ASSERT_TRUE(client.connect());
    EXPECT_EQ(lines_of(client.read_until("end")).size(), 19U) << start;
  }
}

TEST_F(Start, TheHeaderWinsOverTheParameter) {
  append_numbered_lines(log("app.log"), 0, 0, 20);
  serve();
  const auto records = events_of(history("from=start"), "log");
  SseClient client(port(), "/api/events?follow=0&last_event_id=" + records.at(0).id);
  client.set_last_event_id(records.at(10).id);
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(lines_of(client.read_until("end")).size(), 9U);
}

TEST_F(Start, SinceIsByArrival) {
  append_numbered_lines(log("app.log"), 0, 0, 20);
  serve();
  ASSERT_EQ(lines_of(history("from=start")).size(), 20U);
  std::this_thread::sleep_for(Milliseconds(300));  // the test is about time that passes
  const auto client = follow("tail=0");
  append_numbered_lines(log("app.log"), 0, 20, 5);
  const auto record = client->next("log");
  ASSERT_TRUE(record);
  const std::string arrived = (*JsonValue::parse(record->data))["arrived"].text();
  ASSERT_EQ(next_lines(*client, 4).size(), 4U);
  EXPECT_EQ(numbers(lines_of(history("since=" + arrived))), (Numbers{20, 21, 22, 23, 24}));
  EXPECT_EQ(lines_of(history("since=1h")).size(), 25U);
}

TEST_F(Start, AtMostOneOfTailFromAndSince) {
  serve();
  EXPECT_EQ(get("/api/events?tail=3&from=start").status, 400);
  EXPECT_EQ(get("/api/events?tail=3&since=1h").status, 400);
  EXPECT_EQ(get("/api/events?since=1h&from=end").status, 400);
}

class FollowNot : public Start {};

TEST_F(FollowNot, EndsAfterTheBacklogAndTheBodyIsComplete) {
  append_numbered_lines(log("app.log"), 0, 0, 5);
  serve();
  SseClient client(port(), "/api/events?follow=0&from=start");
  ASSERT_TRUE(client.connect());
  const auto events = client.read_until([](const SseEvent&) { return false; });
  EXPECT_EQ(lines_of(events).size(), 5U);
  ASSERT_EQ(events.back().type, "end");
  EXPECT_TRUE(events.back().own_id);
  EXPECT_TRUE(client.stream().at_end());
  EXPECT_FALSE(client.stream().broken());
}

TEST_F(FollowNot, EndsEvenWhereNothingMatches) {
  append_numbered_lines(log("app.log"), 0, 0, 5);
  serve();
  const auto events = history("from=start&grep=nowhere-to-be-found");
  EXPECT_EQ(lines_of(events).size(), 0U);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().type, "end");
}

TEST_F(FollowNot, AReconnectWithTheEndsIdIsToldToStopForGood) {
  append_numbered_lines(log("app.log"), 0, 0, 5);
  serve();
  const auto events = history("from=start");
  ASSERT_EQ(events.back().type, "end");
  append_numbered_lines(log("app.log"), 0, 5, 5);
  HttpRequest again;
  again.target = "/api/events?follow=0&from=start";
  again.headers = {"Last-Event-ID: " + events.back().id};
  EXPECT_EQ(fetch(port(), again).status, 204);
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  EXPECT_EQ(fetch(port(), again).status, 204);
}

TEST_F(FollowNot, EndsForAnEmptyFolderToo) {
  serve();
  const auto events = history("");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().type, "end");
}

}  // namespace
}  // namespace tailwater
