// The journal through its interface, on disk and in memory: one suite over both.
#include "journal/journal.h"

#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "journal_fixture.h"

namespace tailwater {
namespace {

using namespace std::chrono_literals;

class JournalKinds : public JournalFixture, public testing::WithParamInterface<bool> {
 protected:
  JournalKinds() { on_disk_ = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Journal, JournalKinds, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "OnDisk" : "InMemory"; });

TEST_P(JournalKinds, IsEmptyAtFirst) {
  open();
  EXPECT_EQ(to_text(journal_->end().position), "start.0.0");
  EXPECT_EQ(journal_->end().appends, 0U);
  EXPECT_TRUE(journal_->before_first()->empty());
  EXPECT_EQ(*journal_->resolve({FileKey::start(), 0, 0}), journal_->first_point());
  EXPECT_TRUE(read_all().empty());
  EXPECT_EQ(journal_->since(at(0)), journal_->first_point());
  EXPECT_EQ(journal_->status().persistent, on_disk_);
}

TEST_P(JournalKinds, GivesBackEntriesInTheOrderOfArrivalBothWays) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(1000), false});
  append({b, 0, 0, 50, at(1001), false});
  append(FileChange{b, FileChangeKind::kTruncated, 1, at(1002), Position{key(b), 0, 50}, 7});
  append({a, 0, 100, 120, at(2000), true});
  commit();
  const std::vector<JournalEntry> expected{
      Extent{a, 0, 0, 100, at(1000), false}, Extent{b, 0, 0, 50, at(1001), false},
      FileChange{b, FileChangeKind::kTruncated, 1, at(1002), Position{key(b), 0, 50}, 7},
      Extent{a, 0, 100, 120, at(2000), true}};
  EXPECT_EQ(read_all(), expected);
  EXPECT_EQ(read_all_backwards(), expected);
}

TEST_P(JournalKinds, ShowsNothingBeforeItIsCommitted) {
  open();
  const FileIndex a = add_file("a.log");
  append({a, 0, 0, 100, at(1000), false});
  EXPECT_TRUE(read_all().empty());
  EXPECT_EQ(to_text(journal_->end().position), "start.0.0");
  EXPECT_EQ(journal_->resolve({key(a), 0, 100}).error().code, ErrorCode::kNotFound);
  commit();
  EXPECT_EQ(read_all().size(), 1U);
  EXPECT_EQ(journal_->end().position, (Position{key(a), 0, 100}));
  EXPECT_EQ(journal_->end().appends, 1U);
  EXPECT_TRUE(journal_->resolve({key(a), 0, 100}));
}

TEST_P(JournalKinds, MergesWhatArrivesTogether) {
  open();
  const FileIndex a = add_file("a.log");
  const auto first = append({a, 0, 0, 100, at(1000), false});
  commit();
  const JournalEnd between = journal_->end();
  const auto second = append({a, 0, 100, 200, at(1100), false});
  commit();
  EXPECT_EQ(first.point.entry, second.point.entry);
  EXPECT_EQ(second.arrived, at(1000));
  EXPECT_EQ(second.appends, 2U);
  EXPECT_EQ(read_all(), std::vector<JournalEntry>({Extent{a, 0, 0, 200, at(1000), false}}));
  // As it was in between.
  auto reader = journal_->read(journal_->first_point());
  EXPECT_EQ(std::get<Extent>((*reader->next(between))->entry), (Extent{a, 0, 0, 100, at(1000), false}));
  EXPECT_FALSE(*reader->next(between));
  EXPECT_EQ(std::get<Extent>((*reader->next(journal_->end()))->entry), (Extent{a, 0, 100, 200, at(1000), false}));
  EXPECT_FALSE(*reader->next(journal_->end()));
  EXPECT_EQ(reader->point(), journal_->end().point);
  // Backwards from there.
  auto backwards = journal_->read(between.point);
  EXPECT_EQ(std::get<Extent>((*backwards->previous())->entry), (Extent{a, 0, 0, 100, at(1000), false}));
  EXPECT_FALSE(*backwards->previous());
}

TEST_P(JournalKinds, DoesNotMergeWhatDoesNotBelongTogether) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(1000), false});
  append({a, 0, 100, 200, at(1101), false});  // too late
  append({b, 0, 0, 10, at(1101), false});
  append({a, 0, 200, 300, at(1102), false});  // another file in between
  append({a, 0, 301, 400, at(1103), false});  // does not continue
  append({a, 0, 400, 410, at(1104), true});   // merges, and is partial from here
  append({a, 0, 410, 420, at(1105), false});  // after a partial record
  commit();
  const std::vector<JournalEntry> expected{
      Extent{a, 0, 0, 100, at(1000), false},  Extent{a, 0, 100, 200, at(1101), false},
      Extent{b, 0, 0, 10, at(1101), false},   Extent{a, 0, 200, 300, at(1102), false},
      Extent{a, 0, 301, 410, at(1103), true}, Extent{a, 0, 410, 420, at(1105), false}};
  EXPECT_EQ(read_all(), expected);
}

