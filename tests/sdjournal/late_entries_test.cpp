#include "sdjournal/late_entries.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

constexpr char kOnline = 1;
constexpr char kArchived = 2;

std::string id_of(char digit) {
  return std::string(32, digit);
}

void put_number(std::string& bytes, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(number >> (8 * i) & 0xFF);
}

/// As journald writes the beginning of a file; the sequence's ID is one digit over and over.
std::string head_of(char digit, std::uint64_t first, std::uint64_t last, char state = kOnline) {
  std::string bytes(JournalFileHead::kBytes, '\0');
  bytes.replace(0, 8, "LPKSHHRH");
  bytes[16] = state;
  const int half = digit <= '9' ? digit - '0' : digit - 'a' + 10;
  bytes.replace(72, 16, std::string(16, static_cast<char>(half * 17)));
  put_number(bytes, 160, last);
  put_number(bytes, 168, first);
  return bytes;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(JournalFileHead, ReadsSequenceAndNumbers) {
  const auto head = JournalFileHead::parse(head_of('a', 7, 300, kArchived));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->sequence, id_of('a'));
  EXPECT_EQ(head->first, 7U);
  EXPECT_EQ(head->last, 300U);
  EXPECT_TRUE(head->is_archived);
  EXPECT_FALSE(JournalFileHead::parse(head_of('a', 0, 0))) << "no entry yet";
  EXPECT_FALSE(JournalFileHead::parse(head_of('a', 9, 8)));
  EXPECT_FALSE(JournalFileHead::parse(head_of('a', 1, 2).substr(1)));
  EXPECT_FALSE(JournalFileHead::parse(head_of('a', 1, 2).substr(0, 175)));
}

TEST(JournalFiles, FindsFilesWhereLibsystemdDoes) {
  TempDir directory;
  const std::string machine = directory.path() + "/" + id_of('1');
  std::filesystem::create_directories(machine + "/" + id_of('2'));
  std::filesystem::create_directory(directory.file("remote"));
  write_file(directory.file("top.journal"), head_of('a', 1, 10));
  write_file(directory.file("remote/x.journal"), head_of('a', 1, 10));
  write_file(machine + "/" + id_of('2') + "/deep.journal", head_of('a', 1, 10));
  write_file(machine + "/system.journal", head_of('a', 20, 30));
  write_file(machine + "/broken.journal~", head_of('a', 20, 30));
  JournalFiles files({directory.path(), "/does/not/exist"});
  files.look_for_files();
  EXPECT_EQ(files.all().size(), 2U);
  EXPECT_EQ(files.with(id_of('a'), 11, 25), std::vector<std::string>{machine + "/system.journal"});
  EXPECT_EQ(files.with(id_of('a'), 10, 20).size(), 2U);
  EXPECT_TRUE(files.with(id_of('b'), 1, 100).empty());
  write_file(machine + "/system.journal", head_of('a', 20, 40));
  files.look_again();
  EXPECT_EQ(files.with(id_of('a'), 35, 35).size(), 1U);
}

TEST(SequenceMarks, KeepsWhatWasRaisedLast) {
  SequenceMarks marks;
  EXPECT_EQ(marks.to_text(), "-");
  marks.raise(id_of('a'), 5);
  marks.raise(id_of('b'), 7);
  marks.raise(id_of('a'), 3);
  EXPECT_EQ(marks.of(id_of('a')), 5U) << "never lowered";
  EXPECT_EQ(marks.to_text(), id_of('a') + "=5," + id_of('b') + "=7");
  const auto again = SequenceMarks::parse(marks.to_text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->to_text(), marks.to_text());
  for (std::size_t i = 0; i < SequenceMarks::kMax; ++i) marks.raise(fmt::format("{:032x}", i), i);
  EXPECT_FALSE(marks.of(id_of('a')));
  EXPECT_TRUE(SequenceMarks::parse(marks.to_text()));
  for (const std::string& wrong : {std::string(), id_of('a'), id_of('a') + "=", id_of('a') + "=1,", id_of('g') + "=1",
                                   id_of('a') + "=1," + id_of('a') + "=2"}) {
    EXPECT_FALSE(SequenceMarks::parse(wrong)) << wrong;
  }
}

