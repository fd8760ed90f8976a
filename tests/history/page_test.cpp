// Pages of history: every direction and place gives the records of the live stream, in its order, none twice, none left
// out, while files grow and rotate.
#include "history/page_task.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "history/history_world.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Place = PageRequest::Place;

/// Appends random lines to random files, which rotate now and then.
class RandomLog {
 public:
  RandomLog(HistoryWorld& world, unsigned seed) : world_(world), random_(seed) {
    for (int i = 0; i < 3; ++i) world_.add_file(fmt::format("f{}.log", i));
  }
  void grow(int turns) {
    for (int i = 0; i < turns; ++i) {
      const std::size_t file = random_() % 3;
      std::string text;
      for (std::size_t line = random_() % 12; line-- > 0;) {
        text += random_() % 4 == 0 ? "needle " : "hay ";
        text += std::to_string(count_++);
        text.append(random_() % 20 == 0 ? random_() % 2000 : random_() % 30, 'x');
        text += '\n';
      }
      if (!text.empty()) world_.write_turn(file, text);
      world_.clock.advance(Milliseconds(50));
      if (random_() % (turns > 1000 ? 150 : 15) == 0) world_.rotate(file);  // 64 generations are remembered
    }
  }
  [[nodiscard]] std::vector<std::string> ids(bool needles) const {
    std::vector<std::string> ids;
    for (const auto& line : world_.lines()) {
      if (!needles || line.text.find("needle") != std::string::npos) ids.push_back(line.id);
    }
    return ids;
  }
  unsigned pick(std::size_t below) { return static_cast<unsigned>(random_() % below); }

 private:
  HistoryWorld& world_;
  std::mt19937 random_;
  int count_ = 0;
};

StreamWorld::Options with_small_records(unsigned seed) {
  StreamWorld::Options options = StreamWorld::roomy();
  if (seed % 2 == 0) options.rules.max_record_bytes = 300;
  if (seed % 3 == 0) {  // most of it falls off the journal
    options.journal.memory_budget = 48U << 10;
    options.journal.segment_bytes = 16U << 10;
  }
  return options;
}

/// Without a journal of everything, what lies before it is told file by file.
bool keeps_all(HistoryWorld& world) {
  return world.journal().first_point() == JournalPoint{};
}

TEST(Page, GoingBackwardsGivesEveryRecordOnceWhileFilesGrowAndRotate) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    HistoryWorld world(with_small_records(seed));
    RandomLog log(world, seed);
    log.grow(seed % 3 == 0 ? 4000 : 80);
    EXPECT_EQ(keeps_all(world), seed % 3 != 0);
    const bool needles = seed > 3;
    const std::vector<Parameter> query =
        needles ? std::vector<Parameter>{{"grep", "needle"}} : std::vector<Parameter>{};
    std::vector<std::string> expected = log.ids(needles);
    std::vector<std::string> got;
    Page page = world.page(HistoryWorld::newest(1 + log.pick(30)), query);
    EXPECT_TRUE(page.json["at_end"].boolean());
    while (true) {
      got.insert(got.begin(), page.ids.begin(), page.ids.end());
      if (page.json["before"].is_null()) break;
      if (keeps_all(world)) log.grow(1);
      page = world.page(HistoryWorld::at_id(Place::kBefore, page.before(), 1 + log.pick(30)), query);
    }
    EXPECT_TRUE(page.json["at_start"].boolean());
    if (!keeps_all(world)) {
      std::sort(got.begin(), got.end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(got, expected) << "seed " << seed;
  }
}

TEST(Page, GoingForwardsGivesTheSame) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    HistoryWorld world(with_small_records(seed));
    RandomLog log(world, seed);
    log.grow(seed % 3 == 0 ? 4000 : 80);
    std::vector<std::string> got;
    std::string at = "start.0.0";
    while (true) {
      const Page page = world.page(HistoryWorld::at_id(Place::kAfter, at, 1 + log.pick(30)));
      EXPECT_EQ(page.json["at_start"].boolean(), at == "start.0.0");
      got.insert(got.end(), page.ids.begin(), page.ids.end());
      if (page.json["after"].is_null()) break;
      at = page.after();
    }
    std::vector<std::string> expected = log.ids(false);
    if (!keeps_all(world)) {
      std::sort(got.begin(), got.end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(got, expected) << "seed " << seed;
  }
}

TEST(Page, AroundAnIdHoldsItAndItsNeighbours) {
  HistoryWorld world;
  RandomLog log(world, 5);
  log.grow(60);
  const std::vector<std::string> all = log.ids(false);
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}, all.size() / 2, all.size() - 2, all.size() - 1}) {
    const Page page = world.page(HistoryWorld::at_id(Place::kAround, all[index], 9));
    const auto first = std::find(all.begin(), all.end(), page.ids.front());
    ASSERT_THAT(page.ids, SizeIs(9)) << index;
    EXPECT_EQ(page.ids, std::vector<std::string>(first, first + static_cast<std::ptrdiff_t>(page.ids.size())));
    EXPECT_NE(std::find(page.ids.begin(), page.ids.end(), all[index]), page.ids.end());
  }
}

