// What only a journal on disk promises: to go on after a restart, to be the only one, to touch nothing that is not its
// own.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "journal_fixture.h"

namespace tailwater {
namespace {

using JournalOnDisk = JournalFixture;

TEST_F(JournalOnDisk, GoesOnWhereItStopped) {
  open();
  const FileIndex a = add_file("a.log");
  FileIdentity identity;
  identity.inode = 17;
  identity.head_fingerprint = 99;
  journal_->checkpoint(a, 0, identity);
  append({a, 0, 0, 100, at(1000), false});
  append(FileChange{a, FileChangeKind::kRotated, 1, at(1500), std::nullopt, std::nullopt});
  FileIdentity second;
  second.inode = 18;
  journal_->open_generation(a, 1, second);
  append({a, 1, 0, 30, at(2000), false});
  commit();
  const auto before = read_all();
  const FileKey name = key(a);
  reopen();
  EXPECT_EQ(read_all(), before);
  EXPECT_EQ(journal_->end().position, (Position{name, 1, 30}));
  EXPECT_EQ(journal_->end().appends, 0U);
  const auto status = *catalog_->status(a);
  EXPECT_EQ(status.info->key, name);
  EXPECT_EQ(status.info->path, "/log/a.log");
  EXPECT_EQ(status.info->stream, "s");
  EXPECT_EQ(status.generation, 1U);
  EXPECT_EQ(status.end, 30U);
  EXPECT_EQ(status.last_arrival, at(2000));
  EXPECT_EQ(status.identity, second);
  EXPECT_TRUE(status.present);
  EXPECT_EQ(catalog_->add("s", "/log/a.log")->index, a);
  // The same extent would have merged without the restart.
  append({a, 1, 30, 40, at(2001), false});
  commit();
  EXPECT_EQ(read_all().size(), before.size() + 1);
  EXPECT_EQ(*journal_->resolve({name, 1, 30}), (JournalPoint{2, 30}));
  EXPECT_EQ(*journal_->resolve({name, 0, 100}), (JournalPoint{0, 100}));
}

TEST_F(JournalOnDisk, RemembersEndedGenerationsAcrossSegments) {
  options_.segment_bytes = 32 << 10;
  open();
  const FileIndex a = add_file("a.log");
  FileIdentity identity;
  for (std::uint32_t generation = 0; generation < 5; ++generation) {
    identity.inode = 100 + generation;
    journal_->open_generation(a, generation, identity);
    journal_->checkpoint(a, generation, identity);
    for (std::uint64_t i = 0; i < 2000; ++i) append({a, generation, i * 3, i * 3 + 2, at(0), false});
    commit();
  }
  EXPECT_GT(journal_->status().segments, 3U);
  const std::size_t count = read_all().size();
  reopen();
  EXPECT_EQ(read_all().size(), count);
  for (std::uint32_t generation = 0; generation < 5; ++generation) {
    EXPECT_EQ(*journal_->resolve({key(a), generation, 5}), (JournalPoint{generation * 2000ULL + 1, 5})) << generation;
    EXPECT_EQ(journal_->resolve({key(a), generation, 6000}).error().code, ErrorCode::kNotFound);
  }
}

TEST_F(JournalOnDisk, RemembersWhatWasThereBeforeAFileWasFollowed) {
  options_.segment_bytes = 32 << 10;
  open();
  const FileIndex a = catalog_->add("s", "/log/a.log")->index;
  FileIdentity packed;
  packed.inode = 7;
  FileIdentity plain;
  plain.inode = 8;
  journal_->open_generation(a, 2, {});
  journal_->add_earlier(a, 0, kUnknownEnd, at(10), packed);
  journal_->add_earlier(a, 1, 500, at(20), plain);
  append({a, 1, 500, 520, at(1000), false});  // late bytes of the latest of them
  for (std::uint64_t i = 0; i < 4000; ++i) append({a, 2, i * 3, i * 3 + 2, at(1000), false});
  commit();
  for (int round = 0; round < 2; ++round) {
    const std::vector<Extent> earlier{{a, 0, 0, kUnknownEnd, at(10), true}, {a, 1, 0, 500, at(20), true}};
    EXPECT_EQ(journal_->earlier(), earlier);
    EXPECT_TRUE(journal_->before_first()->empty());
    for (const Position& position : {Position{key(a), 0, 0}, Position{key(a), 0, 123'456}, Position{key(a), 1, 500}}) {
      EXPECT_EQ(journal_->resolve(position).error().code, ErrorCode::kGone) << to_text(position);
    }
    EXPECT_EQ(*journal_->resolve({key(a), 1, 520}), (JournalPoint{0, 520}));
    if (round > 0) {
      EXPECT_EQ(catalog_->identity(a, 0)->inode, 7U);
    }
    reopen();
  }
}

TEST_F(JournalOnDisk, RemembersThatAFileWasToldAsRemoved) {
  open();
  const FileIndex a = add_file("a.log");
  append(FileChange{a, FileChangeKind::kRemoved, 0, at(1), std::nullopt, std::nullopt});
  commit();
  reopen();
  EXPECT_FALSE(catalog_->status(a)->present);
  append(FileChange{a, FileChangeKind::kAppeared, 0, at(2), std::nullopt, std::nullopt});
  commit();
  reopen();
  EXPECT_TRUE(catalog_->status(a)->present);
}

TEST_F(JournalOnDisk, MakesItsFilesForItsOwnerOnly) {
  open();
  struct stat status {};
  ASSERT_EQ(::stat(options_.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  for (const auto& file : std::filesystem::directory_iterator(options_.directory)) {
    ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << file.path();
  }
}

TEST_F(JournalOnDisk, RefusesASecondOwnerAndNamesTheFirst) {
  open();
  Catalog other;
  const auto second = Journal::open(options_, other);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find(options_.directory), std::string::npos);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(JournalOnDisk, FollowsNoSymlinkOfItsOwnNames) {
  std::filesystem::create_directory(options_.directory);
  std::ofstream(dir_.path() + "/victim") << "precious";
  std::filesystem::create_symlink(dir_.path() + "/victim", options_.directory + "/lock");
  Catalog catalog;
  EXPECT_FALSE(Journal::open(options_, catalog));
  std::filesystem::remove(options_.directory + "/lock");
  std::filesystem::create_symlink(dir_.path() + "/victim", options_.directory + "/0000000000000000.tj");
  EXPECT_FALSE(Journal::open(options_, catalog));
  std::ifstream in(dir_.path() + "/victim");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "precious");
  std::filesystem::rename(options_.directory, dir_.path() + "/real");
  std::filesystem::create_directory_symlink(dir_.path() + "/real", options_.directory);
  EXPECT_FALSE(Journal::open(options_, catalog));
}

TEST_F(JournalOnDisk, FailsWithThePathWhereItCannotBeMade) {
  options_.directory = dir_.path() + "/no/such/parent";
  Catalog catalog;
  const auto journal = Journal::open(options_, catalog);
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find(options_.directory), std::string::npos);
}

TEST_F(JournalOnDisk, ToleratesNamesThatAreNotItsOwn) {
  open();
  const FileIndex a = add_file("a.log");
  append({a, 0, 0, 100, at(1000), false});
  commit();
  close();
  std::ofstream(options_.directory + "/README") << "hello";
  std::ofstream(options_.directory + "/00000000000000FF.tj") << "hello";
  std::ofstream(options_.directory + "/0000000000000007.tj.new") << "left by a crash";
  open();
  EXPECT_EQ(read_all().size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(options_.directory + "/0000000000000007.tj.new"));
  EXPECT_TRUE(std::filesystem::exists(options_.directory + "/README"));
}

TEST_F(JournalOnDisk, RollsOverWithoutEntriesToo) {
  options_.segment_bytes = 32 << 10;
  open();
  const FileIndex a = add_file("a.log");
  FileIdentity identity;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    identity.tail_offset = i;
    journal_->checkpoint(a, 0, identity);
    commit();
  }
  EXPECT_EQ(journal_->status().segments, 1U);
  EXPECT_LT(journal_->status().bytes, 128U << 10);
  reopen();
  EXPECT_EQ(catalog_->status(a)->identity.tail_offset, 4999U);
}

TEST_F(JournalOnDisk, HoldsManyFilesWithLongPaths) {
  options_.budget = 4 << 20;
  options_.segment_bytes = 64 << 10;
  open();
  std::vector<FileIndex> files;
  for (int i = 0; i < 300; ++i) {
    // Any bytes but NUL, up to what a path may have.
    const std::string name = std::string(static_cast<std::size_t>(i % 100) * 40, '\xfe') + std::to_string(i) + "\n";
    files.push_back(add_file(name));
    append({files.back(), 0, 0, 100, at(1000), false});
  }
  commit();
  for (std::uint64_t n = 1; n < 100; ++n) {
    for (const FileIndex file : files) append({file, 0, n * 100, n * 100 + 100, at(1000), false});
    commit();
  }
  const auto before = catalog_->list();
  EXPECT_GT(journal_->status().segments, 1U);
  reopen();
  const auto after = catalog_->list();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].info->path, before[i].info->path);
    EXPECT_EQ(after[i].info->key, before[i].info->key);
    EXPECT_EQ(after[i].end, 10000U);
    EXPECT_TRUE(journal_->resolve({after[i].info->key, 0, 9950}));
  }
  EXPECT_EQ(read_all_backwards(), read_all());
}

}  // namespace
}  // namespace tailwater
