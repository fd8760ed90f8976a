// A disk that refuses: the journal goes on in memory, says so, and is whole on disk again when the disk is. And a
// process that is killed: what was committed is there.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "journal_fixture.h"

namespace tailwater {
namespace {

using namespace std::chrono_literals;

/// No file may grow beyond a size, as if the disk had no more room, until it is lifted.
class FileSizeLimit {
 public:
  FileSizeLimit() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    lift();
    ::signal(SIGXFSZ, old_handler_);
  }
  void set(rlim_t bytes) const {
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  void lift() const { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
  void (*old_handler_)(int) = nullptr;
};

class JournalDisk : public JournalFixture {
 protected:
  /// Entries that do not merge, each committed by itself.
  void append_entries(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      append({file_, 0, end_, end_ + 10, at(static_cast<std::int64_t>(1000 + end_ * 100)), false});
      end_ += 10;
      commit();
    }
  }
  std::uint64_t entries() const { return end_ / 10; }

  void expect_whole() {
    const auto all = read_all();
    ASSERT_EQ(all.size(), entries());
    std::uint64_t begin = 0;
    for (const JournalEntry& entry : all) {
      ASSERT_EQ(std::get<Extent>(entry).begin, begin);
      begin = std::get<Extent>(entry).end;
    }
  }

  FileIndex file_ = 0;
  std::uint64_t end_ = 0;
};

TEST_F(JournalDisk, GoesOnInMemoryWhileTheDiskRefusesAndBackToItAfterwards) {
  open();
  file_ = add_file("a.log");
  append_entries(100);
  EXPECT_TRUE(journal_->status().persistent);
  const FileSizeLimit limit;
  limit.set(18 << 10);
  append_entries(2000);
  JournalStatus status = journal_->status();
  EXPECT_FALSE(status.persistent);
  EXPECT_NE(status.degraded_reason.find(options_.directory), std::string::npos) << status.degraded_reason;
  EXPECT_EQ(status.write_errors, 1U) << "the disk is asked again once a second at most";
  expect_whole();
  EXPECT_EQ(journal_->end().position, (Position{key(file_), 0, end_}));
  EXPECT_TRUE(journal_->resolve({key(file_), 0, 10005}));

  clock_.advance(1s);
  append_entries(10);
  EXPECT_EQ(journal_->status().write_errors, 2U);
  journal_->sync();
  EXPECT_EQ(journal_->status().write_errors, 3U) << "sync asks at once";

  limit.lift();
  append_entries(10);
  EXPECT_FALSE(journal_->status().persistent);
  clock_.advance(1s);
  append_entries(10);
  status = journal_->status();
  EXPECT_TRUE(status.persistent);
  EXPECT_EQ(status.degraded_reason, "");
  expect_whole();
  reopen();
  expect_whole();
}

TEST_F(JournalDisk, KeepsWithinItsMemoryAndReportsWhatItHadToDrop) {
  options_.memory_budget = 200 << 10;
  open();
  file_ = add_file("a.log");
  append_entries(500);
  const FileSizeLimit limit;
  limit.set(20 << 10);
  append_entries(60000);
  EXPECT_GT(journal_->status().segments_evicted, 0U);
  EXPECT_LE(journal_->status().bytes, (200U << 10) + (96U << 10));
  limit.lift();
  journal_->sync();
  EXPECT_TRUE(journal_->status().persistent);
  for (int round = 0; round < 2; ++round) {
    auto reader = journal_->read(journal_->first_point());
    std::uint64_t read_to = 0;
    int gaps = 0;
    for (;;) {
      const auto entry = reader->next(journal_->end());
      if (!entry) {
        ASSERT_EQ(entry.error().code, ErrorCode::kGone);
        ++gaps;
        continue;
      }
      if (!*entry) break;
      const auto& extent = std::get<Extent>((*entry)->entry);
      if (gaps == 0) {
        ASSERT_EQ(extent.begin, read_to);
      }
      read_to = extent.end;
    }
    EXPECT_EQ(gaps, 1);
    EXPECT_EQ(read_to, end_);
    EXPECT_EQ(journal_->resolve({key(file_), 0, 200005}).error().code, ErrorCode::kGone);
    EXPECT_TRUE(journal_->resolve({key(file_), 0, 1005}));
    EXPECT_EQ(*journal_->resolve({key(file_), 0, end_ - 15}), (JournalPoint{entries() - 2, end_ - 15}));
    reopen();
    EXPECT_EQ(catalog_->status(file_)->end, end_);
  }
}

TEST_F(JournalDisk, StartsOnADiskThatIsFull) {
  open();
  file_ = add_file("a.log");
  append_entries(10);
  close();
  const FileSizeLimit limit;
  limit.set(1);
  open();
  append_entries(10);
  EXPECT_FALSE(journal_->status().persistent);
  expect_whole();
  limit.lift();
  journal_->sync();
  EXPECT_TRUE(journal_->status().persistent);
  reopen();
  expect_whole();
}

class JournalOnTinyDisk : public JournalDisk {
 protected:
  void SetUp() override {
    mount_point_ = dir_.folder("tiny");
    if (::mount("tmpfs", mount_point_.c_str(), "tmpfs", 0, "size=256k") != 0)
      GTEST_SKIP() << "mounting a tmpfs takes more privileges";
    options_.directory = mount_point_ + "/journal";
  }
  void TearDown() override {
    close();
    ::umount2(mount_point_.c_str(), MNT_DETACH);
  }
  void fill() const {
    std::ofstream filler(mount_point_ + "/filler", std::ios::binary);
    while (filler << std::string(4096, 'f') && filler.flush()) {
    }
  }

