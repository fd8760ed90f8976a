#include "http/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace tailwater {
namespace {

TEST(Gzip, GivesBackWhatItTook) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919 % 1000);
  const auto packed = gzip(text);
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size(), text.size());
  const auto plain = gunzip(*packed);
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, text);
}

TEST(Gzip, RefusesWhatIsTornOrTooLarge) {
  const std::string packed = *gzip(std::string(100'000, 'a'));
  EXPECT_FALSE(gunzip(packed.substr(0, packed.size() - 1)));
  EXPECT_FALSE(gunzip("not gzip"));
  EXPECT_FALSE(gunzip(""));
  EXPECT_FALSE(gunzip(packed, 99'999));
  EXPECT_TRUE(gunzip(packed, 100'000));
}

TEST(AcceptsGzip, ReadsWeightsAndTheStar) {
  for (const char* value : {"gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP;q=0.5", "*", "x-gzip", "*;q=0, gzip"}) {
    EXPECT_TRUE(accepts_gzip(value)) << value;
  }
  for (const char* value : {"", "br", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "gzipped"}) {
    EXPECT_FALSE(accepts_gzip(value)) << value;
  }
}

}  // namespace
}  // namespace tailwater
