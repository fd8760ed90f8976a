#include "source/file_tailer.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

using Outcome = FileTailer::Outcome;

class MemoryBytes final : public GenerationBytes {
 public:
  explicit MemoryBytes(std::string bytes = "") : text(std::move(bytes)) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    ++reads;
    if (failing) return fail(ErrorCode::kIo, "no");
    if (offset >= text.size()) return std::size_t{0};
    const std::size_t length = std::min<std::size_t>(out.size(), text.size() - offset);
    std::copy_n(text.data() + offset, length, out.data());
    bytes_read += length;
    return length;
  }
  Result<std::uint64_t> size() const override { return std::uint64_t{text.size()}; }

  std::string text;
  bool failing = false;
  mutable int reads = 0;
  mutable std::size_t bytes_read = 0;
};

class FileTailerTest : public testing::Test {
 protected:
  FileTailer::Read read(FileTailer::LastLine last_line = FileTailer::LastLine::kWaits) {
    return tailer_.read(room_, rules_, last_line);
  }
  std::string records(FileTailer::LastLine last_line = FileTailer::LastLine::kWaits) {
    const auto got = read(last_line);
    return got.outcome == Outcome::kRecords ? std::string(got.records) : "";
  }

  RecordRules rules_{1000};
  std::shared_ptr<MemoryBytes> file_ = std::make_shared<MemoryBytes>();
  std::vector<char> room_ = std::vector<char>(FileTailer::room_needed(rules_));
  FileTailer tailer_{file_};
};

TEST_F(FileTailerTest, ReturnsWholeRecordsAndLeavesTheOpenLineInTheFile) {
  file_->text = "one\ntwo\nthr";
  const auto first = read();
  EXPECT_EQ(first.outcome, Outcome::kRecords);
  EXPECT_EQ(first.records, "one\ntwo\n");
  EXPECT_EQ(first.begin, 0U);
  EXPECT_FALSE(first.continues);
  EXPECT_TRUE(tailer_.has_open_line());
  EXPECT_EQ(tailer_.offset(), 8U);
  EXPECT_EQ(tailer_.scanned(), 11U);
  EXPECT_EQ(read().outcome, Outcome::kNothing);
  file_->text += "ee\n";
  const auto second = read();
  EXPECT_EQ(second.records, "three\n");
  EXPECT_EQ(second.begin, 8U);
  EXPECT_FALSE(tailer_.has_open_line());
}

TEST_F(FileTailerTest, AGrowingOpenLineCostsNoReadingAgain) {
  rules_.max_record_bytes = 1 << 20;
  room_.resize(FileTailer::room_needed(rules_));
  for (int i = 0; i < 100; ++i) {
    file_->text.append(5000, 'x');
    EXPECT_EQ(read().outcome, Outcome::kNothing);
  }
  EXPECT_LT(file_->bytes_read, 2 * file_->text.size());
  file_->text += "\n";
  EXPECT_EQ(records(), file_->text);
}

TEST_F(FileTailerTest, ALastLinePassesOnceAndItsRestContinues) {
  file_->text = "a\nhalf";
  EXPECT_EQ(records(), "a\n");
  const auto half = read(FileTailer::LastLine::kPasses);
  EXPECT_EQ(half.records, "half");
  EXPECT_TRUE(half.partial);
  EXPECT_FALSE(half.continues);
  EXPECT_EQ(read(FileTailer::LastLine::kPasses).outcome, Outcome::kNothing);
  file_->text += " done\nnext\n";
  const auto rest = read();
  EXPECT_EQ(rest.records, " done\nnext\n");
  EXPECT_TRUE(rest.continues);
  EXPECT_FALSE(rest.partial);
}

TEST_F(FileTailerTest, WholeRecordsComeBeforeALastLinePasses) {
  file_->text = "a\nhalf";
  const auto first = read(FileTailer::LastLine::kPasses);
  EXPECT_EQ(first.records, "a\n");
  EXPECT_FALSE(first.partial);
}

TEST_F(FileTailerTest, NoticesThatTheFileShrank) {
  file_->text = "0123456789\n";
  EXPECT_EQ(read().outcome, Outcome::kRecords);
  file_->text = "01234";
  EXPECT_EQ(read().outcome, Outcome::kShrunk);
  file_->text = "";
  EXPECT_EQ(read().outcome, Outcome::kShrunk);
}

