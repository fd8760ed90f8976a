#include "runs/run_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "runs/findings_text.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RunFindings read(std::string_view log) {
  RunBuilder builder;
  add_lines(builder, log);
  return builder.findings();
}

std::vector<std::string> stages_of(const RunFindings& found) {
  std::vector<std::string> names;
  for (const RunStage& stage : found.stages) {
    names.push_back(std::string(2U * stage.depth, ' ') + stage.name + " " + std::string(to_text(stage.state)));
  }
  return names;
}

TEST(RunBuilder, IsPendingUntilTheFirstLine) {
  RunBuilder builder;
  EXPECT_EQ(builder.findings().state, RunState::kPending);
  const auto version = builder.version();
  add_lines(builder, "hello\n");
  EXPECT_EQ(builder.findings().state, RunState::kRunning);
  EXPECT_EQ(builder.findings().first_line, kLogTime);
  EXPECT_GT(builder.version(), version);
}

TEST(RunBuilder, DoesNotSayThatItChangedForLinesThatSayNothing) {
  RunBuilder builder;
  add_lines(builder, "hello\n");
  const auto version = builder.version();
  add_lines(builder, "one\ntwo\n\nthree\n");
  EXPECT_EQ(builder.version(), version);
  EXPECT_EQ(builder.findings().lines, 5U);
}

TEST(RunBuilder, ClosesWhatIsInsideOfWhatIsClosed) {
  const auto found =
      read("section_start:1:a\rA\nsection_start:2:b\rB\nsection_start:3:c\rC\nsection_end:9:a\nsection_end:10:b\n");
  EXPECT_THAT(stages_of(found), ElementsAre("A passed", "  B passed", "    C passed"));
  EXPECT_EQ(found.stage, "");
  EXPECT_EQ(found.stages[2].ended, WallTime(std::chrono::seconds(9)));
}

TEST(RunBuilder, PassesOverClosingsOfWhatWasNeverOpened) {
  const auto found =
      read("::endgroup::\nsection_end:1:x\n##teamcity[blockClosed name='y']\n[Pipeline] }\n::group::a\n");
  EXPECT_THAT(stages_of(found), ElementsAre("a running"));
  EXPECT_EQ(found.stage, "a");
}

TEST(RunBuilder, ClosesWhatIsOpenAtTheEnd) {
  RunBuilder builder;
  add_lines(builder, "::group::a\n::group::b\n");
  builder.end(RunState::kFailed, kLogTime + std::chrono::seconds(60));
  const auto found = builder.findings();
  EXPECT_THAT(stages_of(found), ElementsAre("a failed", "  b failed"));
  EXPECT_EQ(found.stages[1].ended, kLogTime + std::chrono::seconds(60));
  EXPECT_EQ(found.stages[1].end, (RunPlace{0, 22}));
  EXPECT_EQ(found.state, RunState::kFailed);
}

TEST(RunBuilder, KeepsABoundOnNesting) {
  RunBuilder builder;
  std::string log;
  for (int i = 0; i < 1'000'000; ++i) log += "::group::x\n";
  add_lines(builder, log);
  EXPECT_EQ(builder.findings().stages.size(), StageStack::kMaxDepth);
  EXPECT_EQ(builder.findings().dropped.stages, 1'000'000 - StageStack::kMaxDepth);
  std::string saved;
  builder.save(saved);
  EXPECT_LT(saved.size(), 4096U);
  log.clear();
  for (int i = 0; i < 1'000'000; ++i) log += "::endgroup::\n";
  add_lines(builder, log);
  EXPECT_EQ(builder.findings().stage, "") << "each closing is of one that was opened";
}

TEST(RunBuilder, KeepsABoundOnEverythingElse) {
  RunBuilder builder;
  const std::string longest(5000, 'x');
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    add_lines(builder, "::group::" + n + longest + "\nnot ok " + n + " - " + n + longest + "\na.c:" + n +
                           ":1: error: " + longest + "\na.c:" + n + ":1: warning: " + longest + "\n::endgroup::\n");
  }
  const auto found = builder.findings();
  EXPECT_EQ(found.stages.size(), StageStack::kMaxStages);
  EXPECT_EQ(found.failed_tests.size(), ProblemList::kMaxFailedTests);
  EXPECT_EQ(found.annotations.size(), ProblemList::kMaxAnnotations);
  EXPECT_EQ(found.dropped.failed_tests, 2000 - ProblemList::kMaxFailedTests);
  EXPECT_GT(found.dropped.stages, 0U);
  EXPECT_EQ(found.counts.failed, 2000U);
  std::string saved;
  builder.save(saved);
  EXPECT_LT(saved.size(), 300U << 10);
}

TEST(RunBuilder, TakesTheHeadOfADiffForNoHeading) {
  EXPECT_THAT(stages_of(read("--- old.txt\n+++ new.txt\n@@ -1 +1 @@\n-a\n+b\n")), IsEmpty());
  EXPECT_THAT(stages_of(read("--- one\ntext\n--- two\n+++ three\ntext\n")),
              ElementsAre("one passed", "two passed", "three running"));
}

