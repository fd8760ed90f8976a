// Searches and histograms of the past, as a client sees them.
#include <gmock/gmock.h>

#include <algorithm>

#include <fmt/format.h>

#include "support/daemon_test.h"
#include "support/history_reader.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Strings = std::vector<std::string>;

class HistorySearch : public DaemonTest {
 protected:
  [[nodiscard]] std::vector<SseEvent> search(const std::string& parameters) const {
    return fetch_scan(port(), "/api/search?" + parameters);
  }
  [[nodiscard]] Strings found(const std::string& parameters) const { return matches_of(search(parameters)); }
  [[nodiscard]] static JsonValue data_of(const SseEvent& event) {
    auto data = JsonValue::parse(event.data);
    EXPECT_TRUE(data) << event.data;
    return data.value_or(JsonValue{});
  }
  [[nodiscard]] static Strings lines_in(const JsonValue& records) {
    Strings lines;
    for (const JsonValue& record : records.items()) lines.push_back(record["line"].text());
    return lines;
  }
  /// `count` lines, a second apart, every tenth an error and a needle.
  static std::string stamped(int first, int count) {
    std::string text;
    for (int i = first; i < first + count; ++i) {
      text += fmt::format("2026-01-02T{:02}:{:02}:{:02}Z {} line {}\n", i / 3600, i / 60 % 60, i % 60,
                          i % 10 == 0 ? "ERROR needle" : "INFO hay", i);
    }
    return text;
  }
  static std::string needle(int i) {
    return fmt::format("2026-01-02T{:02}:{:02}:{:02}Z ERROR needle line {}", i / 3600, i / 60 % 60, i % 60, i);
  }
};

TEST_F(HistorySearch, FindsNewestOrOldestFirstAndGoesOnBehindItsLimit) {
  append_to_file(log("app.log"), stamped(0, 100));
  serve();
  EXPECT_THAT(found("grep=needle&limit=3"), ElementsAre(needle(90), needle(80), needle(70)));
  EXPECT_THAT(found("grep=needle&limit=3&order=oldest"), ElementsAre(needle(0), needle(10), needle(20)));
  for (const char* order : {"newest", "oldest"}) {
    Strings all = found(fmt::format("grep=needle&order={}", order));
    EXPECT_THAT(all, SizeIs(10));
    Strings pieces;
    std::string more;
    while (!HasFailure()) {
      const auto events = search(fmt::format("grep=needle&limit=4&order={}{}", order, more));
      const Strings lines = matches_of(events);
      pieces.insert(pieces.end(), lines.begin(), lines.end());
      const JsonValue end = data_of(events.back());
      EXPECT_EQ(end["reason"].text(), end["next"].is_null() ? "done" : "limit");
      if (end["next"].is_null()) break;
      more = fmt::format("&{}={}", order == std::string_view("newest") ? "before" : "after", end["next"].text());
    }
    EXPECT_EQ(pieces, all);
  }
}

TEST_F(HistorySearch, ShowsTheRecordsAroundAMatchAndItsFields) {
  append_to_file(log("app.log"), "one\ntwo\n{\"needle\":7}\nfour\nfive\n");
  serve();
  const auto matches = events_of(search("grep=needle&context=2&fields=1"), "match");
  ASSERT_THAT(matches, SizeIs(1));
  const JsonValue match = data_of(matches[0]);
  EXPECT_EQ(match["id"].text(), matches[0].id);
  EXPECT_EQ(match["fields"]["needle"].number(), 7);
  EXPECT_THAT(lines_in(match["before"]), ElementsAre("one", "two"));
  EXPECT_THAT(lines_in(match["after"]), ElementsAre("four", "five"));
  const JsonValue plain = data_of(events_of(search("grep=needle"), "match").at(0));
  EXPECT_FALSE(plain.has("fields"));
  EXPECT_FALSE(plain.has("before"));
}

TEST_F(HistorySearch, SaysHowFarItIsAndInTheEndThatAllWasLookedAt) {
  append_to_file(log("a.log"), stamped(0, 1000));
  append_to_file(log("b.log"), "nothing\n");
  serve();
  const auto size = std::filesystem::file_size(log("a.log")) + std::filesystem::file_size(log("b.log"));
  const auto events = search("grep=needle&limit=1000");
  ASSERT_GE(events.size(), 2U);
  const SseEvent& last = events[events.size() - 2];
  ASSERT_EQ(last.type, "progress");
  const JsonValue progress = data_of(last);
  EXPECT_EQ(progress["scanned"].number(), static_cast<double>(size));
  EXPECT_EQ(progress["total"].number(), static_cast<double>(size));
  EXPECT_EQ(progress["matches"].number(), 100);
  EXPECT_EQ(progress["eta_ms"].number(), 0);
}

