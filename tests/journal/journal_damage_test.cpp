// Journals that lost bytes: torn at any byte, with flipped bits, without a segment. They open, what is left is right,
// and what is missing is reported.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "journal/page.h"
#include "journal_fixture.h"

namespace tailwater {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class JournalDamage : public JournalFixture {
 protected:
  using Entries = std::map<std::uint64_t, JournalEntry>;

  /// Three segments of two files; the last one has few entries. Leaves it closed, with its files in files_.
  void make_journal() {
    options_.directory = original_;
    options_.segment_bytes = 32 << 10;
    open();
    a_ = add_file("a.log");
    const FileIndex b = add_file("b.log");
    a_key_ = key(a_);
    std::uint64_t a_end = 0;
    std::uint64_t n = 0;
    while (journal_->status().segments < 3 || n % 30 != 0) {
      append({a_, 0, a_end, a_end + 10, at(static_cast<std::int64_t>(1000 + n)), false});
      append({b, 0, n * 7, n * 7 + 7, at(static_cast<std::int64_t>(1000 + n)), false});
      if (n % 20 == 0) append(FileChange{b, FileChangeKind::kRemoved, 0, at(0), std::nullopt, std::nullopt});
      a_end += 10;
      ++n;
      commit();
    }
    a_end_ = a_end;
    entries_ = read_tolerantly();
    close();
    for (const auto& file : fs::directory_iterator(original_))
      if (file.path().extension() == ".tj") files_[file.path().filename()] = read_file(file.path());
    ASSERT_EQ(files_.size(), 3U);
  }

  /// A copy of the original with one file replaced (or removed, for nullptr).
  void open_damaged(const std::string& name, const std::string* bytes) {
    close();
    options_.directory = dir_.path() + "/damaged";
    fs::remove_all(options_.directory);
    fs::create_directory(options_.directory);
    for (const auto& [file, original] : files_) {
      if (file != name) write_file(options_.directory + "/" + file, original);
      if (file == name && bytes != nullptr) write_file(options_.directory + "/" + file, *bytes);
    }
    open();
  }

  /// All entries that can be read; every number that is skipped must have been reported.
  Entries read_tolerantly() {
    Entries entries;
    const JournalEnd end = journal_->end();
    auto reader = journal_->read(journal_->first_point());
    std::uint64_t expected = journal_->first_point().entry;
    for (;;) {
      const auto entry = reader->next(end);
      if (!entry) {
        EXPECT_EQ(entry.error().code, ErrorCode::kGone);
        EXPECT_GT(reader->point().entry, expected);
        expected = reader->point().entry;
        ++gaps_;
        continue;
      }
      if (!*entry) break;
      EXPECT_EQ((*entry)->number, expected) << "an entry was skipped silently";
      expected = (*entry)->number + 1;
      entries.emplace((*entry)->number, (*entry)->entry);
    }
    return entries;
  }
  Entries read_backwards_tolerantly() {
    Entries entries;
    auto reader = journal_->read(journal_->end().point);
    for (;;) {
      const auto before = reader->point();
      const auto entry = reader->previous();
      if (!entry) {
        EXPECT_EQ(entry.error().code, ErrorCode::kGone);
        EXPECT_LT(reader->point().entry, before.entry);
        continue;
      }
      if (!*entry) break;
      entries.emplace((*entry)->number, (*entry)->entry);
    }
    return entries;
  }

  /// What is read is part of the original; what was there can be resolved and what was not is not made up.
  Entries check_what_is_left() {
    gaps_ = 0;
    const Entries left = read_tolerantly();
    EXPECT_EQ(read_backwards_tolerantly(), left);
    for (const auto& [number, entry] : left) {
      const auto original = entries_.find(number);
      if (original == entries_.end() || original->second != entry) {
        ADD_FAILURE() << "entry " << number << " is not what was written";
        break;
      }
    }
    std::uint64_t step = 0;
    for (const auto& [number, entry] : entries_) {
      const auto* extent = std::get_if<Extent>(&entry);
      if (extent == nullptr || extent->file != a_ || ++step % 50 != 0) continue;
      const auto point = journal_->resolve({a_key_, 0, extent->end});
      if (left.contains(number)) {
        EXPECT_TRUE(point && *point == (JournalPoint{number, extent->end})) << number;
      } else if (point) {
        // Exactly before the retained order.
        EXPECT_EQ(*point, journal_->first_point());
      }
    }
    return left;
  }

  /// It can be written to, and opens again with the same content.
  void check_it_goes_on() {
    const auto info = catalog_->add("s", "/log/a.log");
    const std::uint64_t begin = catalog_->status(info->index)->end;
    journal_->open_generation(info->index, 0, {});
    append({info->index, 0, begin, begin + 5, at(9'999'999), false});
    commit();
    const Entries before = read_tolerantly();
    const auto last = before.rbegin()->second;
    EXPECT_EQ(std::get<Extent>(last).end, begin + 5);
    close();
    open();
    EXPECT_EQ(read_tolerantly(), before);
    EXPECT_EQ(journal_->status().torn_records_dropped, 0U);
  }