TEST(RunBuilder, LeavesCommandsAloneWhileTheyAreStopped) {
  const auto found = read("::stop-commands::word\n::group::no\n::error::no\n::other::\n::word::\n::group::yes\n");
  EXPECT_THAT(stages_of(found), ElementsAre("yes running"));
  EXPECT_THAT(found.annotations, IsEmpty());
}

TEST(RunBuilder, CountsTheTestsOfTheOuterRunnerOnly) {
  const auto found = read(
      "Test project /x\n    Start 1: a\n[==========] Running 2 tests from 1 test suite.\n"
      "[       OK ] S.A (0 ms)\n[  FAILED  ] S.B (0 ms)\n[==========] 2 tests from 1 test suite ran. (0 ms total)\n"
      "1/2 Test #1: a ...***Failed  0.1 sec\n    Start 2: b\n2/2 Test #2: b ...   Passed  0.1 sec\n"
      "50% tests passed, 1 tests failed out of 2\n");
  EXPECT_EQ(found.counts.passed, 1U);
  EXPECT_EQ(found.counts.failed, 1U);
  ASSERT_EQ(found.failed_tests.size(), 1U);
  EXPECT_EQ(found.failed_tests[0].name, "a");
}

TEST(RunBuilder, AddsUpWhatFollowsEachOther) {
  const auto found = read(
      "running 2 tests\ntest a ... ok\ntest b ... ok\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured;\n"
      "=== test session starts ===\ncollected 3 items\n=== 3 passed in 0.1s ===\nTAP version 13\nok 1 - x\n1..1\n"
      "# pass 1\n# fail 0\n# duration_ms 1\n");
  EXPECT_EQ(found.counts.passed, 6U);
  EXPECT_EQ(found.counts.skipped, 1U);
  EXPECT_EQ(found.outcome, RunState::kPassed);
  EXPECT_THAT(stages_of(found), ElementsAre("cargo passed", "pytest passed", "tests running"));
}

TEST(RunBuilder, FollowsProgressOfTheInnermostToolThatCounts) {
  RunBuilder builder;
  add_lines(builder, "[3/10] CC a.o\n");
  EXPECT_EQ(builder.findings().progress, (RunProgress{3, 10, 0.3, "CC a.o"}));
  add_lines(builder, "::group::next\n");
  EXPECT_EQ(builder.findings().progress, std::nullopt);
  add_lines(builder, "1..4\nok 1\n");
  ASSERT_TRUE(builder.findings().progress);
  EXPECT_EQ(builder.findings().progress->done, 1U);
  EXPECT_EQ(builder.findings().progress->total, 4U);
}

TEST(RunBuilder, ASecondBuildIsAnotherStage) {
  const auto found = read("[1/2] a\n[2/2] b\n[1/3] c\n[2/3] d\n");
  EXPECT_THAT(stages_of(found), ElementsAre("ninja passed", "ninja running"));
}

TEST(RunBuilder, AFailureMakesTheStagesAroundItFail) {
  const auto found = read(
      "::group::a\n::group::b\nninja: build stopped: subcommand failed.\n::endgroup::\n::endgroup::\n"
      "::group::c\n::endgroup::\n");
  EXPECT_THAT(stages_of(found), ElementsAre("a failed", "  b failed", "c passed"));
  EXPECT_EQ(found.outcome, RunState::kFailed);
  EXPECT_EQ(found.state, RunState::kRunning) << "only the last line of a job says that it is over";
}

TEST(RunBuilder, WhatARunnerSaysAtTheEndWins) {
  const auto found = read("make: *** [Makefile:1: x] Error 1\nFinished: SUCCESS\n");
  EXPECT_EQ(found.state, RunState::kPassed);
  EXPECT_EQ(found.outcome, RunState::kPassed);
}

TEST(RunBuilder, ShowsNoControlCharacters) {
  const auto found = read("::group::a\tb\x01\xff\n::error::one%0Atwo%0D\x9b\n");
  EXPECT_EQ(found.stages[0].name, "a b \uFFFD");
  EXPECT_EQ(found.annotations[0].message, "one\ntwo \uFFFD");
}

TEST(RunBuilder, RefusesWhatItHasNotSaved) {
  RunBuilder builder;
  add_lines(builder, "::group::a\nnot ok 1 - x\na.c:1:2: error: y\n[1/2] z\n--- h\n");
  std::string saved;
  builder.save(saved);
  RunBuilder other;
  EXPECT_FALSE(other.restore(""));
  EXPECT_FALSE(other.restore(saved + "x"));
  for (std::size_t length = 0; length < saved.size(); ++length) {
    EXPECT_FALSE(other.restore(std::string_view(saved).substr(0, length))) << length;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = saved;
    changed[random() % changed.size()] = static_cast<char>(random());
    RunBuilder hostile;
    if (!hostile.restore(changed)) continue;
    add_lines(hostile, "::endgroup::\nnot ok 2 - x\n  error: 'why'\n::group::c\n");
    hostile.end(RunState::kPassed, kLogTime);
    (void)hostile.findings();
  }
  ASSERT_TRUE(other.restore(saved));
  EXPECT_EQ(other.findings(), builder.findings());
}

