// Searches and histograms: the same records as a plain look at every line would give, in the order asked for, whatever
// the pieces; bounded, resumable, with their neighbours.
#include "history/search_task.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "client/sse_parser.h"
#include "history/history_world.h"
#include "history/time_counts.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<SseEvent> events_of(HistoryWorld& world, const std::shared_ptr<BodyTask>& task) {
  std::vector<SseEvent> events;
  SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
  parser.feed(world.run(task).bytes);
  EXPECT_EQ(events.back().type, "end");
  return events;
}

std::vector<std::string> ids_of(const std::vector<SseEvent>& events) {
  std::vector<std::string> ids;
  for (const SseEvent& event : events) {
    if (event.type == "match") ids.push_back(event.id);
  }
  return ids;
}

SearchRequest search_for(std::vector<Parameter> query, ScanOrder order) {
  SearchRequest request;
  request.scan.selection = selection_of(std::move(query));
  request.order = order;
  return request;
}

std::vector<std::string> needles(const HistoryWorld& world) {
  std::vector<std::string> ids;
  for (const auto& line : world.lines()) {
    if (line.text.find("needle") != std::string::npos) ids.push_back(line.id);
  }
  return ids;
}

/// Files that grow by turns, by little and by much, and rotate; now and then a line that is longer than a record.
void fill(HistoryWorld& world, unsigned seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < 3; ++i) world.add_file(fmt::format("f{}.log", i));
  for (int turn = 0; turn < 12; ++turn) {
    const std::size_t file = random() % 3;
    std::string text;
    const std::size_t size = random() % 3 == 0 ? random() % 9'000'000 : random() % 3000;
    while (text.size() <= size) {
      text += random() % 300 == 0 ? "needle " : "hay ";
      text.append(random() % 50 == 0 ? random() % 3000 : random() % 100, 'x');
      if (random() % 20'000 == 0) text.append(600'000, 'y') += " needle";
      text += '\n';
    }
    world.write_turn(file, text);
    world.clock.advance(Milliseconds(200));
    if (random() % 4 == 0) world.rotate(file);
  }
}

TEST(Search, FindsWhatIsThereInBothOrders) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    HistoryWorld world;
    fill(world, seed);
    std::vector<std::string> expected = needles(world);
    ASSERT_LT(expected.size(), SearchRequest::kMaxLimit);
    SearchRequest request = search_for({{"grep", "needle"}}, ScanOrder::kOldestFirst);
    request.limit = SearchRequest::kMaxLimit;
    EXPECT_EQ(ids_of(events_of(world, world.service.search(request, ""))), expected);
    request.order = ScanOrder::kNewestFirst;
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(ids_of(events_of(world, world.service.search(request, ""))), expected);
  }
}

TEST(Search, GoesOnBehindItsLimit) {
  HistoryWorld world;
  fill(world, 5);
  for (const ScanOrder order : {ScanOrder::kOldestFirst, ScanOrder::kNewestFirst}) {
    std::vector<std::string> got;
    SearchRequest request = search_for({{"grep", "needle"}}, order);
    request.limit = 37;
    while (true) {
      const auto events = events_of(world, world.service.search(request, ""));
      const auto ids = ids_of(events);
      got.insert(got.end(), ids.begin(), ids.end());
      const auto end = JsonValue::parse(events.back().data);
      ASSERT_TRUE(end);
      EXPECT_EQ((*end)["reason"].text(), ids.size() == 37 ? "limit" : "done");
      if ((*end)["next"].is_null()) break;
      request.scan.from = parse_event_id((*end)["next"].text())->position;
    }
    std::vector<std::string> expected = needles(world);
    if (order == ScanOrder::kNewestFirst) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(got, expected);
  }
}

TEST(Search, TheIdOfItsEndTellsAClientToStay) {
  HistoryWorld world;
  world.write_turn(world.add_file("a.log"), "one\n");
  const auto events = events_of(world, world.service.search(search_for({}, ScanOrder::kNewestFirst), ""));
  EXPECT_TRUE(parse_event_id(events.back().id)->ended);
}

TEST(Search, ShowsTheRecordsAroundAMatch) {
  HistoryWorld world;
  const std::size_t a = world.add_file("a.log");
  const std::size_t b = world.add_file("b.log");
  world.write_turn(a, "1\n2\n3\n");
  world.write_turn(b, "other\n");
  world.write_turn(a, "needle\n4\n");
  world.write_turn(b, "other\n");
  world.write_turn(a, "5\n6\n");
  SearchRequest request = search_for({{"grep", "needle"}}, ScanOrder::kNewestFirst);
  request.context = 2;
  const auto events = events_of(world, world.service.search(request, ""));
  ASSERT_EQ(events.front().type, "match");
  const auto match = JsonValue::parse(events.front().data);
  ASSERT_TRUE(match) << events.front().data;
  const auto lines = [&](const char* member) {
    std::vector<std::string> found;
    for (const JsonValue& record : (*match)[member].items()) found.push_back(record["line"].text());
    return found;
  };
  EXPECT_EQ((*match)["line"].text(), "needle");
  EXPECT_THAT(lines("before"), ElementsAre("2", "3"));
  EXPECT_THAT(lines("after"), ElementsAre("4", "5"));
}