  std::string last_name() const { return files_.rbegin()->first; }
  std::string middle_name() const { return std::next(files_.begin())->first; }
  std::uint64_t first_of(const std::string& name) const { return std::stoull(name, nullptr, 16); }

  std::string original_ = dir_.path() + "/original";
  std::map<std::string, std::string> files_;
  Entries entries_;
  FileIndex a_ = 0;
  FileKey a_key_;
  std::uint64_t a_end_ = 0;
  int gaps_ = 0;
};

/// All offsets of the used parts of a segment's pages, and a few of the zeros between them.
std::vector<std::size_t> interesting_offsets(const std::string& segment) {
  std::vector<std::size_t> offsets;
  for (std::size_t page = 0; page < segment.size(); page += kPageSize) {
    const std::string bytes = segment.substr(page, kPageSize);
    const std::size_t used = scan_page(bytes).valid_bytes;
    for (std::size_t at = 0; at < bytes.size(); at += at < used ? 1 : 1021) offsets.push_back(page + at);
  }
  return offsets;
}

TEST_F(JournalDamage, TornAtAnyByteOfTheLastSegmentLosesTheTornRecordsOnly) {
  make_journal();
  const std::string& last = files_.at(last_name());
  ASSERT_GT(last.size(), kPageSize);
  for (const std::size_t cut : interesting_offsets(last)) {
    const std::string torn = last.substr(0, cut);
    open_damaged(last_name(), &torn);
    if (HasFatalFailure()) FAIL() << "cut at " << cut;
    std::uint64_t whole = first_of(last_name());
    if (cut > kPageSize) whole += scan_page(torn.substr(kPageSize)).entries.size();
    if (cut % 97 == 0) {
      const Entries left = check_what_is_left();
      EXPECT_EQ(left.size(), whole) << "cut at " << cut;
      EXPECT_EQ(gaps_, 0);
    }
    ASSERT_EQ(journal_->end().point.entry, whole) << "cut at " << cut;
    ASSERT_NE(catalog_->find(a_key_), nullptr) << "cut at " << cut;
    if (cut % 131 == 0) check_it_goes_on();
  }
}

TEST_F(JournalDamage, AFlippedBitInTheLastSegmentMakesNothingUp) {
  make_journal();
  std::mt19937 random(7);
  const std::string& last = files_.at(last_name());
  for (const std::size_t offset : interesting_offsets(last)) {
    if (random() % 4 != 0) continue;
    std::string damaged = last;
    damaged[offset] = static_cast<char>(damaged[offset] ^ (1 << (random() % 8)));
    open_damaged(last_name(), &damaged);
    if (HasFatalFailure()) FAIL() << "byte " << offset;
    check_what_is_left();
    ASSERT_NE(catalog_->find(a_key_), nullptr) << "byte " << offset;
    EXPECT_LE(catalog_->status(a_)->end, a_end_);
    // Even where the snapshot is damaged and with it the order: the files' ends are known from the segment before.
    if (offset < kPageSize) {
      EXPECT_EQ(catalog_->status(a_)->end, a_end_) << "byte " << offset;
    }
    if (random() % 8 == 0) check_it_goes_on();
    if (HasFailure()) FAIL() << "byte " << offset;
  }
}

TEST_F(JournalDamage, ADamagedPageInTheMiddleIsAReportedHole) {
  make_journal();
  std::string damaged = files_.at(middle_name());
  damaged[kPageSize + 3000] = static_cast<char>(damaged[kPageSize + 3000] ^ 1);
  open_damaged(middle_name(), &damaged);
  const Entries left = check_what_is_left();
  EXPECT_EQ(gaps_, 1);
  EXPECT_LT(left.size(), entries_.size());
  EXPECT_GT(left.size(), entries_.size() / 2);
  EXPECT_EQ(catalog_->status(a_)->end, a_end_);
  int lost = 0;
  for (const auto& [number, entry] : entries_) {
    const auto* extent = std::get_if<Extent>(&entry);
    if (extent == nullptr || extent->file != a_ || left.contains(number)) continue;
    ASSERT_EQ(journal_->resolve({a_key_, 0, extent->end}).error().code, ErrorCode::kGone) << number;
    ++lost;
  }
  EXPECT_GT(lost, 100);
  check_it_goes_on();
}

TEST_F(JournalDamage, ADamagedPageHeaderIsAReportedHole) {
  make_journal();
  std::string damaged = files_.at(middle_name());
  damaged[kPageSize + 9] = static_cast<char>(damaged[kPageSize + 9] ^ 1);
  open_damaged(middle_name(), &damaged);
  const Entries left = check_what_is_left();
  EXPECT_EQ(gaps_, 1);
  EXPECT_FALSE(left.contains(first_of(middle_name())));
  EXPECT_TRUE(left.contains(first_of(last_name())));
  check_it_goes_on();
}

TEST_F(JournalDamage, AMissingSegmentIsAReportedHole) {
  make_journal();
  open_damaged(middle_name(), nullptr);
  const Entries left = check_what_is_left();
  EXPECT_EQ(gaps_, 1);
  EXPECT_EQ(left.size(), entries_.size() - (first_of(last_name()) - first_of(middle_name())));
  check_it_goes_on();
}

TEST_F(JournalDamage, ADamagedSnapshotTakesTheOrderBeforeItAlong) {
  make_journal();
  std::string damaged = files_.at(middle_name());
  damaged[kPageHeaderSize + 10] = static_cast<char>(damaged[kPageHeaderSize + 10] ^ 1);
  open_damaged(middle_name(), &damaged);
  EXPECT_EQ(journal_->first_point().entry, first_of(last_name()));
  const Entries left = check_what_is_left();
  EXPECT_EQ(gaps_, 0);
  EXPECT_FALSE(journal_->before_first()->empty());
  EXPECT_EQ(left.size(), entries_.size() - first_of(last_name()));
  EXPECT_FALSE(fs::exists(options_.directory + "/" + files_.begin()->first));
  check_it_goes_on();
}

TEST_F(JournalDamage, WithNoSnapshotLeftTheRecordsThemselvesTellTheFiles) {
  make_journal();
  for (auto& [name, bytes] : files_) bytes[kPageHeaderSize + 1] = static_cast<char>(bytes[kPageHeaderSize + 1] ^ 1);
  const std::string same = files_.at(last_name());
  open_damaged(last_name(), &same);
  ASSERT_NE(catalog_->find(a_key_), nullptr);
  EXPECT_EQ(catalog_->status(a_)->end, a_end_);
  EXPECT_TRUE(read_tolerantly().empty());
  EXPECT_EQ(journal_->before_first()->size(), 2U);
  check_it_goes_on();
}

TEST_F(JournalDamage, FilesThatAreNoJournalAtAllDoNotKeepItFromOpening) {
  make_journal();
  for (const std::string& junk :
       {std::string(), std::string(100, 'x'), std::string(3 * kPageSize, '\0'), std::string(3 * kPageSize, '\x55')}) {
    open_damaged(last_name(), &junk);
    if (HasFatalFailure()) return;
    EXPECT_EQ(check_what_is_left().size(), first_of(last_name()));
    check_it_goes_on();
  }
}

TEST_F(JournalDamage, AnUnknownVersionIsLeftAlone) {
  make_journal();
  PageHeader header = *parse_page_header(files_.at(last_name()));
  header.version = 7;
  std::string newer = std::string(PageBuilder(header).bytes()) + std::string(100, 'n');
  close();
  options_.directory = original_;
  write_file(original_ + "/" + last_name(), newer);
  write_file(original_ + "/0000000000000000.tj.new", "unpublished");
  Catalog catalog;
  const auto journal = Journal::open(options_, catalog);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(journal.error().message.find("version 7"), std::string::npos);
  EXPECT_NE(journal.error().message.find("--state-dir"), std::string::npos);
  EXPECT_NE(journal.error().message.find(original_), std::string::npos);
  files_[last_name()] = newer;
  for (const auto& [name, bytes] : files_) EXPECT_EQ(read_file(original_ + "/" + name), bytes);
  EXPECT_TRUE(fs::exists(original_ + "/0000000000000000.tj.new"));
}

TEST_F(JournalDamage, RandomDamageToAllSegmentsMakesNothingUp) {
  make_journal();
  std::mt19937 random(8);
  const auto originals = files_;
  for (int round = 0; round < 60; ++round) {
    files_ = originals;
    for (int hits = 1 + static_cast<int>(random() % 6); hits > 0; --hits) {
      auto file = std::next(files_.begin(), random() % 3);
      std::string& bytes = file->second;
      if (bytes.empty()) continue;
      const std::size_t offset = random() % bytes.size();
      const std::size_t length = std::min<std::size_t>(bytes.size() - offset, 1 + random() % 2000);
      if (random() % 3 == 0) {
        bytes.resize(offset);
      } else {
        for (std::size_t i = 0; i < length; ++i) bytes[offset + i] = static_cast<char>(random());
      }
    }
    const std::string same = files_.at(last_name());
    open_damaged(last_name(), &same);
    if (HasFatalFailure()) FAIL() << "round " << round;
    check_what_is_left();
    check_it_goes_on();
    if (HasFailure()) FAIL() << "round " << round;
  }
}

}  // namespace
}  // namespace tailwater
