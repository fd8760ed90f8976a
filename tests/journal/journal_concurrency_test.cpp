// Readers of all kinds on their own threads while the journal grows, rolls over and drops its oldest. Run it under
// ThreadSanitizer.
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "journal_fixture.h"

namespace tailwater {
namespace {

class JournalThreads : public JournalFixture, public testing::WithParamInterface<bool> {
 protected:
  JournalThreads() {
    on_disk_ = GetParam();
    options_.segment_bytes = 32 << 10;
    options_.budget = 256 << 10;
    options_.memory_budget = 128 << 10;
  }

  /// Follows everything; bytes of each file come once and in order, unless a loss was reported.
  void follow() {
    auto reader = journal_->read(journal_->first_point());
    std::map<FileIndex, std::uint64_t> ends;
    for (;;) {
      const bool last_round = done_;
      const JournalEnd until = journal_->end();
      for (;;) {
        const auto entry = reader->next(until);
        if (!entry) {
          ends.clear();
          ++gaps_;
          continue;
        }
        if (!*entry) break;
        const auto& extent = std::get<Extent>((*entry)->entry);
        const auto known = ends.find(extent.file);
        if (known != ends.end() && known->second != extent.begin) ++faults_;
        ends[extent.file] = extent.end;
      }
      if (last_round) break;
      std::this_thread::yield();
    }
    for (const auto& [file, end] : ends)
      if (end != written_[file - 1]) ++faults_;
  }

  /// The last entries, again and again, as for `tail=N`.
  void look_back() {
    while (!done_) {
      const JournalEnd from = journal_->end();
      auto reader = journal_->read(from.point);
      std::map<FileIndex, std::uint64_t> begins;
      for (int i = 0; i < 200; ++i) {
        const auto entry = reader->previous();
        if (!entry || !*entry) break;
        const auto& extent = std::get<Extent>((*entry)->entry);
        const auto known = begins.find(extent.file);
        if (known != begins.end() && known->second != extent.end) ++faults_;
        begins[extent.file] = extent.begin;
      }
    }
  }

  void ask() {
    std::mt19937_64 random(1);
    while (!done_) {
      const JournalEnd end = journal_->end();
      const auto point = journal_->resolve(end.position);
      if (end.position.file.is_start()) continue;
      // Evicted meanwhile at the worst; as nothing comes after it in the end, it is exactly the end.
      if (point ? *point != end.point : point.error().code != ErrorCode::kGone) ++faults_;
      Position earlier = end.position;
      earlier.offset = random() % (earlier.offset + 1);
      const auto found = journal_->resolve(earlier);
      if (!found && found.error().code != ErrorCode::kGone) ++faults_;
      if (found && *found > end.point) ++faults_;
      (void)journal_->since(at(static_cast<std::int64_t>(random() % 100000)));
      (void)journal_->before_first();
      (void)journal_->status();
      (void)journal_->unreferenced();
    }
  }

  static constexpr std::size_t kFiles = 3;
  std::atomic<bool> done_{false};
  std::atomic<int> faults_{0};
  std::atomic<int> gaps_{0};
  std::array<std::atomic<std::uint64_t>, kFiles> written_{};
};

INSTANTIATE_TEST_SUITE_P(Journal, JournalThreads, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "OnDisk" : "InMemory"; });

TEST_P(JournalThreads, ReadersSeeTheSameOrderWhileTheJournalGrows) {
  open();
  for (std::size_t i = 0; i < kFiles; ++i) add_file(std::to_string(i));
  std::vector<std::thread> threads;
  threads.emplace_back([this] { follow(); });
  threads.emplace_back([this] { follow(); });
  threads.emplace_back([this] { look_back(); });
  threads.emplace_back([this] { ask(); });
  std::mt19937_64 random(2);
  std::int64_t now = 1000;
  for (int i = 0; i < 40000; ++i) {
    const std::size_t file = random() % kFiles;
    const std::uint64_t begin = written_[file];
    const std::uint64_t end = begin + 1 + random() % 100;
    now += static_cast<std::int64_t>(random() % 3) * 40;
    append({static_cast<FileIndex>(file + 1), 0, begin, end, at(now), false});
    written_[file] = end;
    if (random() % 4 == 0) commit();
    if (i % 20000 == 10000) journal_->sync();
  }
  commit();
  done_ = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(faults_, 0);
  EXPECT_GT(journal_->status().segments_evicted, 0U);
}

// A new segment begins with the state of all files, which takes many writes and an fsync until it has its name.
TEST(JournalSegmentStart, APlaceIsFoundWhileASegmentIsBeingWritten) {
  constexpr std::uint32_t kGenerations = 2000;
  TempDir dir;
  Catalog catalog;
  JournalOptions options;
  options.directory = dir.path() + "/journal";
  options.segment_bytes = 32 << 10;
  auto opened = Journal::open(options, catalog);
  ASSERT_TRUE(opened) << opened.error().message;
  Journal& journal = **opened;
  const auto info = catalog.add("s", "/log/a.log");
  for (std::uint32_t generation = 0; generation < kGenerations; ++generation) {
    FileIdentity identity;
    identity.inode = 1'000'000 + generation;
    identity.head_fingerprint = identity.birth_ns = ~0ULL >> 2;
    journal.open_generation(info->index, generation, identity);
    journal.append({info->index, generation, 0, 10, WallTime{}, false});
  }
  journal.commit();
  std::atomic<bool> done = false;
  int not_found = 0;
  std::thread reader([&] {
    while (!done) {
      Position position = journal.end().position;
      // Farther back than the pages that are looked through first.
      position.offset -= std::min<std::uint64_t>(position.offset, 30'000);
      not_found += journal.resolve(position) ? 0 : 1;
    }
  });
  WallTime time{};
  std::uint64_t end = 10;
  while (journal.status().segments < 30) {
    for (int i = 0; i < 100; ++i, end += 10, time += std::chrono::seconds(1)) {
      journal.append({info->index, kGenerations - 1, end, end + 10, time, false});
    }
    journal.commit();
  }
  done = true;
  reader.join();
  EXPECT_EQ(not_found, 0);
}

}  // namespace
}  // namespace tailwater