TEST_P(JournalKinds, NeverLetsArrivalGoBackwards) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(5000), false});
  EXPECT_EQ(append({b, 0, 0, 100, at(4000), false}).arrived, at(5000));
  EXPECT_EQ(append(FileChange{b, FileChangeKind::kRemoved, 0, at(1), std::nullopt, std::nullopt}).arrived, at(5000));
}

TEST_P(JournalKinds, ResolvesPositionsInsideAndAtTheEndsOfExtents) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(1000), false});
  append({b, 0, 0, 100, at(2000), false});
  append({a, 0, 100, 200, at(3000), false});
  commit();
  const std::uint64_t first = journal_->first_point().entry;
  EXPECT_EQ(*journal_->resolve({key(a), 0, 1}), (JournalPoint{first, 1}));
  EXPECT_EQ(*journal_->resolve({key(a), 0, 100}), (JournalPoint{first, 100}));
  EXPECT_EQ(*journal_->resolve({key(a), 0, 101}), (JournalPoint{first + 2, 101}));
  EXPECT_EQ(*journal_->resolve({key(a), 0, 200}), (JournalPoint{first + 2, 200}));
  EXPECT_EQ(*journal_->resolve({key(b), 0, 0}), (JournalPoint{first, 0}));  // opened before a's extent
  EXPECT_EQ(journal_->resolve({key(a), 0, 201}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(journal_->resolve({key(a), 1, 0}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(journal_->resolve({*FileKey::parse("zzzzzzzzzz"), 0, 0}).error().code, ErrorCode::kNotFound);
}

TEST_P(JournalKinds, ResolvesTheBeginningOfAGenerationBehindItsChange) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(1000), false});
  journal_->open_generation(a, 1, {});
  const auto change = append(FileChange{a, FileChangeKind::kRotated, 1, at(2000), std::nullopt, std::nullopt});
  append({b, 0, 0, 100, at(3000), false});
  append({a, 1, 0, 10, at(4000), false});
  append(FileChange{a, FileChangeKind::kRemoved, 1, at(5000), std::nullopt, std::nullopt});
  append(FileChange{a, FileChangeKind::kAppeared, 1, at(6000), std::nullopt, std::nullopt});
  commit();
  EXPECT_EQ(*journal_->resolve({key(a), 1, 0}), change.point);
  EXPECT_EQ(*journal_->resolve({key(a), 0, 100}), (JournalPoint{journal_->first_point().entry, 100}));
  EXPECT_EQ(journal_->resolve({key(a), 0, 101}).error().code, ErrorCode::kNotFound);
}

TEST_P(JournalKinds, ResolvesTheBeginningOfAFileWithoutAnyEntryToTheEnd) {
  open();
  const FileIndex a = add_file("a.log");
  append({a, 0, 0, 100, at(1000), false});
  const FileIndex b = add_file("b.log");
  commit();
  EXPECT_EQ(*journal_->resolve({key(b), 0, 0}), journal_->end().point);
}

TEST_P(JournalKinds, FindsTheFirstEntrySinceATime) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  std::vector<JournalPoint> points;
  for (int i = 0; i < 5000; ++i) {
    const FileIndex file = i % 2 == 0 ? a : b;
    const auto n = static_cast<std::uint64_t>(i / 2);
    const auto appended = append({file, 0, n * 10, n * 10 + 10, at(1000 + i * 10), false});
    points.push_back({appended.point.entry, 0});
  }
  commit();
  for (std::size_t i = 0; i < points.size(); i += 7) {
    EXPECT_EQ(journal_->since(at(1000 + static_cast<int>(i) * 10)), points[i]);
    EXPECT_EQ(journal_->since(at(1000 + static_cast<int>(i) * 10 - 9)), points[i]);
  }
  EXPECT_EQ(journal_->since(at(0)), journal_->first_point());
  EXPECT_EQ(journal_->since(at(10'000'000)), journal_->end().point);
}

