// The promise itself, under load: many files, rotations, clients that hang up at random bytes, a daemon that is killed.
// Every client ends with each matching line once, in one order.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "support/build_kind.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

OracleSettings busy_files() {
  OracleSettings settings;
  settings.writer.files = 20;
  settings.writer.lines_per_second = load(5000.0);
  settings.writer.rotate_every = milliseconds(100);
  return settings;
}

TEST(Resume, IsExactOverAThousandHangUpsAndRotations) {
  OracleSettings settings = busy_files();
  settings.hang_ups = load(1000) * torture_scale();
  OracleRun run(std::move(settings));
  ASSERT_TRUE(run.start()) << run.daemon().failure();
  run.run(milliseconds(10'000));
  EXPECT_EQ(run.verdict(), "");
  std::cout << run.summary() << '\n';
}

TEST(Resume, IsExactOverFiftyKillsOfTheDaemon) {
  OracleSettings settings = busy_files();
  settings.hang_ups = 200;
  OracleRun run(std::move(settings));
  ASSERT_TRUE(run.start()) << run.daemon().failure();
  for (int kills = 0; kills < (kSanitized ? 15 : 50) * torture_scale(); ++kills) {
    ASSERT_TRUE(run.kill_and_start_again(milliseconds(500))) << run.daemon().failure();
  }
  run.run(milliseconds(0));
  EXPECT_EQ(run.verdict(), "");
  std::cout << run.summary() << '\n';
}

TEST(Resume, IsExactWhereRotatedNamesShiftAsLogrotateShiftsThem) {
  OracleSettings settings = busy_files();
  settings.writer.keep_rotated = 60;
  settings.hang_ups = 300;
  OracleRun run(std::move(settings));
  ASSERT_TRUE(run.start()) << run.daemon().failure();
  for (int kills = 0; kills < 5; ++kills) {
    ASSERT_TRUE(run.kill_and_start_again(milliseconds(2000))) << run.daemon().failure();
  }
  run.run(milliseconds(0));
  EXPECT_EQ(run.verdict(), "");
  std::cout << run.summary() << '\n';
}

}  // namespace
}  // namespace tailwater
