// Many patterns at once say what each by itself would say.
#include "filter/pattern_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Patterns = std::vector<std::shared_ptr<const RegexFilter>>;

std::shared_ptr<const RegexFilter> pattern(std::string_view text, bool ignore_case = false) {
  auto made = RegexFilter::make(text, ignore_case);
  EXPECT_TRUE(made) << made.error().message;
  return *made;
}

std::vector<int> found_in(const PatternSet& set, std::string_view line) {
  std::vector<int> found{99};
  EXPECT_TRUE(set.find(line, found));
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<int> one_by_one(const Patterns& patterns, std::string_view line) {
  std::vector<int> found;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i]->matches(line)) found.push_back(static_cast<int>(i));
  }
  return found;
}

TEST(PatternSet, FindsAllThatOccur) {
  const auto set =
      PatternSet::make(Patterns{pattern("error"), pattern("status=5\\d\\d"), pattern("a|b$"), pattern("^x")});
  ASSERT_TRUE(set);
  EXPECT_THAT(found_in(*set, "an error with status=502"), ElementsAre(0, 1, 2));
  EXPECT_THAT(found_in(*set, "x"), ElementsAre(3));
  EXPECT_THAT(found_in(*set, "nothing"), IsEmpty());
  EXPECT_THAT(found_in(*set, ""), IsEmpty());
}

TEST(PatternSet, EachKeepsItsOwnRegardForCase) {
  const auto set = PatternSet::make(
      Patterns{pattern("error"), pattern("error", true), pattern("a|warn", true), pattern("(?-i)Warn", true)});
  ASSERT_TRUE(set);
  EXPECT_THAT(found_in(*set, "ERROR"), ElementsAre(1));
  EXPECT_THAT(found_in(*set, "error"), ElementsAre(0, 1));
  EXPECT_THAT(found_in(*set, "WARN"), ElementsAre(2));
  EXPECT_THAT(found_in(*set, "Warn"), ElementsAre(2, 3));
}

TEST(PatternSet, SeesALineThatIsNoUtf8AsItIsShown) {
  const Patterns patterns{pattern("ERROR.*timeout"), pattern("caf."), pattern("\\x{FFFD}"), pattern("plain")};
  const auto set = PatternSet::make(patterns);
  ASSERT_TRUE(set);
  for (const std::string_view line : {"ERROR \xff timeout", "caf\xe9", "plain \xc3", "caf\xc3\xa9", "plain"}) {
    EXPECT_EQ(found_in(*set, line), one_by_one(patterns, line)) << line;
  }
}

TEST(PatternSet, SaysOfRandomLinesWhatEachPatternSays) {
  std::minstd_rand random(11);
  const auto up_to = [&](std::size_t most) { return random() % (most + 1); };
  const std::string_view parts[] = {"a",  "b",  "ab", ".",  "[^a]",  "\\d",   "(a|b)",
                                    "^a", "b$", "c?", "d*", "\\bab", "x{2,3}"};
  for (int round = 0; round < 12; ++round) {
    Patterns patterns;
    for (std::size_t i = 0; i < 30; ++i) {
      std::string text;
      for (std::size_t part = 0; part <= up_to(4); ++part) text += parts[up_to(std::size(parts) - 1)];
      patterns.push_back(pattern(text, up_to(2) == 0));
    }
    const auto set = PatternSet::make(patterns);
    ASSERT_TRUE(set);
    for (int i = 0; i < 50; ++i) {
      std::string line;
      for (std::size_t c = 0; c < up_to(12); ++c) line += "aAbB0cdxx \xc3\xa9\xff"[up_to(12)];
      EXPECT_EQ(found_in(*set, line), one_by_one(patterns, line)) << line;
    }
  }
}

}  // namespace
}  // namespace tailwater