TEST_P(JournalKinds, DropsTheOldestBeyondTheBudgetAndSaysWhatLiesBefore) {
  options_.budget = 256 << 10;
  options_.memory_budget = 256 << 10;
  options_.segment_bytes = 64 << 10;
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({b, 0, 0, 77, at(1), false});
  std::uint64_t end = 0;
  for (int i = 0; i < 40000; ++i, end += 10) {
    append({a, 0, end, end + 10, at(1000 + i * 200), false});
    if (i % 100 == 0) commit();
  }
  commit();
  EXPECT_GT(journal_->first_point().entry, 0U);
  EXPECT_LE(journal_->status().bytes, 256U << 10);
  EXPECT_GT(journal_->status().segments_evicted, 0U);
  const auto before = *journal_->before_first();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[1], (Extent{b, 0, 0, 77, at(1), false}));
  const auto kept = read_all();
  // What lies before and what is retained is everything, without overlap.
  EXPECT_EQ(before[0].end, std::get<Extent>(kept.front()).begin);
  EXPECT_EQ(std::get<Extent>(kept.back()).end, end);
  EXPECT_EQ(journal_->resolve({FileKey::start(), 0, 0}).error().code, ErrorCode::kGone);
  EXPECT_EQ(journal_->resolve({key(b), 0, 77}).error().code, ErrorCode::kGone);
  EXPECT_EQ(journal_->resolve({key(a), 0, 10}).error().code, ErrorCode::kGone);
  // The place just before the first retained entry can still be told.
  EXPECT_TRUE(journal_->resolve({key(a), 0, before[0].end + 1}));
  if (!on_disk_) return;
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(options_.directory))
    files += file.path().extension() == ".tj" ? 1 : 0;
  EXPECT_EQ(files, journal_->status().segments);
}

TEST_P(JournalKinds, ReadersFinishTheSegmentThatIsEvictedUnderThem) {
  options_.budget = 640 << 10;
  options_.memory_budget = 640 << 10;
  options_.segment_bytes = 160 << 10;
  open();
  const FileIndex a = add_file("a.log");
  std::uint64_t end = 0;
  const auto append_some = [&](int count) {
    for (int i = 0; i < count; ++i, end += 10)
      append({a, 0, end, end + 10, at(static_cast<std::int64_t>(end) * 100), false});
    commit();
  };
  append_some(12000);
  auto reader = journal_->read(journal_->first_point());
  ASSERT_TRUE(*reader->next(journal_->end()));
  append_some(60000);
  EXPECT_GT(journal_->first_point().entry, 12000U);
  std::uint64_t read_to = 10;
  for (;;) {
    const auto entry = reader->next(journal_->end());
    if (!entry) {
      EXPECT_EQ(entry.error().code, ErrorCode::kGone);
      break;
    }
    ASSERT_TRUE(*entry);
    ASSERT_EQ(std::get<Extent>((*entry)->entry).begin, read_to);
    read_to = std::get<Extent>((*entry)->entry).end;
  }
  EXPECT_GT(read_to, 6000U * 10);
  // And then goes on where the retained order begins.
  EXPECT_EQ(reader->point(), journal_->first_point());
  const auto entry = *reader->next(journal_->end());
  EXPECT_EQ(entry->number, journal_->first_point().entry);
}

TEST_P(JournalKinds, ForgetsARetiredFile) {
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  append({a, 0, 0, 100, at(1000), false});
  append({b, 0, 0, 100, at(2000), false});
  commit();
  journal_->retire_file(b);
  commit();
  EXPECT_EQ(journal_->resolve({key(b), 0, 100}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(journal_->end().position, (Position{key(a), 0, 100}));
  reopen();
  if (!on_disk_) return;
  EXPECT_EQ(catalog_->find(b), nullptr);
  EXPECT_EQ(journal_->end().position, (Position{key(a), 0, 100}));
  EXPECT_GT(catalog_->add("s", "/new")->index, b);
}

TEST_P(JournalKinds, NamesFilesThatNothingRefersToAnyMore) {
  options_.budget = 128 << 10;
  options_.memory_budget = 128 << 10;
  options_.segment_bytes = 32 << 10;
  open();
  const FileIndex a = add_file("a.log");
  const FileIndex b = add_file("b.log");
  catalog_->begin_generation(b, 0, {}, nullptr);
  append({a, 0, 0, 100, at(1000), false});
  commit();
  EXPECT_TRUE(journal_->unreferenced().empty());
  for (std::uint64_t i = 0; i < 20000; ++i)
    append({b, 0, i, i + 1, at(2000 + static_cast<std::int64_t>(i) * 200), false});
  commit();
  EXPECT_EQ(journal_->unreferenced(), std::vector<FileIndex>({a}));
}

}  // namespace
}  // namespace tailwater
