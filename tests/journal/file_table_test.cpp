#include "journal/file_table.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

WallTime at(std::int64_t ms) {
  return WallTime(Milliseconds(ms));
}

FileRecord opened(FileIndex file, std::uint32_t generation, const std::string& key, const std::string& path) {
  FileRecord record;
  record.file = file;
  record.generation = generation;
  record.key = key;
  record.stream = "s";
  record.path = path;
  return record;
}

TEST(FileTable, FollowsAFileThroughItsGenerations) {
  FileTable table;
  table.apply(opened(1, 0, "aaaa", "/a"), 0, false);
  table.apply(Extent{1, 0, 0, 100, at(5), false}, 0, false);
  table.apply(opened(1, 1, "aaaa", "/a"), 1, false);
  table.apply(Extent{1, 1, 0, 30, at(6), false}, 1, false);
  const FileState* state = table.find(*FileKey::parse("aaaa"));
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->generation, 1U);
  EXPECT_EQ(state->end_of(0), 100U);
  EXPECT_EQ(state->end_of(1), 30U);
  EXPECT_EQ(state->end_of(2), std::nullopt);
  EXPECT_EQ(state->last, (LastExtent{1, 1, 30}));
  EXPECT_EQ(table.newest(), state);
}

TEST(FileTable, ASnapshotTakenUpGivesTheSameSnapshot) {
  FileTable table;
  for (FileIndex file = 1; file <= 20; ++file) {
    const std::string key = "key" + std::to_string(file);
    for (std::uint32_t generation = 0; generation < 3; ++generation) {
      table.apply(opened(file, generation, key, "/" + key), file, false);
      table.apply(Extent{file, generation, 0, 100ULL * file, at(file), false}, file, false);
    }
  }
  table.apply(RetiredRecord{20}, 0, false);
  const auto snapshot = table.snapshot(/*names=*/true);
  FileTable again;
  for (const Record& record : snapshot) again.apply(record, 0, true);
  EXPECT_EQ(again.snapshot(true), snapshot);
  EXPECT_EQ(again.next_index(), 21U);
  EXPECT_EQ(again.newest()->info->index, 19U);
}

TEST(FileTable, TheNewestExtentIsOfAFileThatIsNotRetired) {
  FileTable table;
  for (FileIndex file = 1; file <= 3; ++file) {
    table.apply(opened(file, 0, "key" + std::to_string(file), "/" + std::to_string(file)), file, false);
    table.apply(Extent{file, 0, 0, 10, at(1), false}, file, false);
  }
  table.apply(RetiredRecord{3}, 4, false);
  EXPECT_EQ(table.newest()->info->index, 2U);
  table.apply(RetiredRecord{2}, 4, false);
  table.apply(RetiredRecord{1}, 4, false);
  EXPECT_EQ(table.newest(), nullptr);
}

TEST(FileTable, ForgetsTheOldestGenerationsOfThoseWithTheMost) {
  FileTable table;
  for (FileIndex file = 1; file <= 500; ++file) {
    const std::uint32_t generations = file == 1 ? 2 : 60;
    for (std::uint32_t generation = 0; generation < generations; ++generation)
      table.apply(opened(file, generation, "key" + std::to_string(file), "/" + std::to_string(file)), 0, false);
  }
  table.forget_oldest_generations();
  std::size_t ended = 0;
  for (const auto& [file, state] : table.files()) ended += state.ended.size();
  EXPECT_LE(ended, FileTable::kMaxEnded);
  EXPECT_GT(ended, FileTable::kMaxEnded / 4);
  EXPECT_EQ(table.find(1)->ended.size(), 1U);
  EXPECT_EQ(table.find(2)->ended.back().generation, 58U);
}

TEST(FileTable, DropsWhatADamagedJournalLeftTwiceOrWithoutAName) {
  FileTable table;
  table.apply(opened(1, 0, "aaaa", "/same"), 0, false);
  table.apply(opened(2, 0, "bbbb", "/same"), 0, false);
  table.apply(opened(3, 0, "bbbb", "/other"), 0, false);
  table.apply(Extent{4, 2, 0, 10, at(1), false}, 0, false);
  table.apply(opened(5, 0, "no key", "/x"), 0, false);
  table.drop_unusable();
  ASSERT_EQ(table.files().size(), 2U);
  EXPECT_EQ(table.find(*FileKey::parse("aaaa")), table.find(1));
  EXPECT_EQ(table.find(*FileKey::parse("bbbb")), table.find(3));
  Catalog catalog;
  ASSERT_TRUE(table.restore(catalog));
  EXPECT_EQ(catalog.add("s", "/new")->index, 6U) << "no index is used twice";
}

}  // namespace
}  // namespace tailwater