TEST(Search, SaysWhatItCannotHaveBackAndFindsTheRest) {
  HistoryWorld world;
  const std::size_t file = world.add_file("a.log");
  world.write_turn(file, "needle lost\n");
  world.rotate(file);
  world.write_turn(file, "needle kept\n");
  world.forget_rotated(file);
  const auto events =
      events_of(world, world.service.search(search_for({{"grep", "needle"}}, ScanOrder::kOldestFirst), ""));
  EXPECT_THAT(ids_of(events), SizeIs(1));
  EXPECT_THAT(events.front().data, HasSubstr("\"bytes\":12"));
}

TEST(Search, HasSoManyPlacesAndGivesThemBack) {
  HistoryWorld world;
  HistoryService service(world.core(), {3, 2});
  const SearchRequest request = search_for({}, ScanOrder::kNewestFirst);
  auto first = service.search(request, "user:a");
  const auto second = service.search(request, "user:a");
  EXPECT_EQ(service.search(request, "user:a"), nullptr);
  const auto third = service.search(request, "user:b");
  EXPECT_NE(third, nullptr);
  EXPECT_EQ(service.search(request, ""), nullptr);
  first.reset();
  EXPECT_EQ(service.searches(), 2U);
  EXPECT_NE(service.search(request, "user:a"), nullptr);
}

TEST(Search, StopsWhenItsReaderIsGone) {
  HistoryWorld world;
  fill(world, 2);
  const auto task = world.service.search(search_for({{"grep", "nothing like it"}}, ScanOrder::kNewestFirst), "");
  task->begin(world.core().workers, [] {});
  ASSERT_TRUE(world.run_worker());
  task->cancel();
  int turns = 0;
  while (world.run_worker()) ++turns;
  EXPECT_LE(turns, 4);
  EXPECT_FALSE(task->take().finished);
}

std::string stamped(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    text += fmt::format("2026-11-20T{:02}:{:02}:{:02}Z {} line {}\n", i / 3600, i / 60 % 60, i % 60,
                        i % 10 == 0 ? "ERROR" : "INFO", i);
  }
  return text;
}

WallTime at_second(int second) {
  return *parse_rfc3339("2026-11-20T00:00:00Z") + std::chrono::seconds(second);
}

TEST(Search, LooksBetweenTwoTimes) {
  HistoryWorld world;
  world.clock.set_wall(*parse_rfc3339("2026-11-26T00:00:00Z"));
  world.write_turn(world.add_file("a.log"), stamped(0, 8000));
  for (const ScanOrder order : {ScanOrder::kOldestFirst, ScanOrder::kNewestFirst}) {
    SearchRequest request = search_for({{"level", "error"}}, order);
    request.scan.window = {at_second(100), at_second(150)};
    const auto events = events_of(world, world.service.search(request, ""));
    EXPECT_THAT(ids_of(events), SizeIs(5));
    EXPECT_THAT(events.front().data, HasSubstr(order == ScanOrder::kOldestFirst ? "line 100\"" : "line 140\""));
  }
}

TEST(Histogram, CountsEveryRecordOnceByTimeAndLevel) {
  HistoryWorld world;
  world.clock.set_wall(*parse_rfc3339("2026-11-26T00:00:00Z"));
  world.write_turn(world.add_file("a.log"), stamped(0, 7200));
  HistogramRequest request;
  request.scan.selection = selection_of();
  request.buckets = 10;
  request.now = world.clock.wall_now();
  const auto events = events_of(world, world.service.histogram(request, ""));
  const SseEvent* last = nullptr;
  for (const SseEvent& event : events) {
    if (event.type == "histogram") last = &event;
  }
  ASSERT_NE(last, nullptr);
  const auto histogram = JsonValue::parse(last->data);
  ASSERT_TRUE(histogram) << last->data;
  EXPECT_EQ((*histogram)["bucket_ms"].number(), 900'000);
  EXPECT_EQ((*histogram)["from"].text(), "2026-11-20T00:00:00.000Z");
  ASSERT_THAT((*histogram)["buckets"].items(), SizeIs(8));
  for (const JsonValue& bucket : (*histogram)["buckets"].items()) {
    EXPECT_EQ(bucket["counts"]["error"].number(), 90);
    EXPECT_EQ(bucket["counts"]["info"].number(), 810);
  }
}

TEST(TimeCounts, HoldWhatAMapOfSecondsWouldInNoMoreBucketsThanAskedFor) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const std::size_t most = 1 + random() % 40;
    TimeCounts whole(most);
    TimeCounts parts(most);
    std::uint64_t total = 0;
    for (int part = 0; part < 5; ++part) {
      TimeCounts counts(most);
      for (int i = 0; i < 50; ++i) {
        const WallTime time(Milliseconds(static_cast<std::int64_t>(random() % 4'000'000'000U) - 1000));
        const auto level = random() % 3 == 0 ? std::nullopt : std::optional(Level::kWarn);
        whole.add(time, level);
        counts.add(time, level);
        ++total;
      }
      parts.merge(counts);
    }
    std::string one;
    std::string other;
    whole.append_json(one);
    parts.append_json(other);
    EXPECT_EQ(one, other);
    EXPECT_EQ(whole.total(), total);
    const auto json = JsonValue::parse(one);
    ASSERT_TRUE(json);
    EXPECT_LE(json->items().size(), most);
  }
}

}  // namespace
}  // namespace tailwater