  std::string mount_point_;
};

TEST_F(JournalOnTinyDisk, SurvivesThatItIsFullForAWhile) {
  open();
  file_ = add_file("a.log");
  append_entries(50);
  fill();
  append_entries(5000);
  EXPECT_FALSE(journal_->status().persistent);
  EXPECT_NE(journal_->status().degraded_reason.find("No space left"), std::string::npos);
  expect_whole();
  std::filesystem::remove(mount_point_ + "/filler");
  clock_.advance(2s);
  append_entries(1);
  EXPECT_TRUE(journal_->status().persistent);
  reopen();
  expect_whole();
}

TEST_F(JournalOnTinyDisk, NewSegmentsWaitForRoomToo) {
  options_.segment_bytes = 32 << 10;
  open();
  file_ = add_file("a.log");
  append_entries(50);
  fill();
  append_entries(5000);
  EXPECT_GT(journal_->status().segments, 3U);
  EXPECT_FALSE(journal_->status().persistent);
  expect_whole();
  std::filesystem::remove(mount_point_ + "/filler");
  journal_->sync();
  EXPECT_TRUE(journal_->status().persistent) << journal_->status().degraded_reason;
  reopen();
  expect_whole();
}

/// Appends at random to a disk that fails at random, stops at random. After each stop the files are followed from where
/// the journal says they are, as ingest would; all bytes are then there once, in order, or reported as missing.
class JournalOnAFlakyDisk : public JournalDisk, public testing::WithParamInterface<int> {
 protected:
  void start() {
    open();
    ends_.clear();
    for (int i = 0; i < 3; ++i) {
      const auto info = catalog_->add("s", "/log/" + std::to_string(i));
      journal_->open_generation(info->index, 0, {});
      ends_[info->index] = catalog_->status(info->index)->end;
    }
    commit();
  }

  void append_some(std::mt19937_64& random) {
    for (std::uint64_t n = random() % 3000; n > 0; --n) {
      auto file = std::next(ends_.begin(), static_cast<std::ptrdiff_t>(random() % ends_.size()));
      const std::uint64_t end = file->second + 1 + random() % 100;
      append({file->first, 0, file->second, end, at(static_cast<std::int64_t>(now_ += random() % 50)), false});
      file->second = end;
      if (random() % 5 == 0) commit();
      if (random() % 200 == 0) clock_.advance(300ms);
      if (random() % 1000 == 0) journal_->sync();
    }
    commit();
  }