TEST(EntryCursor, KnowsCopiesByTheirMomentAndContents) {
  const auto one = EntryCursor::parse("s=" + id_of('a') + ";i=1f;b=0b;m=2;t=3;x=4");
  EXPECT_EQ(one.number, 31U);
  EXPECT_EQ(one.sequence(), id_of('a'));
  EXPECT_EQ(one.moment(), "b=0b;m=2;t=3");
  EXPECT_TRUE(one.is_same(EntryCursor::parse("s=" + id_of('b') + ";i=1;b=0b;m=2;t=3;x=4")));
  EXPECT_FALSE(one.is_same(EntryCursor::parse("s=" + id_of('b') + ";i=1f;b=0b;m=2;t=3;x=5")));
  EXPECT_FALSE(one.is_same(EntryCursor::parse("s=" + id_of('a') + ";i=20;b=0b;m=2;t=3;x=4"))) << "said twice";
  EXPECT_FALSE(EntryCursor{}.is_same(EntryCursor{}));
  EXPECT_EQ(EntryCursor::of("ab", 255).text, "s=ab;i=ff");
}

class LateEntriesTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& head) const { write_file(directory_.file(name), head); }
  [[nodiscard]] std::optional<LateEntries::Missing> before(LateEntries& late, char sequence, std::uint64_t number,
                                                           Milliseconds age = {}) const {
    return late.before(EntryCursor::of(id_of(sequence), number), clock_.wall_now().time_since_epoch() - age);
  }
  [[nodiscard]] static SequenceMarks marks(char sequence, std::uint64_t number) {
    SequenceMarks all;
    all.raise(id_of(sequence), number);
    return all;
  }

  TempDir directory_;
  FakeClock clock_;
};

TEST_F(LateEntriesTest, AGapInTheNumbersIsLookedForInOtherFiles) {
  write("system.journal", head_of('a', 1, 61));
  LateEntries late(directory_.path(), clock_);
  late.begin(marks('a', 50));
  EXPECT_FALSE(before(late, 'a', 51));
  write("user-1000.journal", head_of('a', 51, 60));  // of which its reader has not heard yet
  const auto missing = before(late, 'a', 61);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->first, 51U);
  EXPECT_EQ(missing->last, 60U);
  EXPECT_EQ(missing->files.size(), 2U);
  late.saw(EntryCursor::of(id_of('a'), 60));
  late.done_with(*missing, 10);
  EXPECT_FALSE(before(late, 'a', 61));
  EXPECT_TRUE(late.has_read(EntryCursor::of(id_of('a'), 55)));
  EXPECT_FALSE(late.has_read(EntryCursor::of(id_of('a'), 61)));
}

TEST_F(LateEntriesTest, LookingInVainIsBounded) {
  LateEntries late(directory_.path(), clock_);
  late.begin(marks('a', 1));
  int looked = 0;
  for (std::uint64_t number = 3; number < 2003; number += 2) {
    if (const auto missing = before(late, 'a', number)) {
      late.done_with(*missing, 0);
      ++looked;
    }
    late.saw(EntryCursor::of(id_of('a'), number));
  }
  EXPECT_EQ(looked, 50);
  clock_.advance(Milliseconds(1000));
  EXPECT_TRUE(before(late, 'a', 5000));
}

TEST_F(LateEntriesTest, WhatIsInAFileAndWasNotReadAtItsEndIsLate) {
  write("here.journal", head_of('a', 1, 10));
  write("there.journal", head_of('b', 5, 9));
  LateEntries late(directory_.path(), clock_);
  late.begin(marks('a', 10));
  late.aim(/*files_changed=*/false);
  const auto behind = late.behind();
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind.front().sequence, id_of('b'));
  EXPECT_EQ(behind.front().last, 9U);
  late.saw(EntryCursor::of(id_of('b'), 9));
  late.done_with(behind.front(), 5);
  EXPECT_TRUE(late.behind().empty()) << "one aim, one answer";
  write("here.journal", head_of('a', 1, 12));
  late.aim(/*files_changed=*/false);
  ASSERT_EQ(late.behind().size(), 1U);
}

TEST_F(LateEntriesTest, WhatIsThereAtTheFirstStartIsNotLate) {
  write("old.journal", head_of('a', 1, 10));
  LateEntries late(directory_.path(), clock_);
  late.begin(std::nullopt);
  EXPECT_FALSE(late.is_settled());
  late.aim(/*files_changed=*/false);
  EXPECT_FALSE(before(late, 'a', 8)) << "where reading begins";
  EXPECT_TRUE(late.behind().empty());
  EXPECT_TRUE(late.is_settled());
  EXPECT_EQ(late.marks().of(id_of('a')), 10U);
}

}  // namespace
}  // namespace tailwater
