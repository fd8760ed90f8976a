#include "runs/run.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

constexpr RunState kAll[] = {RunState::kPending, RunState::kRunning,  RunState::kPassed,  RunState::kFailed,
                             RunState::kErrored, RunState::kCanceled, RunState::kSkipped, RunState::kLost};

TEST(Run, StatesReadBackFromTheirTexts) {
  for (const RunState state : kAll) EXPECT_EQ(parse_run_state(to_text(state)), state) << to_text(state);
  EXPECT_EQ(to_text(RunState::kCanceled), "canceled");
  EXPECT_EQ(parse_run_state("Passed"), std::nullopt);
  EXPECT_EQ(parse_run_state(""), std::nullopt);
}

TEST(Run, OnlyPendingAndRunningGoOn) {
  for (const RunState state : kAll) {
    EXPECT_EQ(is_final(state), state != RunState::kPending && state != RunState::kRunning) << to_text(state);
  }
}

TEST(Run, TheWorseOfTwoOutcomesDoesNotDependOnTheirOrder) {
  EXPECT_EQ(worse_of(RunState::kPassed, RunState::kFailed), RunState::kFailed);
  for (const RunState left : kAll) {
    for (const RunState right : kAll) {
      if (left == RunState::kPending || right == RunState::kPending) continue;
      EXPECT_EQ(worse_of(left, right), worse_of(right, left));
    }
  }
}

TEST(Run, IsNamedByStreamAndFile) {
  EXPECT_EQ(path_of({.stream = "ci", .file = "build-17", .name = "build", .attempt = 17, .labels = {}}), "ci/build-17");
}

}  // namespace
}  // namespace tailwater
