#include "client/terminal_text.h"

#include <random>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

std::string kept(std::string_view line) {
  std::string out;
  append_terminal_text(out, line, Colors::kKept);
  return out;
}
std::string stripped(std::string_view line) {
  std::string out;
  append_terminal_text(out, line, Colors::kStripped);
  return out;
}

TEST(TerminalText, LeavesTextAlone) {
  for (const std::string_view text : {"", "plain", "tab\tand\nnewline", "ä € 日本 \xF0\x9F\x98\x80", "50 % [x] ;m"}) {
    EXPECT_EQ(kept(text), text);
    EXPECT_EQ(stripped(text), text);
  }
}

TEST(TerminalText, KeepsColorsAndResetsThemAtTheEnd) {
  EXPECT_EQ(kept("\x1b[31mred\x1b[0m x"), "\x1b[31mred\x1b[0m x\x1b[0m");
  EXPECT_EQ(kept("\x1b[38;2;1;2;3mx"), "\x1b[38;2;1;2;3mx\x1b[0m");
  EXPECT_EQ(kept("\x1b[4:3mx"), "\x1b[4:3mx\x1b[0m");
  EXPECT_EQ(stripped("\x1b[31mred\x1b[0m x"), "red x");
}

TEST(TerminalText, DropsEverySequenceThatDoesMoreThanColor) {
  EXPECT_EQ(kept("a\x1b[2Jb\x1b[1;1Hc\x1b[?25ld\x1b[6ne"), "abcde");
  EXPECT_EQ(kept("a\x1b]0;title\ab"), "ab");
  EXPECT_EQ(kept("a\x1b]52;c;cGFzdGU=\x1b\\b"), "ab");
  EXPECT_EQ(kept("a\x1bP1$r0m\x1b\\b"), "ab");
  EXPECT_EQ(kept("a\x1b(0b\x1b"
                 "cd\x1b#8e"),
            "abde");
  EXPECT_EQ(kept("a\x1b[>4;2mb\x1b[ mc"), "abc") << "private and intermediate bytes are no colours";
  EXPECT_EQ(kept("a\x1b[" + std::string(100, '1') + "mb"), "ab");
  EXPECT_EQ(kept("a\x1b]0;never ended\nb"), "a\nb");
  EXPECT_EQ(kept("a\x1b"), "a");
  EXPECT_EQ(kept("a\x1b[3"), "a");
}

TEST(TerminalText, DropsControlCharactersOfEveryKind) {
  EXPECT_EQ(kept(std::string("a\0b\rc\bd\x7f"
                             "e\af",
                             11)),
            "abcdef");
  EXPECT_EQ(kept("a\xC2\x9B"
                 "31mb\xC2\x85"
                 "c"),
            "abc")
      << "C1";
  EXPECT_EQ(kept("a\xE2\x80\xAE"
                 "b\xE2\x81\xA6"
                 "c\xE2\x80\x8F"
                 "d"),
            "abcd")
      << "bidi controls";
  EXPECT_EQ(kept("\xE2\x82\xAC\xC2\xA0x"), "\xE2\x82\xAC\xC2\xA0x");
}

TEST(TerminalText, LeavesNoControlWhateverComes) {
  constexpr std::string_view kPieces[] = {"\x1b", "[", "]", "31", ";",        "m", "\a",
                                          "\\",   "P", "x", "\n", "\xC2\x9B", "(", "\x7f"};
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string line;
    for (int i = 0; i < 12; ++i) line += kPieces[random() % std::size(kPieces)];
    const std::string out = stripped(line);
    for (const char c : out) ASSERT_TRUE(c == '\n' || (c >= ' ' && c != '\x7f')) << testing::PrintToString(line);
  }
}

}  // namespace
}  // namespace tailwater
