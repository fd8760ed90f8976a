#include "filter/multiline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "filter/record_rules_of.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

Multiline::Rule rule(Multiline::Mode mode, std::string start, std::string condition) {
  Multiline::Rule rule;
  rule.mode = mode;
  rule.start = std::move(start);
  rule.condition = std::move(condition);
  return rule;
}

TEST(Multiline, ALineThatMatchesStartBeginsARecord) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltBefore, R"(^\d{4}-)", ""));
  EXPECT_EQ(lines_cut("2026-01 a\n  b\nc\n2026-02 d\n2026-03 e\nf\n", rules),
            (Lines{"2026-01 a\n  b\nc", "2026-02 d", "2026-03 e\nf"}));
}

TEST(Multiline, LinesBeforeTheFirstStartAreRecordsOfTheirOwn) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltBefore, R"(^\d{4}-)", ""));
  EXPECT_EQ(lines_cut("x\ny\n2026-01 a\nb\n", rules), (Lines{"x", "y", "2026-01 a\nb"}));
}

TEST(Multiline, ContinueThroughJoinsWhatGoesOn) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kContinueThrough, "", R"(^\s)"));
  EXPECT_EQ(lines_cut("a\n b\n c\nd\n e\nf\n", rules), (Lines{"a\n b\n c", "d\n e", "f"}));
}

TEST(Multiline, ContinuePastJoinsTheLineBehind) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kContinuePast, "", R"(\\$)"));
  EXPECT_EQ(lines_cut("a\\\nb\\\nc\nd\ne\\\nf\n", rules), (Lines{"a\\\nb\\\nc", "d", "e\\\nf"}));
}

TEST(Multiline, HaltBeforeBeginsAtTheCondition) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltBefore, "^BEGIN", "^---"));
  EXPECT_EQ(lines_cut("BEGIN a\nb\n---\nc\nBEGIN d\nBEGIN e\nf\n", rules),
            (Lines{"BEGIN a\nb", "---", "c", "BEGIN d", "BEGIN e\nf"}));
}

TEST(Multiline, HaltWithEndsAtTheConditionAlsoInTheFirstLine) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltWith, "", ";$"));
  EXPECT_EQ(lines_cut("SELECT 1;\nSELECT\n  2\n;\nx;\n", rules), (Lines{"SELECT 1;", "SELECT\n  2\n;", "x;"}));
}

TEST(Multiline, OffsetsCountEveryByteAndLineEndingsInsideStay) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kContinueThrough, "", R"(^\s)"));
  EXPECT_EQ(cut("a\r\n b\r\nc\r\n", rules, 100), (std::vector<CutRecord>{{100, 107, "a\r\n b"}, {107, 110, "c"}}));
}

TEST(Multiline, ARecordHasNoMoreLinesThanItMay) {
  Multiline::Rule bounded = rule(Multiline::Mode::kContinueThrough, "", R"(^\s)");
  bounded.max_lines = 3;
  EXPECT_EQ(
      cut("a\n 1\n 2\n 3\n 4\nb\n", rules_of(bounded)),
      (std::vector<CutRecord>{{0, 8, "a\n 1\n 2", /*truncated=*/true}, {8, 11, " 3"}, {11, 14, " 4"}, {14, 16, "b"}}));
}

TEST(Multiline, ARecordHasNoMoreBytesThanItMay) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kContinueThrough, "", R"(^\s)"), 8);
  EXPECT_EQ(lines_cut("a\n 1\n 2\n 3\n 4\nb\n 12345678901\n c\n", rules),
            (Lines{"a\n 1\n 2", " 3", " 4", "b", " 1234567", "8901", " c"}));
}

TEST(Multiline, WholeRecordsWaitForTheLineThatBeginsTheNext) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltBefore, "^>", ""));
  EXPECT_EQ(whole_records(">a\nb\n", rules), 0U);
  EXPECT_EQ(whole_records(">a\nb\n>", rules), 0U);
  EXPECT_EQ(whole_records(">a\nb\n>c\n", rules), 5U);
  EXPECT_EQ(whole_records("x\ny\n", rules), 4U);
  const RecordRules halt_with = rules_of(rule(Multiline::Mode::kHaltWith, "", ";$"));
  EXPECT_EQ(whole_records("a\nb;\n", halt_with), 5U);
  EXPECT_EQ(whole_records("a\nb;\nc\n", halt_with), 5U);
}