TEST_F(FileTailerTest, NoticesThatTheFileWasWrittenAgainPastItsOffset) {
  file_->text = "one\ntwo\n";
  EXPECT_EQ(read().outcome, Outcome::kRecords);
  file_->text = "new\nother\nthings\n";
  EXPECT_EQ(read().outcome, Outcome::kChanged);
}

TEST_F(FileTailerTest, NoticesTruncationUnderALongOpenLine) {
  file_->text = "one\n" + std::string(6000, 'x');
  rules_.max_record_bytes = 100'000;
  room_.resize(FileTailer::room_needed(rules_));
  EXPECT_EQ(records(), "one\n");
  EXPECT_EQ(read().outcome, Outcome::kNothing);
  file_->text = "x";
  EXPECT_EQ(read().outcome, Outcome::kShrunk);
}

TEST_F(FileTailerTest, AnOpenLineThatIsTakenBackIsNoTruncation) {
  file_->text = "one\n" + std::string(6000, 'x');
  rules_.max_record_bytes = 100'000;
  room_.resize(FileTailer::room_needed(rules_));
  EXPECT_EQ(records(), "one\n");
  file_->text = "one\ntwo\n";
  EXPECT_EQ(records(), "two\n");
}

TEST_F(FileTailerTest, OverLongLinesComeInParts) {
  file_->text = std::string(2500, 'x');
  EXPECT_EQ(records().size(), 2000U);
  file_->text += "\nnext\n";
  const auto rest = read();
  EXPECT_EQ(rest.records, std::string(500, 'x') + "\nnext\n");
  EXPECT_TRUE(rest.continues);
}

TEST_F(FileTailerTest, ALineOfExactlyTheLimitIsOneRecordHoweverItArrives) {
  for (const std::size_t first : {1U, 500U, 999U, 1000U, 1001U, 1002U}) {
    const std::string line = std::string(1000, 'y') + "\r\n";
    file_ = std::make_shared<MemoryBytes>(line.substr(0, first));
    tailer_ = FileTailer(file_);
    std::string all = records();
    file_->text = line;
    all += records();
    EXPECT_EQ(all, line) << first;
    EXPECT_EQ(tailer_.offset(), line.size());
  }
}

TEST_F(FileTailerTest, SkipsNulBytesAtTheHead) {
  file_->text = std::string(5000, '\0') + "first\nsecond\n";
  rules_.max_record_bytes = 100'000;
  room_.resize(FileTailer::room_needed(rules_));
  const auto got = read();
  EXPECT_EQ(got.records, "first\nsecond\n");
  EXPECT_EQ(got.begin, 5000U);
  EXPECT_EQ(tailer_.nul_bytes_skipped(), 5000U);
}

TEST_F(FileTailerTest, WaitsWhileThereIsNothingButNulBytes) {
  file_->text = std::string(100, '\0');
  EXPECT_EQ(read().outcome, Outcome::kNothing);
  EXPECT_FALSE(tailer_.has_open_line());
  file_->text = "early\n" + std::string(94, '\0');  // preallocated, and now written to
  EXPECT_EQ(records(), "early\n");
}

TEST_F(FileTailerTest, PreallocatedBytesAreNoOpenLine) {
  file_->text = "one\ntw" + std::string(500, '\0');
  EXPECT_EQ(records(), "one\n");
  EXPECT_EQ(tailer_.scanned(), 6U);
  EXPECT_EQ(records(FileTailer::LastLine::kPasses), "tw");
  file_->text = "one\ntwo\n" + std::string(400, '\0');
  EXPECT_EQ(records(), "o\n");
}

TEST_F(FileTailerTest, NulBytesWithinLinesArePartOfThem) {
  const std::string text = std::string("a\0b\n\0\0c\n", 8);
  file_->text = text;
  EXPECT_EQ(records(), text);
}

TEST_F(FileTailerTest, ResumesAtAnOffsetAndKnowsTheBytesBeforeIt) {
  file_->text = "one\ntwo\nthree\n";
  auto resumed = FileTailer::resume(file_, 8);
  ASSERT_TRUE(resumed);
  tailer_ = *resumed;
  const auto got = read();
  EXPECT_EQ(got.records, "three\n");
  EXPECT_FALSE(got.continues);
  file_->text = "ONE\nTWO\nTHREE\nFOUR\n";
  EXPECT_EQ(read().outcome, Outcome::kChanged);
  EXPECT_FALSE(FileTailer::resume(file_, 100));
  auto inside = FileTailer::resume(file_, 5);
  ASSERT_TRUE(inside);
  tailer_ = *inside;
  EXPECT_TRUE(read().continues);
}

