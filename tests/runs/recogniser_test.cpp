#include "runs/recogniser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runs/marker_escapes.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;

Mark only_mark(std::string_view line, Marks& marks) {
  recognise(line, marks);
  EXPECT_EQ(marks.size(), 1U) << line;
  return marks.empty() ? Mark{} : *marks.begin();
}

MarkKind kind_of(std::string_view line) {
  Marks marks;
  recognise(line, marks);
  EXPECT_FALSE(marks.empty()) << line;
  return marks.empty() ? MarkKind::kDiff : marks.begin()->kind;
}

TEST(Recogniser, PassesOverWhatIsNoMarker) {
  for (const std::string_view line : {"",
                                      "   ",
                                      "compiling",
                                      "ok",
                                      "not ok",
                                      "okay 1",
                                      "[12/] x",
                                      "[13/12] x",
                                      "[a/b] x",
                                      "[ 101%] x",
                                      "[%] x",
                                      "::",
                                      "::group",
                                      "::error",
                                      "##[",
                                      "##[group",
                                      "##vso[",
                                      "##vso[task.setprogress value=101;]",
                                      "##teamcity[",
                                      "##teamcity[testStarted",
                                      "section_start:",
                                      "section_start:x:y",
                                      "section_end:17:",
                                      "travis_fold:",
                                      "travis_fold:begin:x",
                                      "travis_time:end:x:start=1",
                                      "---",
                                      "--- ",
                                      "+++",
                                      "make: nothing to be done",
                                      "make[1]: [Makefile:3: x] Error 1 (ignored)",
                                      "1..",
                                      "1..x",
                                      "  1..3",
                                      "# pass",
                                      "# passes 3",
                                      "OKAY",
                                      "[ RUN      ] no dot",
                                      "[  FAILED  ] Suite.Name",
                                      "[  PASSED  ] 3 tests.",
                                      "3/4 tests",
                                      "12% of all",
                                      "Ran away",
                                      "test result: maybe",
                                      "test it ... yes",
                                      "=== 3 of a kind ===",
                                      "3 failed attempts in 2 ways",
                                      "Finished: soon",
                                      "FAILED to do it",
                                      "error",
                                      "errors: 3",
                                      "warning",
                                      "http://host:80/x: error: y\"",
                                      "a:12",
                                      "a:12:",
                                      "a:0: error: x",
                                      "12:34:56 error: time",
                                      "Files=2",
                                      "Result: MAYBE",
                                      "Start 3: x",
                                      "Test projects",
                                      "[INFO] Building",
                                      "BUILD IT",
                                      "[Pipeline] stage",
                                      "The command \"x\" exited with 0.",
                                      "Done. Your build",
                                      "thread 'x' did",
                                      "Downloading (3, 4)"}) {
    Marks marks;
    recognise(line, marks);
    EXPECT_TRUE(marks.empty()) << line;
  }
}

TEST(Recogniser, LooksThroughTimesThatRunnersWrite) {
  Marks marks;
  const Mark mark = only_mark("2026-11-20T09:00:00.5000000Z ##[group]Run make", marks);
  EXPECT_EQ(mark.name, "Run make");
  ASSERT_TRUE(mark.time);
  EXPECT_EQ(mark.time->time_since_epoch().count(), 1'795'165'200'500);
  EXPECT_EQ(kind_of("2026-11-20T09:00:00.123456Z 01O Job succeeded"), MarkKind::kResult);
}

TEST(Recogniser, ReadsPropertiesWithTheirEscapes) {
  Marks marks;
  const Mark mark = only_mark("::error file=a%2Cb.c,line=3,col=7,title=x%3Ay::one%0Atwo%25", marks);
  EXPECT_EQ(mark.file, "a,b.c");
  EXPECT_EQ(mark.line, 3U);
  EXPECT_EQ(mark.column, 7U);
  EXPECT_EQ(mark.title, "x:y");
  EXPECT_EQ(mark.message, "one\ntwo%");
}