TEST(RunBuilder, FollowsRulesOfTheConfiguration) {
  const std::vector<std::string> rules{
      "^==> (?P<stage>.+)$", R"((?P<done>\d+) of (?P<total>\d+) files)", R"(^(?P<outcome>OK|FAIL) (?P<test>\w+)$)",
      R"(^PROBLEM (?P<file>\S+):(?P<line>\d+) (?P<warning>.+)$)", "^RESULT (?P<result>.+)$"};
  RunBuilder builder(*OwnRules::make(rules));
  add_lines(builder, "==> build\n3 of 4 files\nOK a\n==> test\nPROBLEM x.y:3 odd\nRESULT success\n");
  const auto found = builder.findings();
  EXPECT_THAT(stages_of(found), ElementsAre("build passed", "test running"));
  EXPECT_EQ(found.counts.passed, 1U);
  ASSERT_EQ(found.annotations.size(), 1U);
  EXPECT_EQ(found.annotations[0].line, 3U);
  EXPECT_EQ(found.state, RunState::kPassed);
}

TEST(OwnRules, SayWhatIsWrongWithThem) {
  const auto error = [](std::string pattern) {
    const auto made = OwnRules::make(std::vector<std::string>{std::move(pattern)});
    return made ? std::string() : made.error().message;
  };
  EXPECT_THAT(error("(?P<colour>x)"), HasSubstr("colour means nothing (write one of stage, begin, end"));
  EXPECT_THAT(error("no group"), HasSubstr("no named group"));
  EXPECT_THAT(error("(?P<mask>x)(?P<stage>y)"), HasSubstr("two rules"));
  EXPECT_THAT(error("("), HasSubstr("missing )"));
  EXPECT_EQ(error("(?P<mask>x)"), "");
  EXPECT_THAT(OwnRules::masks_of(std::vector<std::string>{"(?P<mask>x)", "(?P<stage>y)"}), ElementsAre("(?P<mask>x)"));
}

TEST(RunBuilder, TakesAScriptsHeadingsForStages) {
  const auto found = read(
      "==> format\n<== format: 1 passed, 0 failed, 0:02\n\n==> web\n RUN  v4.1.0 /x\n\n ✓ a.test.ts (3 tests)\n"
      " Tests  3 passed (3)\n<== web: 4 passed, 0 failed, 0:30\n==> last\nx\n");
  EXPECT_THAT(stages_of(found), ElementsAre("format passed", "web passed", "  vitest passed", "last running"));
  EXPECT_EQ(found.counts.passed, 5U) << "as the script counts";
  EXPECT_EQ(*found.stages[1].ended - found.stages[1].started, std::chrono::seconds(30));
  EXPECT_EQ(found.stages[0].end->offset, 48U) << "its last line is its own";
  EXPECT_EQ(found.outcome, RunState::kPassed);
}

TEST(RunBuilder, NamesThePartOfAScriptThatFailedWithoutANamedTest) {
  const auto found = read(
      "==> tidy\nsome words\n<== tidy: 0 passed, 1 failed, 1:03:20\n"
      "==> unit\n1/2 Test #1: a.b ....***Failed\n2/2 Test #2: a.c ....   Passed\n<== unit: 1 passed, 1 failed, 0:01\n"
      "==> odd\n<== another: 9 passed, 9 failed\n<== odd: as ever\n<== odd\n");
  EXPECT_THAT(stages_of(found), ElementsAre("tidy failed", "unit failed", "  ctest failed", "odd passed"));
  EXPECT_EQ(found.counts.failed, 2U);
  EXPECT_EQ(found.counts.passed, 1U);
  ASSERT_EQ(found.failed_tests.size(), 2U);
  EXPECT_EQ(found.failed_tests[0].name, "tidy");
  EXPECT_EQ(found.failed_tests[1].name, "a.b");
  EXPECT_EQ(*found.stages[0].ended - found.stages[0].started, std::chrono::seconds(3800));
  EXPECT_EQ(found.outcome, RunState::kFailed);
}

TEST(RunBuilder, TakesNoOtherArrowsForStages) {
  const auto found = read("==> a.log <==\n==> default: Importing\n  ==> indented\n==>\n==> \n<== \n<== x: 1 passed\n");
  EXPECT_THAT(found.stages, IsEmpty());
  EXPECT_EQ(found.counts.passed, 0U);
  const auto said =
      read("==> Making package: x 1-1\n==> WARNING: Skipping all\n==> ERROR: A failure occurred in build().\n");
  EXPECT_THAT(stages_of(said), ElementsAre("Making package: x 1-1 running"));
  EXPECT_EQ(said.counts.warnings, 1U);
  EXPECT_EQ(said.counts.errors, 1U);
}

}  // namespace
}  // namespace tailwater