TEST(Page, AFractionIsOneOfTheBytesInTheOrderOfTheStream) {
  HistoryWorld world;
  RandomLog log(world, 7);
  log.grow(120);
  const std::vector<std::string> all = log.ids(false);
  std::size_t last = 0;
  for (const double fraction : {0.0, 0.1, 0.35, 0.5, 0.77, 0.9}) {
    PageRequest request;
    request.place = Place::kAt;
    request.fraction = fraction;
    request.limit = 5;
    const Page page = world.page(request);
    ASSERT_THAT(page.ids, SizeIs(5));
    const auto first = std::find(all.begin(), all.end(), page.ids.front());
    EXPECT_EQ(page.ids, std::vector<std::string>(first, first + 5));
    const auto index = static_cast<std::size_t>(first - all.begin());
    EXPECT_GE(index, last);
    last = index;
    EXPECT_NEAR(page.json["position"].number(), fraction, 0.06);
  }
  PageRequest end;
  end.place = Place::kAt;
  end.fraction = 1;
  end.limit = 4;
  EXPECT_EQ(world.page(end).ids, std::vector<std::string>(all.end() - 4, all.end()));
}

TEST(Page, OfAnIdThatNobodyKnowsIsAnErrorThatSaysSo) {
  HistoryWorld world;
  world.write_turn(world.add_file("a.log"), "one\n");
  PageRequest request = HistoryWorld::at_id(Place::kBefore, "nokey.0.4", 5);
  request.selection = selection_of();
  const auto output = world.run(world.service.page(request));
  ASSERT_TRUE(output.error);
  EXPECT_EQ(output.error->code, ErrorCode::kNotFound);
}

TEST(Page, SaysWhatItCannotHaveBack) {
  HistoryWorld world;
  const std::size_t file = world.add_file("a.log");
  world.write_turn(file, "lost one\nlost two\n");
  world.rotate(file);
  world.write_turn(file, "kept\n");
  world.forget_rotated(file);
  for (const Page& page :
       {world.page(HistoryWorld::newest(5)), world.page(HistoryWorld::at_id(Place::kAfter, "start.0.0", 5))}) {
    EXPECT_THAT(page.lines, ElementsAre("kept"));
    ASSERT_THAT(page.json["gaps"].items(), SizeIs(1));
    const JsonValue& gap = page.json["gaps"].items()[0];
    EXPECT_EQ(gap["bytes"].number(), 18);
    EXPECT_EQ(gap["reason"].text(), "rotated");
  }
}

TEST(Page, OfALongSearchEndsIncompleteAndGoesOn) {
  HistoryWorld world;
  const std::size_t file = world.add_file("a.log");
  std::string text = "needle\n";
  while (text.size() < PageTask::kMaxScan + (20U << 20)) text.append(4000, 'x').push_back('\n');
  world.write_turn(file, text);
  Page page = world.page(HistoryWorld::newest(5), {{"grep", "needle"}});
  EXPECT_THAT(page.ids, IsEmpty());
  EXPECT_FALSE(page.json["complete"].boolean());
  ASSERT_FALSE(page.json["before"].is_null());
  page = world.page(HistoryWorld::at_id(Place::kBefore, page.before(), 5), {{"grep", "needle"}});
  EXPECT_THAT(page.lines, ElementsAre("needle"));
  EXPECT_TRUE(page.json["complete"].boolean());
  EXPECT_TRUE(page.json["at_start"].boolean());

  page = world.page(HistoryWorld::at_id(Place::kAfter, page.ids.front(), 5), {{"grep", "needle"}});
  EXPECT_FALSE(page.json["complete"].boolean());
  page = world.page(HistoryWorld::at_id(Place::kAfter, page.after(), 5), {{"grep", "needle"}});
  EXPECT_TRUE(page.json["at_end"].boolean());
}

/// "2026-11-20T00:00:SS n"
std::string stamped(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    text += fmt::format("2026-11-20T{:02}:{:02}:{:02}Z line {}\n  and more of it\n", i / 3600, i / 60 % 60, i % 60, i);
  }
  return text;
}

TEST(Page, AtATimeBeginsWithTheFirstRecordOfThatTime) {
  HistoryWorld world;
  world.clock.set_wall(*parse_rfc3339("2026-11-26T00:00:00Z"));
  world.write_turn(world.add_file("a.log"), "no time yet\n" + stamped(0, 5000));
  for (const int second : {1, 2, 777, 2500, 4998}) {
    PageRequest request;
    request.place = Place::kTime;
    request.time = *parse_rfc3339("2026-11-20T00:00:00Z") + std::chrono::seconds(second);
    request.limit = 2;
    EXPECT_THAT(world.page(request).lines[0], testing::EndsWith(fmt::format("line {}", second)));
  }
  PageRequest late;
  late.place = Place::kTime;
  late.time = *parse_rfc3339("2026-11-21T00:00:00Z");
  late.limit = 2;
  EXPECT_THAT(world.page(late).lines, ElementsAre(testing::EndsWith("line 4999"), "  and more of it"));
}

}  // namespace
}  // namespace tailwater
