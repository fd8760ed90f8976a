#include "client/output_lines.h"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tailwater {
namespace {

using Source = OutputLines::Source;

constexpr std::string_view kTime = "2024-10-04T00:00:00.000Z";

class Lines {
 public:
  explicit Lines(bool terminal = false) : lines_(terminal) {}
  Lines& write(std::string_view bytes, Source source = Source::kStdout) {
    lines_.take(source, bytes, clock_.wall_now(), text_);
    return *this;
  }
  Lines& wait(Milliseconds time) {
    clock_.advance(time);
    lines_.flush_old(clock_.wall_now(), text_);
    return *this;
  }
  Lines& end() {
    lines_.end(clock_.wall_now(), text_);
    return *this;
  }
  /// Without the times.
  [[nodiscard]] std::string marked() const {
    const std::string text = this->text();
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      out += text.substr(begin + kTime.size() + 1, end - begin - kTime.size());
      begin = end + 1;
    }
    return out;
  }
  [[nodiscard]] std::string plain() const {
    std::string out;
    append_plain(out, text_);
    return out;
  }
  /// As it is sent.
  [[nodiscard]] std::string text() const {
    std::string out;
    append_marked_lines(out, text_);
    return out;
  }
  [[nodiscard]] const std::string& kept() const { return text_; }
  [[nodiscard]] bool has_pending() const { return lines_.has_pending(); }

 private:
  FakeClock clock_;
  OutputLines lines_;
  std::string text_;
};

TEST(OutputLines, MarksEachLineWithItsTimeAndWhereItCameFrom) {
  Lines lines;
  EXPECT_EQ(lines.write("one\n\ntwo\n").write("bad\n", Source::kStderr).text(),
            std::string(kTime) + " stdout F one\n" + std::string(kTime) + " stdout F \n" + std::string(kTime) +
                " stdout F two\n" + std::string(kTime) + " stderr F bad\n");
}

TEST(OutputLines, KeepsTheTwoOutputsApartInTheMiddleOfLines) {
  Lines lines;
  lines.write("on").write("err").write("or\n", Source::kStderr).write("e\n");
  EXPECT_EQ(lines.marked(), "stderr F or\nstdout F onerre\n");
}

TEST(OutputLines, LetsTheBeginningOfALineGoAfterAWhile) {
  Lines lines;
  lines.write("Password: ").wait(Milliseconds(199));
  EXPECT_EQ(lines.marked(), "");
  EXPECT_TRUE(lines.has_pending());
  EXPECT_EQ(lines.wait(Milliseconds(1)).marked(), "stdout P Password: \n");
  EXPECT_FALSE(lines.has_pending());
  EXPECT_EQ(lines.write("\nnext\n").marked(), "stdout P Password: \nstdout F \nstdout F next\n");
  EXPECT_EQ(lines.plain(), "Password: \nnext\n");
}

TEST(OutputLines, CutsLongLinesIntoParts) {
  Lines lines;
  const std::string part(OutputLines::kLongestPart, 'x');
  lines.write(part.substr(1)).write("x" + part + "yz\n").write(part + "\n");
  EXPECT_EQ(lines.marked(), "stdout P " + part + "\nstdout P " + part + "\nstdout F yz\nstdout F " + part + "\n");
}

TEST(OutputLines, TellsThatTheLastLineHadNoNewline) {
  EXPECT_EQ(Lines().write("a\nb").end().marked(), "stdout F a\nstdout F:unended b\n");
  EXPECT_EQ(Lines().write("a\nb").end().plain(), "a\nb");
  EXPECT_EQ(Lines().write("b").wait(Milliseconds(300)).end().marked(), "stdout P b\nstdout F:unended \n");
  EXPECT_EQ(Lines().write("a\n").end().marked(), "stdout F a\n");
}

