#include "base/time_text.h"

#include <random>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

WallTime at(long long milliseconds) {
  return WallTime(Milliseconds(milliseconds));
}

TEST(TimeText, WritesUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(at(951'868'800'000)), "2000-03-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(TimeText, ReadsBackWhatItWrites) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const WallTime time = at(static_cast<long long>(random() % 250'000'000'000'000ULL) - 60'000'000'000'000LL);
    const auto back = parse_rfc3339(to_rfc3339(time));
    ASSERT_TRUE(back) << to_rfc3339(time);
    EXPECT_EQ(*back, time);
  }
}

TEST(TimeText, TakesOffsetsFractionsAndSpaces) {
  EXPECT_EQ(parse_rfc3339("1970-01-01 01:00:00+01:00").value(), at(0));
  EXPECT_EQ(parse_rfc3339("1970-01-01t00:00:00.1z").value(), at(100));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00,123987-0030").value(), at(30 * 60'000 + 123));
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "1970", "1970-01-01", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00", "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+99:00"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(TimeText, DurationsRoundTrip) {
  EXPECT_EQ(parse_duration("10m").value(), Milliseconds(600'000));
  EXPECT_EQ(parse_duration("1h30m").value(), Milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("500ms").value(), Milliseconds(500));
  EXPECT_EQ(parse_duration("15").value(), Milliseconds(15'000));
  for (const long long ms : {0LL, 1LL, 999LL, 15'000LL, 5'400'000LL, 694'861'001LL}) {
    EXPECT_EQ(parse_duration(to_duration_text(Milliseconds(ms))).value(), Milliseconds(ms)) << ms;
  }
}

TEST(TimeText, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "m", "-5s", "5x", "1.5h", "10m 5s", "5s3", "99999999999s", "4000000000w4000000000w"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace tailwater