TEST(Recogniser, ReadsPlacesAsCompilersWriteThem) {
  struct Case {
    std::string_view line, file, title, message;
    std::uint32_t number, column;
    Severity severity;
  };
  for (const Case& one : {
           Case{"src/a.c:12:5: error: no such thing", "src/a.c", "", "no such thing", 12, 5, Severity::kError},
           Case{"src/a.c:12: warning: odd", "src/a.c", "", "odd", 12, 0, Severity::kWarning},
           Case{"/x/a b.c:1:2: fatal error: x.h: No such file", "/x/a b.c", "", "x.h: No such file", 1, 2,
                Severity::kError},
           Case{"src/a.ts(3,5): error TS2322: not assignable", "src/a.ts", "TS2322", "not assignable", 3, 5,
                Severity::kError},
           Case{"src/a.ts:3:5 - error TS2322: not assignable", "src/a.ts", "TS2322", "not assignable", 3, 5,
                Severity::kError},
           Case{"C:\\x\\a.cpp(12): warning C4100: unused", "C:\\x\\a.cpp", "C4100", "unused", 12, 0,
                Severity::kWarning},
           Case{"./main.go:5:2: undefined: x", "./main.go", "", "undefined: x", 5, 2, Severity::kError},
           Case{"error[E0308]: mismatched types", "", "E0308", "mismatched types", 0, 0, Severity::kError},
           Case{"[ERROR] /x/A.java:[5,9] cannot find symbol", "/x/A.java", "", "cannot find symbol", 5, 9,
                Severity::kError},
           Case{"CMake Error at CMakeLists.txt:3 (message):", "CMakeLists.txt", "", "", 3, 0, Severity::kError},
       }) {
    Marks marks;
    const Mark mark = only_mark(one.line, marks);
    EXPECT_EQ(mark.kind, MarkKind::kAnnotation) << one.line;
    EXPECT_EQ(mark.file, one.file) << one.line;
    EXPECT_EQ(mark.line, one.number) << one.line;
    EXPECT_EQ(mark.column, one.column) << one.line;
    EXPECT_EQ(mark.title, one.title) << one.line;
    EXPECT_EQ(mark.message, one.message) << one.line;
    EXPECT_EQ(mark.severity, one.severity) << one.line;
  }
}

TEST(Recogniser, KnowsHowJobsEnd) {
  struct Case {
    std::string_view line;
    RunState state;
  };
  for (const Case& one :
       {Case{"Job succeeded", RunState::kPassed}, Case{"ERROR: Job failed: exit code 1", RunState::kFailed},
        Case{"ERROR: Job failed (system failure): no disk", RunState::kErrored},
        Case{"ERROR: Job failed: canceled", RunState::kCanceled}, Case{"Finished: SUCCESS", RunState::kPassed},
        Case{"Finished: UNSTABLE", RunState::kFailed}, Case{"Finished: ABORTED", RunState::kCanceled},
        Case{"Done. Your build exited with 0.", RunState::kPassed},
        Case{"Done. Your build exited with 2.", RunState::kFailed}}) {
    Marks marks;
    const Mark mark = only_mark(one.line, marks);
    EXPECT_EQ(mark.state, one.state) << one.line;
    EXPECT_TRUE(mark.last) << one.line;
  }
}

TEST(Recogniser, KnowsTotals) {
  struct Case {
    std::string_view line;
    std::uint64_t passed, failed, skipped;
  };
  for (const Case& one :
       {Case{"test result: FAILED. 2 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s", 2, 1,
             3},
        Case{"==== 3 failed, 20 passed, 1 skipped, 2 warnings, 1 error in 1.20s ====", 20, 4, 1},
        Case{"20 passed in 0.12s", 20, 0, 0},
        Case{"[ERROR] Tests run: 9, Failures: 1, Errors: 2, Skipped: 3", 3, 3, 3}}) {
    Marks marks;
    const Mark mark = only_mark(one.line, marks);
    EXPECT_EQ(mark.kind, MarkKind::kTotals) << one.line;
    EXPECT_EQ(mark.passed, one.passed) << one.line;
    EXPECT_EQ(mark.failed, one.failed) << one.line;
    EXPECT_EQ(mark.skipped, one.skipped) << one.line;
  }
}

TEST(Recogniser, ResolvesEscapes) {
  EXPECT_EQ(from_percent_escapes("a%25%0A%3Ab%"), "a%\n:b%");
  EXPECT_EQ(from_percent_escapes("%AZP25 %zz"), "% %zz");
  EXPECT_EQ(from_bar_escapes("a|nb|'|[|]|||0x00e4"), "a\nb'[]|\u00e4");
  EXPECT_EQ(from_bar_escapes("|0xd800"), "\uFFFD");
  EXPECT_EQ(from_bar_escapes("|0xzz |"), "0xzz |");
}

TEST(Recogniser, KeepsToItsPartOfALongLine) {
  Marks marks;
  recognise(std::string(1 << 20, ':'), marks);
  recognise("::group::" + std::string(1 << 20, 'x'), marks);
  ASSERT_FALSE(marks.empty());
  EXPECT_LE(marks.begin()->name.size(), kMaxMarkerBytes);
}

}  // namespace
}  // namespace tailwater
