#include "source/path_verdict.h"

#include <gtest/gtest.h>

namespace tailwater {
namespace {

/// All 64 combinations.
template <typename Check>
void for_all_facts(Check check) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    PathFacts facts;
    facts.known = (bits & 1U) != 0;
    facts.was_present = (bits & 2U) != 0;
    facts.present = (bits & 4U) != 0;
    facts.same_inode = (bits & 8U) != 0;
    facts.same_bytes = (bits & 16U) != 0;
    facts.old_elsewhere = (bits & 32U) != 0;
    SCOPED_TRACE(bits);
    check(facts, judge(facts));
  }
}

TEST(PathVerdict, TellsRemovalsOnceAndOnlyOfWhatWasThere) {
  for_all_facts([](const PathFacts& facts, PathVerdict verdict) {
    EXPECT_EQ(verdict == PathVerdict::kRemoved, !facts.present && facts.known && facts.was_present);
    EXPECT_EQ(verdict == PathVerdict::kNothing, !facts.present && !(facts.known && facts.was_present));
  });
}

TEST(PathVerdict, GoesOnOnlyInTheSameInodeWithTheSameBytes) {
  for_all_facts([](const PathFacts& facts, PathVerdict verdict) {
    const bool goes_on = verdict == PathVerdict::kContinued || verdict == PathVerdict::kReturned;
    EXPECT_EQ(goes_on, facts.present && facts.known && facts.same_inode && facts.same_bytes);
    EXPECT_EQ(verdict == PathVerdict::kReturned, goes_on && !facts.was_present);
  });
}

TEST(PathVerdict, NamesTheChangeByInodeAndByWhereTheOldOneIs) {
  for_all_facts([](const PathFacts& facts, PathVerdict verdict) {
    const bool other = facts.present && facts.known && facts.was_present && !(facts.same_inode && facts.same_bytes);
    EXPECT_EQ(verdict == PathVerdict::kTruncated, other && facts.same_inode);
    EXPECT_EQ(verdict == PathVerdict::kRotated, other && !facts.same_inode && facts.old_elsewhere);
    EXPECT_EQ(verdict == PathVerdict::kReplaced, other && !facts.same_inode && !facts.old_elsewhere);
  });
}

TEST(PathVerdict, AFirstFileAndOneAfterARemovalAppear) {
  for_all_facts([](const PathFacts& facts, PathVerdict verdict) {
    const bool first = facts.present && !facts.known;
    const bool after_removal =
        facts.present && facts.known && !facts.was_present && !(facts.same_inode && facts.same_bytes);
    EXPECT_EQ(verdict == PathVerdict::kAppeared, first || after_removal);
  });
}

TEST(PathVerdict, AnInodeIsTheSameAcrossAChangedDeviceNumberIfItsBirthIsKnown) {
  FileIdentity remembered;
  remembered.device = 1;
  remembered.inode = 7;
  remembered.birth_ns = 12345;
  FileIdentity seen = remembered;
  EXPECT_TRUE(is_same_inode(remembered, seen));
  seen.device = 2;
  EXPECT_TRUE(is_same_inode(remembered, seen));
  seen.birth_ns = 12346;
  EXPECT_FALSE(is_same_inode(remembered, seen));
  remembered.birth_ns = seen.birth_ns = 0;
  EXPECT_FALSE(is_same_inode(remembered, seen));
  seen.device = 1;
  EXPECT_TRUE(is_same_inode(remembered, seen));
  seen.inode = 8;
  EXPECT_FALSE(is_same_inode(remembered, seen));
}

}  // namespace
}  // namespace tailwater