TEST(Multiline, WholeRecordsNeverWaitForMoreThanARecordsBytes) {
  const RecordRules rules = rules_of(rule(Multiline::Mode::kHaltBefore, "^>", ""), 8);
  EXPECT_EQ(whole_records(">a\nb\n123", rules), 0U);
  EXPECT_EQ(whole_records(">a\nb\n1234", rules), 5U);
}

TEST(Multiline, PatternsThatAreNoneAreNamed) {
  EXPECT_FALSE(Multiline::make(rule(Multiline::Mode::kHaltBefore, "(", "")));
  EXPECT_FALSE(Multiline::make(rule(Multiline::Mode::kHaltWith, "", "[")));
  EXPECT_EQ(Multiline::built_in("cobol").error().code, ErrorCode::kNotFound);
}

struct Trace {
  const char* name;
  Lines records;
};
class BuiltInMultiline : public ::testing::TestWithParam<Trace> {};

TEST_P(BuiltInMultiline, KeepsStackTracesTogether) {
  std::string text;
  for (const std::string& record : GetParam().records) text += record + "\n";
  EXPECT_EQ(lines_cut(text, rules_of_built_in(GetParam().name)), GetParam().records);
}

INSTANTIATE_TEST_SUITE_P(
    All, BuiltInMultiline,
    ::testing::Values(Trace{"java",
                            {"2026-11-20 09:00:00,123 INFO  [main] c.e.App - started",
                             "2026-11-20 09:00:01,000 ERROR [main] c.e.App - it broke\n"
                             "java.lang.IllegalStateException: cannot\n"
                             "\tat c.e.App.run(App.java:12) ~[app.jar:1]\n"
                             "\tat c.e.App.main(App.java:3)\n"
                             "\tSuppressed: java.io.IOException: closed\n"
                             "\t\tat c.e.X.close(X.java:9)\n"
                             "Caused by: c.e.OddException: why\n"
                             "\tat c.e.Y.f(Y.java:1)\n"
                             "\t... 2 more",
                             "2026-11-20 09:00:02,000 INFO  [main] c.e.App - going on",
                             "Exception in thread \"main\" java.lang.Error: x\n\tat A.main(A.java:1)"}},
                      Trace{"python",
                            {"2026-11-20 09:00:00,123 INFO started",
                             "2026-11-20 09:00:01,000 ERROR it broke\n"
                             "Traceback (most recent call last):\n"
                             "  File \"a.py\", line 3, in f\n"
                             "    g()\n"
                             "KeyError: 'x'\n"
                             "\n"
                             "During handling of the above exception, another exception occurred:\n"
                             "\n"
                             "Traceback (most recent call last):\n"
                             "  File \"a.py\", line 5, in <module>\n"
                             "    f()\n"
                             "pkg.errors.OddError: y",
                             "2026-11-20 09:00:02,000 INFO going on"}},
                      Trace{"go",
                            {"2026/11/20 09:00:00 started",
                             "panic: runtime error: invalid memory address or nil pointer dereference\n"
                             "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e1f4]\n"
                             "\n"
                             "goroutine 1 [running]:\n"
                             "main.(*T).f(0x0)\n"
                             "\t/src/a.go:12 +0x1a\n"
                             "main.main()\n"
                             "\t/src/a.go:5 +0x20\n"
                             "created by main.start in goroutine 1\n"
                             "\t/src/a.go:9 +0x30\n"
                             "exit status 2",
                             "2026/11/20 09:00:02 going on"}},
                      Trace{"ruby",
                            {"I, [2026-11-20T09:00:00 #1]  INFO -- : started",
                             "E, [2026-11-20T09:00:01 #1] ERROR -- : divided by 0 (ZeroDivisionError)\n"
                             "app.rb:3:in `/'\n"
                             "app.rb:3:in `f'\n"
                             "app.rb:7:in `<main>'",
                             "app.rb:1:in `f': no (RuntimeError)\n"
                             "\tfrom app.rb:4:in `<main>'",
                             "I, [2026-11-20T09:00:02 #1]  INFO -- : going on"}}),
    [](const auto& trace) { return std::string(trace.param.name); });

}  // namespace
}  // namespace tailwater
