// RecordSplitter and whole_records: examples, and random contents against a slow and obvious way of cutting.
#include "filter/record_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tailwater {
namespace {

using ::testing::ElementsAre;

struct Cut {
  std::string line;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool truncated = false;
  bool partial = false;
  friend bool operator==(const Cut&, const Cut&) = default;
};

void PrintTo(const Cut& cut, std::ostream* out) {
  *out << '"' << cut.line << "\" [" << cut.begin << ", " << cut.end << (cut.truncated ? ") truncated" : ")")
       << (cut.partial ? " partial" : "");
}

std::vector<Cut> split(std::string_view bytes, std::uint64_t begin = 0, bool continues = false, bool partial = false,
                       std::uint32_t limit = RecordRules::kDefaultMaxBytes) {
  std::vector<Cut> cuts;
  RecordSplitter splitter(bytes, begin, continues, partial, RecordRules{limit});
  while (const auto record = splitter.next()) {
    cuts.push_back({std::string(record->line), record->begin, record->end, record->truncated, record->partial});
  }
  return cuts;
}

TEST(RecordSplitter, GivesNothingForNoBytes) {
  EXPECT_THAT(split(""), ElementsAre());
}

TEST(RecordSplitter, CutsAtNewlinesAndCountsThemInTheOffsets) {
  EXPECT_THAT(split("one\ntwo\n\n", 100), ElementsAre(Cut{"one", 100, 104}, Cut{"two", 104, 108}, Cut{"", 108, 109}));
}

TEST(RecordSplitter, LeavesTheCarriageReturnBeforeANewlineOutOfTheLine) {
  EXPECT_THAT(split("a\r\nb\rc\n\r\n\r\r\n"),
              ElementsAre(Cut{"a", 0, 3}, Cut{"b\rc", 3, 7}, Cut{"", 7, 9}, Cut{"\r", 9, 12}));
}

TEST(RecordSplitter, KeepsNulAndInvalidBytes) {
  const std::string_view bytes("a\0b\xff\n", 5);
  EXPECT_THAT(split(bytes), ElementsAre(Cut{std::string("a\0b\xff", 4), 0, 5}));
}

TEST(RecordSplitter, CutsALongLineIntoTruncatedParts) {
  EXPECT_THAT(split("abcdefgh\nxy\n", 0, false, false, 3),
              ElementsAre(Cut{"abc", 0, 3, true}, Cut{"def", 3, 6, true}, Cut{"gh", 6, 9, true}, Cut{"xy", 9, 12}));
}

TEST(RecordSplitter, TakesALineOfExactlyTheLimitWhole) {
  EXPECT_THAT(split("abc\nabc\r\n", 0, false, false, 3), ElementsAre(Cut{"abc", 0, 4}, Cut{"abc", 4, 9}));
  EXPECT_THAT(split("abcdef\r\nx\n", 0, false, false, 3),
              ElementsAre(Cut{"abc", 0, 3, true}, Cut{"def", 3, 8, true}, Cut{"x", 8, 10}));
  EXPECT_THAT(split("abc\rd\n", 0, false, false, 3), ElementsAre(Cut{"abc", 0, 3, true}, Cut{"\rd", 3, 6, true}));
}

TEST(RecordSplitter, CallsTheRestOfALineTruncatedWhereItContinues) {
  EXPECT_THAT(split("rest\nnext\n", 7, /*continues=*/true), ElementsAre(Cut{"rest", 7, 12, true}, Cut{"next", 12, 17}));
  EXPECT_THAT(split("\n", 7, /*continues=*/true), ElementsAre(Cut{"", 7, 8, true}));
}

TEST(RecordSplitter, MarksALastLineThatTheQuietTimeLetThroughAsPartial) {
  EXPECT_THAT(split("done\npass", 0, false, /*partial=*/true),
              ElementsAre(Cut{"done", 0, 5}, Cut{"pass", 5, 9, false, true}));
  EXPECT_THAT(split("abcde", 0, false, /*partial=*/true, 3),
              ElementsAre(Cut{"abc", 0, 3, true}, Cut{"de", 3, 5, true, true}));
  EXPECT_THAT(split("abc", 0, false, /*partial=*/true, 3), ElementsAre(Cut{"abc", 0, 3, false, true}));
}

TEST(RecordSplitter, AnswersARuleOfZeroBytesWithOne) {
  EXPECT_THAT(split("ab\n", 0, false, false, 0), ElementsAre(Cut{"a", 0, 1, true}, Cut{"b", 1, 3, true}));
}

TEST(WholeRecords, EndAtTheLastNewline) {
  const RecordRules rules{10};
  EXPECT_EQ(whole_records("", rules), 0U);
  EXPECT_EQ(whole_records("abc", rules), 0U);
  EXPECT_EQ(whole_records("abc\n", rules), 4U);
  EXPECT_EQ(whole_records("abc\nd\nef", rules), 6U);
}

TEST(WholeRecords, WaitForTheBytesThatDecideWhetherALineJustFits) {
  const RecordRules rules{3};
  EXPECT_EQ(whole_records("abc", rules), 0U) << "a newline may follow";
  EXPECT_EQ(whole_records("abc\r", rules), 0U) << "the newline of a CR LF may follow";
  EXPECT_EQ(whole_records("abcd", rules), 3U);
  EXPECT_EQ(whole_records("abc\rd", rules), 3U);
  EXPECT_EQ(whole_records("abcdef", rules), 3U);
  EXPECT_EQ(whole_records("abcdefg", rules), 6U);
  EXPECT_EQ(whole_records("x\nabcdefg", rules), 8U);
}

TEST(WholeRecords, AreNeverNoneInABufferOfTheLimitAndTwo) {
  for (const std::string ending : {"\r\n", "\rx", "xx", "\n\n", "\r\r"}) {
    EXPECT_GT(whole_records("abc" + ending, RecordRules{3}), 0U) << ending;
  }
}

// --- against a model -------------------------------------------------------------------------------------------

/// The whole content cut in the most obvious way: line by line, then each line part by part.
std::vector<Cut> obvious_cuts(const std::string& content, std::size_t limit) {
  std::vector<Cut> cuts;
  std::size_t begin = 0;
  for (std::size_t newline = content.find('\n'); newline != std::string::npos; newline = content.find('\n', begin)) {
    std::string line = content.substr(begin, newline - begin);
    std::size_t ending = 1;
    // The CR belongs to the line ending; what it ends is the last part of the line.
    if (line.ends_with('\r')) {
      line.pop_back();
      ending = 2;
    }
    const bool long_line = line.size() > limit;
    std::uint64_t at = begin;
    while (line.size() > limit) {
      cuts.push_back({line.substr(0, limit), at, at + limit, true, false});
      line.erase(0, limit);
      at += limit;
    }
    cuts.push_back({line, at, at + line.size() + ending, long_line, false});
    begin = newline + 1;
  }
  return cuts;
}

std::string random_content(std::mt19937& random) {
  static constexpr std::string_view kAlphabet = "abc\r\r\n\n";
  std::string content;
  const std::size_t length = random() % 200;
  while (content.size() < length) {
    // Now and then a stretch without newlines, so that long lines happen.
    const std::size_t letters = random() % 8 == 0 ? 5 : kAlphabet.size();
    for (std::size_t i = random() % 20; i > 0; --i) content += kAlphabet[random() % letters];
  }
  return content + "\n";
}

/// What a tailer does: bytes arrive in pieces, whole records become extents, each is cut on its own.
std::vector<Cut> cuts_as_they_arrive(const std::string& content, std::uint32_t limit, std::mt19937& random) {
  std::vector<Cut> cuts;
  std::size_t told = 0;
  for (std::size_t arrived = 0; arrived < content.size();) {
    arrived = std::min(content.size(), arrived + 1 + random() % 12);
    const std::string_view waiting = std::string_view(content).substr(told, arrived - told);
    const std::size_t whole = whole_records(waiting, RecordRules{limit});
    const bool continues = told > 0 && content[told - 1] != '\n';
    for (Cut& cut : split(waiting.substr(0, whole), told, continues, false, limit)) cuts.push_back(std::move(cut));
    told += whole;
  }
  EXPECT_EQ(told, content.size()) << "bytes were held back although the last line is complete";
  return cuts;
}

TEST(RecordSplitterModel, CutsAlikeHoweverTheBytesArriveAndWhereverReadingStarts) {
  std::mt19937 random(20261120);
  for (int round = 0; round < 600; ++round) {
    const std::string content = random_content(random);
    const auto limit = static_cast<std::uint32_t>(1 + random() % 9);
    SCOPED_TRACE(testing::Message() << "round " << round << " limit " << limit);
    const std::vector<Cut> expected = obvious_cuts(content, limit);
    ASSERT_EQ(split(content, 0, false, false, limit), expected);
    ASSERT_EQ(cuts_as_they_arrive(content, limit, random), expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::size_t from = expected[i].begin;
      const bool continues = from > 0 && content[from - 1] != '\n';
      const std::vector<Cut> rest(expected.begin() + static_cast<std::ptrdiff_t>(i), expected.end());
      ASSERT_EQ(split(std::string_view(content).substr(from), from, continues, false, limit), rest);
    }
  }
}

}  // namespace
}  // namespace tailwater
