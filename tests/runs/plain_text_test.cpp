#include "runs/plain_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tailwater {
namespace {

using ::testing::ElementsAre;

std::string plain(std::string_view text) {
  std::string buffer;
  return std::string(without_escapes(text, buffer));
}

std::vector<std::string> parts(std::string_view line, std::size_t max_bytes = 100) {
  std::vector<std::string> found;
  std::string buffer;
  visit_parts(line, max_bytes, buffer, [&](std::string_view part) { found.emplace_back(part); });
  return found;
}

TEST(PlainText, HasNoEscapeSequences) {
  EXPECT_EQ(plain("\x1b[31;1mERROR\x1b[0m: it"), "ERROR: it");
  EXPECT_EQ(plain("\x1b]0;title\x07"
                  "after"),
            "after");
  EXPECT_EQ(plain("\x1b]8;;http://x\x1b\\link"), "link");
  EXPECT_EQ(plain("\x1b_bk;t=1700000000000\x07--- Install"), "--- Install");
  EXPECT_EQ(plain("\x1b(Btext"), "Btext");
  EXPECT_EQ(plain("as it is"), "as it is");
}

TEST(PlainText, EndsWithAnUnfinishedSequence) {
  EXPECT_EQ(plain("text\x1b"), "text");
  EXPECT_EQ(plain("text\x1b["), "text");
  EXPECT_EQ(plain("text\x1b[12;"), "text");
  EXPECT_EQ(plain("text\x1b]0;never ends"), "text");
}

TEST(PlainText, IsCutWhereItIsWrittenOver) {
  EXPECT_THAT(parts("[1/3] a\r[2/3] b\x1b[K\r"), ElementsAre("[1/3] a", "[2/3] b"));
  EXPECT_THAT(parts("section_start:1:x\r\x1b[0KTitle"), ElementsAre("section_start:1:x", "Title"));
  EXPECT_THAT(parts("\r\r\r"), ElementsAre());
  EXPECT_THAT(parts("abcdef\rghijkl", 3), ElementsAre("abc", "ghi"));
}

TEST(PlainText, IsFitToBeShown) {
  EXPECT_EQ(shown_text("a\tb\x01"
                       "c\n",
                       100),
            "a b c");
  EXPECT_EQ(shown_text("a\nb", 100, /*lines=*/true), "a\nb");
  EXPECT_EQ(shown_text("a\xff"
                       "b",
                       100),
            "a\uFFFDb");
  EXPECT_EQ(shown_text("a\xc2\x9b"
                       "31m",
                       100),
            "a  31m")
      << "C1 controls begin sequences, too";
  EXPECT_EQ(shown_text("\u00e4\u00e4\u00e4", 5), "\u00e4\u00e4") << "no half characters";
}

}  // namespace
}  // namespace tailwater