TEST_F(FileTailerTest, ReportsAFailedReadAndGoesOnAfterwards) {
  file_->text = "one\n";
  file_->failing = true;
  EXPECT_EQ(read().outcome, Outcome::kFailed);
  file_->failing = false;
  EXPECT_EQ(records(), "one\n");
}

TEST_F(FileTailerTest, SaysWhenThereIsMore) {
  for (int i = 0; i < 2000; ++i) file_->text += "line\n";
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const auto got = read();
    if (got.outcome != Outcome::kRecords) break;
    all += got.records;
    if (!got.more) break;
  }
  EXPECT_EQ(all, file_->text);
}

/// The slow and obvious way: walk the splitter over everything.
std::uint64_t obvious_record_end(const std::string& text, const RecordRules& rules) {
  return whole_records(text, rules);
}

TEST(LastRecordEnd, AgreesWithReadingEverything) {
  std::mt19937 random(7);
  const RecordRules rules{50};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const auto lines = random() % 5;
    for (unsigned i = 0; i < lines; ++i) text += std::string(random() % 160, 'a') + (random() % 4 == 0 ? "\r\n" : "\n");
    if (random() % 2 == 0) text += std::string(random() % 260, 'b');
    if (random() % 8 == 0) text += "\r";
    const MemoryBytes bytes(text);
    const auto end = last_record_end(bytes, 0, text.size(), rules);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, obvious_record_end(text, rules)) << text;
  }
}

TEST(LastRecordEnd, NeedsOneReadOfAHugeFile) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  const MemoryBytes bytes(text + "open");
  EXPECT_EQ(*last_record_end(bytes, 0, bytes.text.size(), RecordRules{}), text.size());
  EXPECT_LE(bytes.reads, 2);
}

TEST(LastRecordEnd, StopsAtTheBeginning) {
  const MemoryBytes bytes("one\ntwo");
  EXPECT_EQ(*last_record_end(bytes, 4, 7, RecordRules{}), 4U);
  EXPECT_EQ(*last_record_end(bytes, 0, 7, RecordRules{}), 4U);
  EXPECT_EQ(*last_record_end(bytes, 0, 0, RecordRules{}), 0U);
  EXPECT_FALSE(last_record_end(bytes, 0, 100, RecordRules{}));
}

TEST_F(FileTailerTest, RandomWritesComeOutAsTheyWentIn) {
  std::mt19937 random(20261120);
  for (int round = 0; round < 300; ++round) {
    file_ = std::make_shared<MemoryBytes>();
    tailer_ = FileTailer(file_);
    std::string out;
    const auto take = [&](FileTailer::LastLine last_line) {
      for (;;) {
        const auto got = read(last_line);
        if (got.outcome != Outcome::kRecords) break;
        EXPECT_EQ(got.begin, out.size());
        EXPECT_EQ(got.continues, !out.empty() && out.back() != '\n');
        out += got.records;
        if (got.partial) break;
      }
    };
    for (int step = 0; step < 40; ++step) {
      const std::size_t length = random() % (random() % 8 == 0 ? 9000 : 30);
      for (std::size_t i = 0; i < length; ++i) file_->text += random() % 25 == 0 ? '\n' : 'x';
      if (random() % 3 == 0) take(FileTailer::LastLine::kWaits);
      if (random() % 20 == 0) take(FileTailer::LastLine::kPasses);
    }
    take(FileTailer::LastLine::kWaits);
    take(FileTailer::LastLine::kPasses);
    ASSERT_EQ(out, file_->text);
  }
}

std::string utf16(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    bytes += static_cast<char>(little ? unit & 0xFF : unit >> 8);
    bytes += static_cast<char>(little ? unit >> 8 : unit & 0xFF);
  }
  return bytes;
}

