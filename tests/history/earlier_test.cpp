// What rotations had made of a file before it was first followed is history like the rest: pages, searches, counts and
// the scroll bar lead through it; what is compressed is read when it is wanted, and how long it is turns out then.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "client/sse_parser.h"
#include "history/history_world.h"
#include "support/compressed_text.h"

namespace tailwater {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Place = PageRequest::Place;
using Strings = std::vector<std::string>;

/// Two files with three rotated generations each, 100 lines in every one; the older two are compressed.
class EarlierHistory : public testing::Test {
 protected:
  EarlierHistory() {
    for (const char* name : {"a.log", "b.log"}) rotate_and_follow(name);
    for (std::size_t file = 0; file < 2; ++file) world_.write_turn(file, text(100));
  }
  static constexpr std::size_t kLines = 800;

  std::string text(int count) {
    std::string lines;
    while (count-- > 0) lines += line(next_++) + '\n';
    return lines;
  }
  /// In the order in which they are written here, which is not that of history: that has all of a.log's earlier ones
  /// first, then b.log's, then what arrived.
  static std::string line(int number) {
    // What compresses badly: a kilobyte of the compressed file is its identity.
    const std::uint64_t noise = static_cast<std::uint64_t>(number + 1) * 0x9E3779B97F4A7C15U;
    return fmt::format("2024-01-02T03:{:02}:{:02}Z line {:04} {:016x}{:016x}", number / 60, number % 60, number, noise,
                       noise * noise);
  }

  void rotate_and_follow(const std::string& name) {
    put(name + ".3.gz", gzip(text(100)));
    put(name + ".2.zst", zstd(text(100)));
    const std::string plain = text(100);
    put(name + ".1", plain);
    world_.add_rotated_file(
        name, {{name + ".3.gz", kUnknownEnd}, {name + ".2.zst", kUnknownEnd}, {name + ".1", plain.size()}});
  }
  void put(const std::string& name, std::string_view bytes) {
    std::ofstream(world_.dir().file(name), std::ios::binary) << bytes;
  }
  void remove(const std::string& name) { std::filesystem::remove(world_.dir().file(name)); }
  /// In place, as by a disk that fails: its head is as it was.
  void damage(const std::string& name) {
    const std::string path = world_.dir().file(name);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 20);
  }
  static Strings lines(int first, int past) {
    Strings all;
    for (int number = first; number < past; ++number) all.push_back(line(number));
    return all;
  }

  struct Walked {
    Strings lines;
    Strings ids;
    Strings gaps;
    void add(const Page& page, bool in_front) {
      lines.insert(in_front ? lines.begin() : lines.end(), page.lines.begin(), page.lines.end());
      ids.insert(in_front ? ids.begin() : ids.end(), page.ids.begin(), page.ids.end());
      for (const JsonValue& gap : page.json["gaps"].items()) {
        gaps.push_back(gap["reason"].text() + (gap["bytes"].is_null() ? " unknown" : " known"));
      }
    }
  };
  Walked backwards(std::uint32_t limit) {
    Walked all;
    Page page = world_.page(HistoryWorld::newest(limit));
    for (all.add(page, true); !page.before().empty() && !HasFailure(); all.add(page, true)) {
      page = world_.page(HistoryWorld::at_id(Place::kBefore, page.before(), limit));
    }
    EXPECT_TRUE(page.json["at_start"].boolean());
    return all;
  }
  Walked forwards(std::uint32_t limit) {
    Walked all;
    Page page = world_.page(HistoryWorld::at_id(Place::kAfter, "start.0.0", limit));
    for (all.add(page, false); !page.after().empty() && !HasFailure(); all.add(page, false)) {
      page = world_.page(HistoryWorld::at_id(Place::kAfter, page.after(), limit));
    }
    return all;
  }
  Page at(double fraction, std::vector<Parameter> query = {}) {
    PageRequest request;
    request.place = Place::kAt;
    request.fraction = fraction;
    request.limit = 3;
    return world_.page(request, std::move(query));
  }
  std::vector<SseEvent> events_of(const std::shared_ptr<BodyTask>& task) {
    std::vector<SseEvent> events;
    SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
    parser.feed(world_.run(task).bytes);
    return events;
  }
  std::vector<SseEvent> search(ScanOrder order, TimeWindow window = {}, const std::string& pattern = "line") {
    SearchRequest request;
    request.scan.selection = selection_of({{"grep", pattern}});
    request.scan.window = window;
    request.order = order;
    request.limit = SearchRequest::kMaxLimit;
    return events_of(world_.service.search(request, ""));
  }
  static Strings named(const std::vector<SseEvent>& events, const std::string& type) {
    Strings found;
    for (const SseEvent& event : events) {
      if (event.type == type) found.push_back(type == "match" ? event.id : event.data);
    }
    return found;
  }

  HistoryWorld world_;
  int next_ = 0;
};

