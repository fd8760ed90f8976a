// RegexFilter: matching, literals and limits. The literal of a pattern is checked against RE2 itself.
#include "filter/regex_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::shared_ptr<const RegexFilter> make(std::string_view pattern, bool ignore_case = false) {
  auto filter = RegexFilter::make(pattern, ignore_case);
  EXPECT_TRUE(filter) << pattern << ": " << (filter ? "" : filter.error().message);
  return filter ? *filter : nullptr;
}

std::string error_of(std::string_view pattern, const RegexLimits& limits = {}) {
  const auto filter = RegexFilter::make(pattern, /*ignore_case=*/false, limits);
  EXPECT_FALSE(filter) << pattern;
  if (filter) return {};
  EXPECT_EQ(filter.error().code, ErrorCode::kInvalid);
  return filter.error().message;
}

TEST(RegexFilter, FindsAPatternAnywhereInALine) {
  const auto filter = make("status=5\\d\\d");
  EXPECT_TRUE(filter->matches("a status=503 b"));
  EXPECT_FALSE(filter->matches("a status=404 b"));
  EXPECT_FALSE(filter->matches(""));
  EXPECT_EQ(filter->pattern(), "status=5\\d\\d");
}

TEST(RegexFilter, AnchorsAtTheLine) {
  EXPECT_TRUE(make("^a.*z$")->matches("abcz"));
  EXPECT_FALSE(make("^b")->matches("abcz"));
}

TEST(RegexFilter, MindsCaseUnlessToldNotTo) {
  EXPECT_FALSE(make("error")->matches("ERROR"));
  EXPECT_TRUE(make("error", /*ignore_case=*/true)->matches("ERROR"));
  EXPECT_TRUE(make("(?i)error")->matches("ERROR"));
  EXPECT_EQ(make("error", /*ignore_case=*/true)->required_literal(), "");
}

TEST(RegexFilter, MatchesAcrossInvalidBytes) {
  const auto filter = make("ERROR.*timeout");
  EXPECT_TRUE(filter->matches("ERROR caf\xe9 timeout"));
  EXPECT_TRUE(filter->matches("ERROR \xff\xfe\xf0\x80 timeout"));
  EXPECT_TRUE(filter->matches("\xe9 ERROR timeout"));
  EXPECT_FALSE(filter->matches("ERROR caf\xe9 time out"));
  EXPECT_TRUE(make("^[^,]*,x$")->matches("\xc3,x"));
  EXPECT_TRUE(make("(?i)error.timeout")->matches("Error\xe9timeout"));
}

TEST(RegexFilter, CountsAnInvalidPartAsOneCharacterAsItIsShown) {
  EXPECT_TRUE(
      make("^a.b$")->matches("a\xff"
                             "b"));
  EXPECT_TRUE(
      make("^a..b$")->matches("a\xff\xff"
                              "b"));
  EXPECT_TRUE(
      make("^a.b$")->matches("a\xe2\x82"
                             "b"))
      << "a cut euro sign is one U+FFFD";
}

TEST(RegexFilter, FindsTheReplacementCharacterThatAViewerShowed) {
  for (const std::string_view pattern : {"caf\xEF\xBF\xBD", "caf\\x{FFFD}", "caf[\xEF\xBF\xBD]"}) {
    const auto filter = make(pattern);
    EXPECT_TRUE(filter->matches("caf\xe9 x")) << pattern;
    EXPECT_TRUE(filter->matches("caf\xEF\xBF\xBD x")) << pattern;
    EXPECT_FALSE(filter->matches("cafe x")) << pattern;
    EXPECT_TRUE(std::string_view("caf\xe9").find(filter->required_literal()) != std::string_view::npos) << pattern;
  }
}

TEST(RegexFilter, MatchesUnicodeByCharacter) {
  EXPECT_TRUE(make("^gr.n$")->matches("grün"));
  EXPECT_TRUE(make("grün")->matches("es ist grün"));
  EXPECT_TRUE(make("GRÜN", /*ignore_case=*/true)->matches("grün"));
}

TEST(RegexFilter, MatchesNulAndNewlineInPatternAndLine) {
  EXPECT_TRUE(make(std::string_view("a\0b", 3))->matches(std::string_view("xa\0by", 5)));
  EXPECT_FALSE(make(std::string_view("a\0b", 3))->matches("ab"));
  EXPECT_TRUE(make("a\nb")->matches("a\nb"));
}

// --- literals ------------------------------------------------------------------------------------------------