TEST(OutputLines, TakesWhatATerminalWroteOverForLinesOfTheirOwn) {
  EXPECT_EQ(Lines(true).write("a\r\nb\r\r\n\r\nc\n").plain(), "a\nb\n\nc\n");
  EXPECT_EQ(Lines(true).write("\r[1/3] x\r[2/3] y\r").write("[3/3] z\r\n").plain(), "[1/3] x\n[2/3] y\n[3/3] z\n");
  EXPECT_EQ(Lines(true).write("a\r").write("\nb\r\rc\n").plain(), "a\nb\nc\n");
  EXPECT_EQ(Lines(true).write("5 %").wait(Milliseconds(300)).write("\r9 %\n").marked(),
            "stdout P 5 %\nstdout F \nstdout F 9 %\n");
  EXPECT_EQ(Lines().write("5 %\r9 %\n").plain(), "5 %\r9 %\n") << "a pipe's bytes stay what they are";
}

TEST(OutputLines, GivesBackTheBytesOfAnyOutput) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Lines lines;
    std::string written;
    for (int piece = 0; piece < 40; ++piece) {
      std::string bytes(random() % (piece % 10 == 0 ? 40'000 : 9), '\0');
      for (char& c : bytes) c = "\n\rab \0\xff"[random() % 7];
      written += bytes;
      lines.write(bytes);
      if (random() % 4 == 0) lines.wait(Milliseconds(random() % 400));
    }
    ASSERT_EQ(lines.end().plain(), written);
    std::string sent;
    append_plain(sent, lines.text());
    ASSERT_EQ(sent, written);
    ASSERT_EQ(whole_marked_bytes(lines.kept()), lines.kept().size());
  }
}

TEST(OutputLines, KeepsLinesThatCameTogetherInABlock) {
  Lines lines;
  lines.write("one\ntwo\nthree\nfo");
  EXPECT_EQ(lines.kept(), std::string(kTime) + " stdout F one\n" + std::string(kTime) + " stdout L 10\ntwo\nthree\n");
  EXPECT_EQ(lines.marked(), "stdout F one\nstdout F two\nstdout F three\n");
  EXPECT_EQ(lines.write("ur\n").plain(), "one\ntwo\nthree\nfour\n");
}

TEST(OutputLines, TakesOnlyWholeLinesAndBlocksForWhole) {
  const std::string kept = Lines().write("one\ntwo\n" + std::string(40, 'x') + "\n").kept();
  const std::size_t line = kept.find('\n') + 1;
  for (std::size_t bytes = 0; bytes <= kept.size(); ++bytes) {
    const std::size_t whole = bytes < line ? 0 : bytes < kept.size() ? line : kept.size();
    ASSERT_EQ(whole_marked_bytes(std::string_view(kept).substr(0, bytes)), whole) << bytes;
  }
  // Of a block that says of itself what cannot be nothing is made.
  std::string out;
  append_marked_lines(out, std::string(kTime) + " stdout L 99999999999999999999\nx\n");
  append_plain(out, std::string(kTime) + " stdout L -1\nx\n");
  EXPECT_EQ(out, "");
}

TEST(OutputLines, FitIntoAnyRoomAsWholeLines) {
  std::string written;
  for (int i = 0; i < 40; ++i) written += "line " + std::to_string(i) + "\n";
  const Lines lines = Lines().write("first\n" + written);
  for (std::size_t room = 0; room <= lines.kept().size(); ++room) {
    const std::string fitting = fitting_marked(lines.kept(), room);
    ASSERT_LE(fitting.size(), room);
    ASSERT_EQ(whole_marked_bytes(fitting), fitting.size());
    std::string plain;
    append_plain(plain, fitting);
    ASSERT_TRUE(plain.empty() || plain.ends_with('\n'));
    ASSERT_EQ(plain, ("first\n" + written).substr(0, plain.size()));
    if (room >= 200) {
      ASSERT_GE(plain.size() + 120, room);
    }
  }
  EXPECT_EQ(fitting_marked(lines.kept(), lines.kept().size()), lines.kept());
}

}  // namespace
}  // namespace tailwater