TEST_F(EarlierHistory, IsThereFromBothEnds) {
  for (const std::uint32_t limit : {7U, 100U, 1000U}) {
    const Walked back = backwards(limit);
    EXPECT_EQ(back.lines, lines(0, kLines)) << limit;
    EXPECT_THAT(back.gaps, IsEmpty());
    EXPECT_EQ(forwards(limit).ids, back.ids) << limit;
  }
}

TEST_F(EarlierHistory, OfWhichNothingHasBeenReadIsThereFromTheStart) {
  EXPECT_EQ(forwards(50).lines, lines(0, kLines));
}

TEST_F(EarlierHistory, AnIdInsideOneHasItsNeighbours) {
  const Strings ids = backwards(1000).ids;
  for (const std::size_t index : {0U, 99U, 100U, 150U, 250U, 299U, 300U, 555U, 600U}) {
    const Page page = world_.page(HistoryWorld::at_id(Place::kAround, ids[index], 5));
    const std::size_t first = index < 2 ? 0 : index - 2;
    EXPECT_EQ(page.ids, Strings(ids.begin() + static_cast<std::ptrdiff_t>(first),
                                ids.begin() + static_cast<std::ptrdiff_t>(first) + 5))
        << index;
  }
}

TEST_F(EarlierHistory, TheScrollBarLeadsThere) {
  for (const double fraction : {0.45, 0.2, 0.05, 0.55, 0.7, 0.95, 0.0}) {
    const Page page = at(fraction);
    EXPECT_NEAR(page.json["position"].number(), fraction, 1.0 / kLines) << fraction;
  }
  // All ends are known now.
  for (const double fraction : {0.0, 0.1, 0.3, 0.62, 0.99}) {
    const Page page = at(fraction);
    EXPECT_THAT(page.lines, Contains(line(static_cast<int>(fraction * kLines)))) << fraction;
    // A map that never had to guess says the same.
    const Page other = at(fraction, {{"exclude", "what no line holds"}});
    EXPECT_EQ(page.ids, other.ids) << fraction;
    EXPECT_EQ(page.json["position"].number(), other.json["position"].number()) << fraction;
  }
}

TEST_F(EarlierHistory, WhatIsCompressedIsNotReadBeforeItIsWanted) {
  for (const char* name : {"a.log.3.gz", "a.log.2.zst", "b.log.3.gz", "b.log.2.zst"}) damage(name);
  const Page page = world_.page(HistoryWorld::newest(250));
  EXPECT_EQ(page.lines, lines(550, kLines));
  EXPECT_THAT(page.json["gaps"].items(), IsEmpty());
  EXPECT_FALSE(page.json["position"].is_null());
  TimeWindow window;
  world_.clock.advance(Milliseconds(10));
  window.since = world_.clock.wall_now();  // they were written to before
  EXPECT_THAT(named(search(ScanOrder::kNewestFirst, window), "gap"), IsEmpty());
}

TEST_F(EarlierHistory, ATimeInOneIsFound) {
  PageRequest request;
  request.place = Place::kTime;
  request.limit = 2;
  for (const int number : {0, 42, 150, 299}) {
    request.time = *parse_rfc3339(line(number).substr(0, 20));
    EXPECT_THAT(world_.page(request).lines, ElementsAre(line(number), line(number + 1)));
  }
}

TEST_F(EarlierHistory, IsSearchedAndCounted) {
  const Strings ids = forwards(1000).ids;
  const auto oldest = search(ScanOrder::kOldestFirst);
  EXPECT_EQ(named(oldest, "match"), ids);
  EXPECT_EQ(named(search(ScanOrder::kNewestFirst), "match"), Strings(ids.rbegin(), ids.rend()));
  const std::uint64_t bytes = kLines * (line(0).size() + 1);
  EXPECT_THAT(named(oldest, "progress").back(), HasSubstr(fmt::format("\"scanned\":{0},\"total\":{0},", bytes)));

  HistogramRequest request;
  request.scan.selection = selection_of();
  request.scan.window = {*parse_rfc3339("2024-01-02T03:00:00Z"), *parse_rfc3339("2024-01-02T04:00:00Z")};
  request.now = world_.clock.wall_now();
  const auto counts = events_of(world_.service.histogram(request, ""));
  const auto json = JsonValue::parse(named(counts, "histogram").back());
  double total = 0;
  for (const JsonValue& bucket : (*json)["buckets"].items()) total += bucket["counts"]["unknown"].number();
  EXPECT_EQ(total, kLines);
}

TEST_F(EarlierHistory, OfWhichNobodyHasReadAnythingIsCountedAsItIsRead) {
  const auto events = search(ScanOrder::kNewestFirst);
  EXPECT_THAT(named(events, "match"), SizeIs(kLines));
  const std::uint64_t bytes = kLines * (line(0).size() + 1);
  EXPECT_THAT(named(events, "progress").back(), HasSubstr(fmt::format("\"scanned\":{0},\"total\":{0},", bytes)));
}