  void check() {
    std::map<FileIndex, std::uint64_t> seen;
    std::set<FileIndex> uncertain;  // since a gap was reported, until the file comes again
    const auto bytes_before = *journal_->before_first();
    for (const Extent& before : bytes_before) seen[before.file] = before.end;
    auto reader = journal_->read(journal_->first_point());
    std::uint64_t number = journal_->first_point().entry;
    for (;;) {
      const auto entry = reader->next(journal_->end());
      if (!entry) {
        ASSERT_EQ(entry.error().code, ErrorCode::kGone);
        ASSERT_GT(reader->point().entry, number);
        number = reader->point().entry;
        for (const auto& [file, end] : ends_) uncertain.insert(file);
        continue;
      }
      if (!*entry) break;
      ASSERT_EQ((*entry)->number, number++);
      const auto& extent = std::get<Extent>((*entry)->entry);
      if (uncertain.erase(extent.file) > 0) {
        ASSERT_GE(extent.begin, seen[extent.file]);
      } else {
        ASSERT_EQ(extent.begin, seen[extent.file]);
      }
      seen[extent.file] = extent.end;
    }
    for (const auto& [file, end] : ends_) {
      if (!uncertain.contains(file)) {
        ASSERT_EQ(seen[file], end);
      }
      if (end > 0) {
        const auto point = journal_->resolve({key(file), 0, end});
        ASSERT_TRUE(point || point.error().code == ErrorCode::kGone);
      }
    }
  }

  std::map<FileIndex, std::uint64_t> ends_;
  std::uint64_t now_ = 1000;
};

INSTANTIATE_TEST_SUITE_P(Seeds, JournalOnAFlakyDisk, testing::Range(0, 4));

TEST_P(JournalOnAFlakyDisk, LosesNothingSilently) {
  std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
  options_.segment_bytes = 48 << 10;
  options_.budget = 400 << 10;
  options_.memory_budget = 100 << 10;
  const FileSizeLimit limit;
  int degraded = 0;
  start();
  for (int round = 0; round < 60; ++round) {
    if (random() % 3 == 0) limit.set((random() % 60) << 10);
    if (random() % 3 == 0) limit.lift();
    append_some(random);
    degraded += journal_->status().persistent ? 0 : 1;
    check();
    if (random() % 5 == 0) {
      close();
      if (random() % 2 == 0) limit.lift();
      start();
      check();
    }
    if (HasFatalFailure()) FAIL() << "in round " << round;
  }
  limit.lift();
  journal_->sync();
  EXPECT_TRUE(journal_->status().persistent) << journal_->status().degraded_reason;
  close();
  start();
  check();
  EXPECT_GT(degraded, 5);
}

TEST_F(JournalDisk, HasEverythingThatWasCommittedWhenItsProcessIsKilled) {
  std::mt19937 random(9);
  options_.segment_bytes = 32 << 10;
  std::uint64_t known_end = 0;
  for (int round = 0; round < 15; ++round) {
    int acks[2];
    ASSERT_EQ(::pipe2(acks, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      open();
      const auto info = catalog_->add("s", "/log/a.log");
      journal_->open_generation(info->index, 0, {});
      file_ = info->index;
      end_ = catalog_->status(file_)->end;
      for (;;) {
        append_entries(1);
        if (::write(acks[1], &end_, sizeof end_) != sizeof end_) ::_exit(1);
      }
    }
    ::close(acks[1]);
    std::uint64_t acked = 0;
    for (std::uint64_t n = 1 + random() % 2000; n > 0; --n) ASSERT_EQ(::read(acks[0], &acked, sizeof acked), 8);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(acks[0], &acked, sizeof acked) == 8) {
    }
    ::close(acks[0]);
    open();
    const auto files = catalog_->list();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_GE(files[0].end, acked);
    EXPECT_GT(acked, known_end);
    known_end = acked;
    end_ = files[0].end;
    expect_whole();
    close();
  }
}

}  // namespace
}  // namespace tailwater