TEST(RegexFilterLiteral, KnowsPatternsThatAreNothingElse) {
  for (const std::string_view pattern : {"ERROR", " 503 ", "grün", "a-b_c:d=\"e\"", "{x}", "a{,3}"}) {
    EXPECT_TRUE(make(pattern)->is_literal()) << pattern;
    EXPECT_EQ(make(pattern)->required_literal(), pattern);
    EXPECT_TRUE(make(pattern)->matches("x" + std::string(pattern) + "y"));
  }
  EXPECT_EQ(make("10\\.0\\.0\\.1")->required_literal(), "10.0.0.1");
  EXPECT_TRUE(make("10\\.0\\.0\\.1")->is_literal());
  EXPECT_FALSE(make("10\\.0\\.0\\.1")->matches("10a0.0.1"));
}

TEST(RegexFilterLiteral, FindsTheLongestTextThatEveryMatchHolds) {
  struct Example {
    std::string_view pattern;
    std::string_view literal;
  };
  const Example examples[] = {
      {"status=5\\d\\d", "status=5"},
      {"^GET /api/", "GET /api/"},
      {"a.*timeout", "timeout"},
      {"(x|y) timeout", " timeout"},
      {"[abc]timeout$", "timeout"},
      {"timeouts?", "timeout"},
      {"timeouts*x", "timeout"},
      {"timeouts+x", "timeouts"},
      {"timeouts{2}", "timeout"},
      {"\\bword\\b", "word"},
      {"a\\.b\\[c\\]", "a.b[c]"},
      {"(?:ab)?cd", "cd"},
      {"(?P<n>ab)cd", "cd"},
      {"[]x]yz", "yz"},
      {"[^]x]yz", "yz"},
      {"ab(c(d)e)fgh", "fgh"},
      {"(a[)]b)cd", "cd"},
      {"grü?n", "gr"},
      {"timeout{x}", "timeout{x}"},
      {"ab+?c", "ab"},
  };
  for (const Example& example : examples) {
    const auto filter = make(example.pattern);
    EXPECT_EQ(filter->required_literal(), example.literal) << example.pattern;
    EXPECT_FALSE(filter->is_literal() && example.literal != example.pattern && example.pattern != "a\\.b\\[c\\]")
        << example.pattern;
  }
}

TEST(RegexFilterLiteral, ClaimsNothingItCannotProve) {
  for (const std::string_view pattern :
       {"error|fatal", "(error)", "(?i)error", "a(?i)error", "(?i:a)error", "\\Qerror\\E", "\\x41bc", "\\pLabc", "e*",
        "\\101abc", "[[:alpha:]]error", "x|", ".*", "(?s).error", "(?-s:.)error"}) {
    EXPECT_EQ(make(pattern)->required_literal(), "") << pattern;
    EXPECT_FALSE(make(pattern)->is_literal()) << pattern;
  }
}

/// A random pattern over few letters, so that random lines match often.
std::string random_pattern(std::mt19937& random) {
  static constexpr std::string_view kPieces[] = {
      "a", "b",     "c",      "ab", "é",    ".",     "a*",  "b+",  "c?",  "b{2}", "a{0,1}",      "(",
      ")", "(a|b)", "(?:bc)", "|",  "[ab]", "[^a]",  "\\.", "\\b", "^",   "$",    "{",           "}",
      "]", "\\|",   "b+?",    "é*", "(?i)", "c{,2}", "\\[", "\\d", "\\Q", "\\E",  "[[:alpha:]]", "-"};
  std::string pattern;
  for (std::size_t pieces = 1 + random() % 6; pieces > 0; --pieces) pattern += kPieces[random() % std::size(kPieces)];
  return pattern;
}