TEST_F(EarlierHistory, IsDownloaded) {
  DownloadRequest request;
  request.selection = selection_of();
  std::string expected;
  for (const std::string& each : lines(0, kLines)) expected += each + '\n';
  EXPECT_EQ(world_.run(world_.service.download(request)).bytes, expected);
  request.selection = selection_of();
  request.window = {*parse_rfc3339("2024-01-02T03:02:00Z"), *parse_rfc3339("2024-01-02T03:04:00Z")};
  EXPECT_EQ(world_.run(world_.service.download(request)).bytes,
            expected.substr(0, expected.find(line(240))).substr(expected.find(line(120))));
}

TEST_F(EarlierHistory, OneThatIsGoneIsAGap) {
  remove("a.log.3.gz");
  remove("b.log.1");
  Strings expected = lines(100, 500);
  const Strings rest = lines(600, kLines);
  expected.insert(expected.end(), rest.begin(), rest.end());
  const Walked back = backwards(60);
  EXPECT_EQ(back.lines, expected);
  EXPECT_THAT(back.gaps, ElementsAre("rotated known", "rotated unknown"));
  const Walked ahead = forwards(60);
  EXPECT_EQ(ahead.lines, expected);
  EXPECT_THAT(ahead.gaps, ElementsAre("rotated unknown", "rotated known"));
  const auto found = search(ScanOrder::kNewestFirst);
  EXPECT_THAT(named(found, "match"), SizeIs(expected.size()));
  EXPECT_THAT(named(found, "gap"), SizeIs(2));
  EXPECT_EQ(at(0).lines, lines(100, 103));
}

TEST_F(EarlierHistory, ADamagedOneIsAGap) {
  damage("a.log.2.zst");
  Strings expected = lines(0, 100);
  const Strings rest = lines(200, kLines);
  expected.insert(expected.end(), rest.begin(), rest.end());
  const Walked back = backwards(60);
  EXPECT_EQ(back.lines, expected);
  EXPECT_THAT(back.gaps, ElementsAre("unreadable unknown"));
  EXPECT_THAT(forwards(60).gaps, ElementsAre("unreadable unknown"));
  const auto found = search(ScanOrder::kOldestFirst);
  EXPECT_THAT(named(found, "match"), SizeIs(expected.size()));
  EXPECT_THAT(named(found, "gap"), ElementsAre(HasSubstr("\"reason\":\"unreadable\"")));
  for (const double fraction : {0.0, 0.2, 0.5, 1.0}) EXPECT_THAT(at(fraction).lines, SizeIs(3)) << fraction;
}

TEST_F(EarlierHistory, AGapOfUnknownEndCanBeGoneOnFrom) {
  const std::string path = world_.dir().file("a.log.3.gz");
  const std::string away = world_.dir().folder("away") + "/a.log.3.gz";
  std::filesystem::rename(path, away);
  const Page gone = world_.page(HistoryWorld::at_id(Place::kAfter, "start.0.0", 1));
  ASSERT_THAT(gone.json["gaps"].items(), SizeIs(1));
  const std::string to = gone.json["gaps"].items()[0]["to"].text();
  EXPECT_EQ(world_.page(HistoryWorld::at_id(Place::kAfter, to, 1)).lines, lines(100, 101));
  std::filesystem::rename(away, path);
  EXPECT_EQ(backwards(1000).lines, lines(0, kLines));
  EXPECT_EQ(world_.page(HistoryWorld::at_id(Place::kAfter, to, 1)).lines, lines(100, 101));
  EXPECT_EQ(world_.page(HistoryWorld::at_id(Place::kBefore, to, 1)).lines, lines(99, 100));
}

TEST_F(EarlierHistory, ALastLineWithoutAnEndIsALine) {
  put("c.log.2.gz", gzip("one\ntwo"));
  put("c.log.1", "three\nfour");
  const std::size_t file = world_.add_rotated_file("c.log", {{"c.log.2.gz", kUnknownEnd}, {"c.log.1", 10}});
  world_.write_turn(file, "five\n");
  const std::vector<Parameter> query{{"file", "*c.log"}};
  for (const std::uint32_t limit : {1U, 2U, 9U}) {
    Strings back;
    Page page = world_.page(HistoryWorld::newest(limit), query);
    while (true) {
      back.insert(back.begin(), page.lines.begin(), page.lines.end());
      if (page.before().empty() || HasFailure()) break;
      page = world_.page(HistoryWorld::at_id(Place::kBefore, page.before(), limit), query);
    }
    EXPECT_THAT(back, ElementsAre("one", "two", "three", "four", "five"));
  }
  EXPECT_THAT(world_.page(HistoryWorld::at_id(Place::kAfter, "start.0.0", 9), query).lines,
              ElementsAre("one", "two", "three", "four", "five"));
}

}  // namespace
}  // namespace tailwater