TEST_F(HistorySearch, LooksBetweenTwoTimes) {
  append_to_file(log("app.log"), stamped(0, 20'000));
  serve();
  EXPECT_THAT(found("grep=needle&since=2026-01-02T03:00:00Z&until=2026-01-02T03:00:21Z"),
              ElementsAre(needle(10'820), needle(10'810), needle(10'800)));
  EXPECT_THAT(found("grep=needle&until=2026-01-02T00:00:11Z&order=oldest"), ElementsAre(needle(0), needle(10)));
  EXPECT_THAT(found("grep=needle&since=1h"), IsEmpty());
}

// One place for searches: it is taken as long as a search waits for its client to read, and free when that one goes.
TEST_F(HistorySearch, EndsWhenItsClientGoes) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += fmt::format("line {} {:x<4000}\n", i, "");
  append_to_file(log("app.log"), text);
  serve_configured("[limits]\nsearches = 1\n");
  SseClient client(port(), "/api/search?grep=line&limit=10000");
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.next("match"));
  const HttpReply second = get("/api/search?grep=line&limit=1");
  EXPECT_EQ(second.status, 200);  // an EventSource would not come back after an error
  EXPECT_EQ(second.body.find("event: match"), std::string::npos);
  EXPECT_NE(second.body.find("retry: "), std::string::npos);
  client.disconnect();
  const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
  while (get("/api/search?grep=line&limit=1").body.find("event: match") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the search never ended";
    std::this_thread::sleep_for(Milliseconds(5));
  }
}

TEST_F(HistorySearch, AClientThatComesBackGoesOnOrIsToldThatItHadAll) {
  append_to_file(log("app.log"), stamped(0, 100));
  serve();
  const auto events = search("grep=needle");
  const auto matches = events_of(events, "match");
  ASSERT_THAT(matches, SizeIs(10));
  SseClient client(port(), "/api/search?grep=needle");
  client.set_last_event_id(matches[6].id);
  ASSERT_TRUE(client.connect());
  EXPECT_THAT(matches_of(client.read_until("end")), ElementsAre(needle(20), needle(10), needle(0)));
  const HttpReply again =
      fetch(port(), HttpRequest{"/api/search?grep=needle", {"Last-Event-ID: " + events.back().id}, "GET", "1.1"});
  EXPECT_EQ(again.status, 204);
}

class HistoryOfCompressed : public HistorySearch, public testing::WithParamInterface<Strings> {};
INSTANTIATE_TEST_SUITE_P(By, HistoryOfCompressed,
                         testing::Values(Strings{"gzip"}, Strings{"zstd", "-q", "--rm"}, Strings{"xz"}));

TEST_P(HistoryOfCompressed, GenerationsIsSearchedCountedAndDownloaded) {
  const std::string first = stamped(0, 5000);
  append_to_file(log("app.log"), first);
  serve_configured("[limits]\nretained_files = 0\n", "app.log");
  wait_for_line("2026-01-02T01:23:19Z INFO hay line 4999");
  std::filesystem::rename(log("app.log"), log("app.log.1"));
  append_to_file(log("app.log"), stamped(5000, 10));
  wait_for_line("2026-01-02T01:23:29Z INFO hay line 5009");
  ChildSettings settings;
  settings.command = GetParam();
  settings.command.push_back(log("app.log.1"));
  ASSERT_EQ(run_program(settings).exit_code(), 0);
  ASSERT_FALSE(std::filesystem::exists(log("app.log.1")));

  const Strings newest = found("grep=needle&limit=1000");
  ASSERT_THAT(newest, SizeIs(501));
  EXPECT_EQ(newest[0], needle(5000));
  EXPECT_EQ(newest[1], needle(4990));
  Strings oldest = found("grep=needle&limit=1000&order=oldest");
  std::reverse(oldest.begin(), oldest.end());
  EXPECT_EQ(oldest, newest);
  const auto match = events_of(search("grep=line%202500&context=1"), "match");
  ASSERT_THAT(match, SizeIs(1));
  EXPECT_THAT(lines_in(data_of(match[0])["after"]), ElementsAre("2026-01-02T00:41:41Z INFO hay line 2501"));
  const auto counts = events_of(fetch_scan(port(), "/api/histogram?level=error"), "progress");
  EXPECT_EQ(data_of(counts.back())["matches"].number(), 501);
}

TEST_F(HistorySearch, AHistogramCountsByTimeAndLevel) {
  append_to_file(log("app.log"), stamped(0, 600) + "no time of its own\n");
  serve();
  const auto events = fetch_scan(port(), "/api/histogram?buckets=20&until=2026-01-02T00:10:00Z");
  const auto histograms = events_of(events, "histogram");
  ASSERT_FALSE(histograms.empty());
  const JsonValue last = data_of(histograms.back());
  EXPECT_EQ(last["bucket_ms"].number(), 60'000);
  ASSERT_THAT(last["buckets"].items(), SizeIs(10));
  for (const JsonValue& bucket : last["buckets"].items()) {
    EXPECT_EQ(bucket["counts"]["error"].number(), 6);
    EXPECT_EQ(bucket["counts"]["info"].number(), 54);
  }
  EXPECT_EQ(last["buckets"].items()[3]["time"].text(), "2026-01-02T00:03:00.000Z");
  EXPECT_EQ(data_of(events_of(events, "progress").back())["matches"].number(), 600);
  const auto some =
      fetch_scan(port(), "/api/histogram?grep=needle&since=2026-01-02T00:05:00Z&until=2026-01-02T00:06:00Z");
  EXPECT_EQ(data_of(events_of(some, "progress").back())["matches"].number(), 6);
}

}  // namespace
}  // namespace tailwater