TEST_F(FileTailerTest, Utf16IsToldByItsMarkAndCutInCodeUnits) {
  for (const bool little : {true, false}) {
    file_ = std::make_shared<MemoryBytes>(utf16(u"\uFEFFone\n\u0a0a\n", little) + utf16(u"x", little).substr(0, 1));
    tailer_ = FileTailer(file_);
    const auto first = read();
    EXPECT_EQ(first.records, utf16(u"\uFEFFone\n\u0a0a\n", little));
    EXPECT_EQ(first.encoding, little ? TextEncoding::kUtf16Le : TextEncoding::kUtf16Be);
    EXPECT_EQ(records(FileTailer::LastLine::kPasses), "") << "half a code unit waits";
    file_->text += utf16(u"x", little).substr(1) + utf16(u"\n", little);
    const auto second = read();
    EXPECT_EQ(second.records, utf16(u"x\n", little));
    EXPECT_FALSE(second.continues);
    const auto resumed = FileTailer::resume(file_, second.begin);
    ASSERT_TRUE(resumed);
    EXPECT_EQ(resumed->encoding(), second.encoding);
    RecordRules rules{1000};
    rules.encoding = second.encoding;
    EXPECT_EQ(*last_record_end(*file_, 0, file_->text.size() - 1, rules), second.begin);
    EXPECT_EQ(*last_record_end(*file_, 0, file_->text.size(), rules), file_->text.size());
  }
}

TEST_F(FileTailerTest, AByteOrderMarkAndHalfOfASurrogatePairWait) {
  file_->text = "\xFF";
  EXPECT_EQ(records(FileTailer::LastLine::kPasses), "");
  file_->text = "\xFF\xFE";
  EXPECT_EQ(records(FileTailer::LastLine::kPasses), "");
  file_->text += utf16(u"ab\xD83D", true);
  EXPECT_EQ(records(FileTailer::LastLine::kPasses), utf16(u"\uFEFFab", true));
  EXPECT_EQ(records(FileTailer::LastLine::kPasses), "");
  file_->text += utf16(u"\xDE00", true) + "x";
  const auto rest = read(FileTailer::LastLine::kPasses);
  EXPECT_EQ(rest.records, utf16(u"\xD83D\xDE00", true));
  EXPECT_TRUE(rest.continues);
  EXPECT_EQ(records(FileTailer::LastLine::kEnds), "x");
}

TEST_F(FileTailerTest, ZeroBytesOfUtf16AreNotTheUnwrittenRestOfAFile) {
  for (const bool little : {true, false}) {
    file_ = std::make_shared<MemoryBytes>(utf16(u"\uFEFFone\ntwo", little) + std::string(100, '\0'));
    tailer_ = FileTailer(file_);
    EXPECT_EQ(records(), utf16(u"\uFEFFone\n", little));
    EXPECT_EQ(records(FileTailer::LastLine::kPasses), utf16(u"two", little));
  }
}

TEST_F(FileTailerTest, RandomUtf16ComesOutAsItWentIn) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 200; ++round) {
    const bool little = random() % 2 == 0;
    file_ = std::make_shared<MemoryBytes>();
    tailer_ = FileTailer(file_);
    std::string written = utf16(u"\uFEFF", little);
    std::string out;
    const auto take = [&](FileTailer::LastLine last_line) {
      for (;;) {
        const auto got = read(last_line);
        if (got.outcome != Outcome::kRecords) break;
        EXPECT_EQ(got.begin, out.size());
        const bool whole = out.empty() || out.ends_with(utf16(u"\n", little));
        EXPECT_EQ(got.continues, !whole);
        out += got.records;
        EXPECT_TRUE(got.partial || got.records.ends_with(utf16(u"\n", little)) || got.records.size() >= 1000);
        if (got.partial) break;
      }
    };
    for (int step = 0; step < 40; ++step) {
      const std::size_t length = random() % (random() % 8 == 0 ? 5000 : 30);
      for (std::size_t i = 0; i < length; ++i) {
        static constexpr std::u16string_view kLetters = u"abc\u0a0a\u010a\u0a00\U0001F600";
        const bool ends = random() % 25 == 0;
        written += utf16(ends ? u"\n" : kLetters.substr(random() % 6, 1), little);
      }
      const std::size_t more = written.size() - file_->text.size();
      file_->text += written.substr(file_->text.size(), more - (more > 0 ? random() % 2 : 0));
      if (random() % 3 == 0) take(FileTailer::LastLine::kWaits);
      if (random() % 20 == 0) take(FileTailer::LastLine::kPasses);
      if (random() % 10 == 0 && tailer_.offset() > 0) tailer_ = *FileTailer::resume(file_, tailer_.offset());
    }
    file_->text = written;
    take(FileTailer::LastLine::kWaits);
    take(FileTailer::LastLine::kEnds);
    ASSERT_EQ(out, file_->text);
  }
}

}  // namespace
}  // namespace tailwater