TEST(RegexFilterModel, EveryMatchHoldsTheRequiredLiteral) {
  // The same pattern in a group that RegexFilter does not look into: RE2 alone, without a literal.
  std::mt19937 random(99);
  static constexpr std::string_view kLinePieces[] = {"a", "b", "c", "é", ".",    "|",     "{",
                                                     "}", "]", "[", "A", "\xff", "c{,2}", "-"};
  int compared = 0;
  int matched_with_literal = 0;
  for (int round = 0; round < 12'000; ++round) {
    const std::string pattern = random_pattern(random);
    const auto fast = RegexFilter::make(pattern, /*ignore_case=*/false);
    const auto slow = RegexFilter::make("(?:" + pattern + ")", /*ignore_case=*/false);
    if (!fast || !slow) continue;
    ASSERT_EQ((*slow)->required_literal(), "");
    for (int lines = 0; lines < 10; ++lines) {
      std::string line;
      for (std::size_t pieces = random() % 8; pieces > 0; --pieces)
        line += kLinePieces[random() % std::size(kLinePieces)];
      ASSERT_EQ((*fast)->matches(line), (*slow)->matches(line)) << pattern << " on " << line;
      ++compared;
      matched_with_literal += (*fast)->matches(line) && !(*fast)->required_literal().empty() ? 1 : 0;
    }
  }
  EXPECT_GT(compared, 30'000);
  EXPECT_GT(matched_with_literal, 500);
}

// --- limits and errors ---------------------------------------------------------------------------------------

TEST(RegexFilterErrors, NameTheFaultAndItsPlace) {
  EXPECT_THAT(error_of("abc[de"), AllOf(HasSubstr("missing ]"), HasSubstr("offset 3"), HasSubstr("[de")));
  EXPECT_THAT(error_of("a(b"), AllOf(HasSubstr("missing )"), HasSubstr("offset 1")));
  EXPECT_THAT(error_of("(a)[)(](b\\(c\\Q(\\E[[:alpha:])]"), AllOf(HasSubstr("missing )"), HasSubstr("offset 7")));
  EXPECT_THAT(error_of("(a)b)c"), AllOf(HasSubstr("unexpected )"), HasSubstr("offset 4")));
  EXPECT_THAT(error_of("abc\\"), AllOf(HasSubstr("trailing"), HasSubstr("offset 3")));
  EXPECT_THAT(error_of("*"), AllOf(HasSubstr("no argument for repetition operator"), HasSubstr("offset 0")));
  EXPECT_THAT(error_of("a**"), AllOf(HasSubstr("bad repetition operator"), HasSubstr("offset 1")));
  EXPECT_THAT(error_of("abc\\8"), AllOf(HasSubstr("invalid escape sequence"), HasSubstr("offset 3")));
  EXPECT_THAT(error_of("x(?<=a)b"), AllOf(HasSubstr("invalid perl operator"), HasSubstr("offset 1")));
  EXPECT_THAT(error_of("a{1001}"), HasSubstr("invalid repetition size"));
}

TEST(RegexFilterErrors, RefuseEmptyLongAndUndecodablePatterns) {
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of(std::string(513, 'a')), AllOf(HasSubstr("513 bytes"), HasSubstr("512")));
  EXPECT_TRUE(RegexFilter::make(std::string(512, 'a'), false));
  EXPECT_THAT(error_of("ab\xff"), AllOf(HasSubstr("not valid UTF-8"), HasSubstr("offset 2")));
}

TEST(RegexFilterErrors, ShowThePatternHarmlessAndShortened) {
  const std::string message = error_of("[\x1b\n" + std::string(300, 'x'));
  EXPECT_THAT(message, AllOf(HasSubstr("\\x1b\\x0a"), HasSubstr("...")));
  EXPECT_LT(message.size(), 300U);
}

TEST(RegexFilterLimits, RefuseProgramsThatAreTooLarge) {
  EXPECT_THAT(error_of("\\pL{200}"), HasSubstr("too complex"));
  EXPECT_THAT(error_of("[a-z]{1000}x{1000}"), HasSubstr("too complex"));
  EXPECT_THAT(error_of("((a{30}){30}){30}"), HasSubstr("invalid repetition size"));
  EXPECT_THAT(error_of("(\\w{1,20}){1,40}", RegexLimits{512, 100, 1 << 20}), HasSubstr("too complex"));
}

TEST(RegexFilterLimits, AllowWhatPeopleWrite) {
  for (const std::string_view pattern :
       {"(?i)error|warn(ing)?|fatal|exception", "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z",
        "\\b\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\b", "\\pL+", "\"(GET|POST|PUT) [^\"]*\" 5\\d\\d",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", ".{0,100}x"}) {
    EXPECT_TRUE(make(pattern)) << pattern;
  }
}

TEST(RegexFilter, IsSharedBetweenThreads) {
  const auto filter = make("(?i)(a|b)+c.*[xyz]{2,5}");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&filter, thread] {
      for (int i = 0; i < 2000; ++i) {
        const std::string line = "ABab" + std::to_string(i * 7919 + thread) + (i % 2 == 0 ? " abC xy" : " ab");
        ASSERT_EQ(filter->matches(line), i % 2 == 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace tailwater
