// Texts of which each match must contain one: read off alternatives and patterns that ignore case, never wrongly.
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "filter/query.h"
#include "filter/regex_literal.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Query> grep(const std::string& pattern, bool ignore_case) {
  std::vector<Parameter> parameters{{"grep", pattern}};
  if (ignore_case) parameters.push_back({"case", "insensitive"});
  auto query = Query::parse(parameters, {});
  EXPECT_TRUE(query) << pattern;
  return query ? *query : nullptr;
}

TEST(RequiredAlternatives, AreReadOffTheTopLevel) {
  EXPECT_THAT(required_alternatives_of("error|timeout", false, 3), ElementsAre("error", "timeout"));
  EXPECT_THAT(required_alternatives_of("(?:error|time[ -]out)", false, 3), ElementsAre("error", "time"));
  EXPECT_THAT(required_alternatives_of("(a\\|bc|def.*)", false, 3), ElementsAre("a|bc", "def"));
  EXPECT_THAT(required_alternatives_of("Refused|OUT of memory", true, 3), ElementsAre("refu", "out of memory"));
  for (const char* unknown :
       {"error|", "er|timeout", "(error|timeout)?", "[ab|cd]", "error|(?i)x", "\\Qa|b\\E", "a*|bcd"}) {
    EXPECT_THAT(required_alternatives_of(unknown, false, 3), IsEmpty()) << unknown;
  }
}

TEST(RequiredAlternatives, ALetterThatFoldsFurtherIsMatchedAllTheSame) {
  const auto query = grep("kelvin|long sound", true);
  for (const std::string line : {"\xE2\x84\xAA"
                                 "elvin",
                                 "long \xC5\xBFound", "KELVIN", "Long Sound"}) {
    EXPECT_TRUE(query->matches(RecordFacts(line, WallTime{}))) << line;
    ASSERT_TRUE(query->can_skip());
    EXPECT_NE(query->find_required(line, 0), std::string::npos) << line;
  }
}

TEST(RequiredAlternatives, AreInEveryLineThatMatches) {
  std::mt19937 random(11);
  const auto any_of = [&](std::string_view letters) { return letters[random() % letters.size()]; };
  int matched = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern;
    const std::size_t length = 3 + random() % 12;
    while (pattern.size() < length) {
      pattern += any_of("abcABCks|.");
      if (random() % 6 == 0) pattern += any_of("*+?");
    }
    if (random() % 3 == 0) pattern = "(" + pattern + ")";
    const bool ignore_case = random() % 2 == 0;
    auto query = Query::parse(ignore_case ? std::vector<Parameter>{{"grep", pattern}, {"case", "insensitive"}}
                                          : std::vector<Parameter>{{"grep", pattern}},
                              {});
    if (!query || !(*query)->can_skip()) continue;
    for (int i = 0; i < 30; ++i) {
      std::string line;
      for (std::size_t left = random() % 24; left-- > 0;) line += any_of("abcABCksKS");
      if (!(*query)->matches(RecordFacts(line, WallTime{}))) continue;
      ++matched;
      ASSERT_NE((*query)->find_required(line, 0), std::string::npos) << pattern << " in " << line;
    }
  }
  EXPECT_GT(matched, 100);
}

}  // namespace
}  // namespace tailwater
