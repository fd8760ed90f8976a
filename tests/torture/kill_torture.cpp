// kill -9 at random instants under 50,000 lines/s over 20 rotating files: nothing lost, nothing repeated, no gap. CI
// kills 20 times; TAILWATER_TORTURE=10 makes it 200.
#include <gtest/gtest.h>

#include <iostream>

#include "support/build_kind.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

TEST(Kill, AtRandomInstantsUnderFiftyThousandLinesASecond) {
  OracleSettings settings;
  settings.writer.files = 20;
  settings.writer.lines_per_second = load(50'000.0);
  settings.writer.rotate_every = milliseconds(50);
  settings.queries = {{"", every_line, 2}, {"&grep=%20ERROR%20", errors_only, 2}};
  settings.hang_ups = 40;
  settings.longest_connection = milliseconds(1000);
  OracleRun run(std::move(settings));
  ASSERT_TRUE(run.start()) << run.daemon().failure();
  for (int kills = 0; kills < 20 * torture_scale(); ++kills) {
    ASSERT_TRUE(run.kill_and_start_again(milliseconds(800))) << run.daemon().failure();
  }
  run.run(milliseconds(0));
  EXPECT_EQ(run.verdict(milliseconds(60'000)), "");
  std::cout << run.summary() << '\n';
}

TEST(Kill, WhileTheDaemonIsStillStarting) {
  OracleSettings settings;
  settings.writer.files = 20;
  settings.writer.lines_per_second = load(20'000.0);
  settings.writer.rotate_every = milliseconds(50);
  settings.queries = {{"", every_line, 2}};
  settings.hang_ups = 0;
  OracleRun run(std::move(settings));
  ASSERT_TRUE(run.start()) << run.daemon().failure();
  for (int kills = 0; kills < 30 * torture_scale(); ++kills) {
    run.kill_while_starting(milliseconds(60));
    if (kills % 5 == 4) {
      ASSERT_TRUE(run.kill_and_start_again(milliseconds(100))) << run.daemon().failure();
    }
  }
  ASSERT_TRUE(run.kill_and_start_again(milliseconds(1))) << run.daemon().failure();
  run.run(milliseconds(0));
  EXPECT_EQ(run.verdict(milliseconds(60'000)), "");
  std::cout << run.summary() << '\n';
}

}  // namespace
}  // namespace tailwater
