#include "stream/scan_pace.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

TEST(ScanPace, SlowPiecesBecomeSmallAndQuickOnesLarge) {
  ScanPace pace;
  SteadyTime now{};
  pace.begin_step(now);
  for (int i = 0; i < 20; ++i) pace.end_piece(now += Milliseconds(11));
  EXPECT_EQ(pace.piece_bytes(), ScanPace::kSmallestPiece);
  for (int i = 0; i < 20; ++i) pace.end_piece(now += Milliseconds(1));
  EXPECT_EQ(pace.piece_bytes(), RecordPieces::kPieceBytes);
  pace.end_piece(now += Milliseconds(5));
  EXPECT_EQ(pace.piece_bytes(), RecordPieces::kPieceBytes);
}

TEST(ScanPace, AStepEndsAfterItsTimeAndTheNextBeginsAnew) {
  ScanPace pace;
  SteadyTime now{};
  pace.begin_step(now);
  pace.end_piece(now += Milliseconds(40));
  EXPECT_FALSE(pace.step_is_over());
  pace.end_piece(now += Milliseconds(40));
  EXPECT_TRUE(pace.step_is_over());
  pace.begin_step(now);
  EXPECT_FALSE(pace.step_is_over());
}

}  // namespace
}  // namespace tailwater
