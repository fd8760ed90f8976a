#include "base/stream_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tailwater {
namespace {

TEST(StreamSet, LeftEmptyIsNothing) {
  EXPECT_TRUE(StreamSet().is_none());
  EXPECT_FALSE(StreamSet().has("app"));
  EXPECT_FALSE(StreamSet().has(""));
  EXPECT_FALSE(StreamSet::of({}).has("app"));
  EXPECT_FALSE(StreamSet::of({}).is_all());
  EXPECT_NE(StreamSet::of({}), StreamSet::all());
}

TEST(StreamSet, AllIsWhatEveryNameIsIn) {
  EXPECT_TRUE(StreamSet::all().has("app"));
  EXPECT_TRUE(StreamSet::all().has("~metrics"));
  EXPECT_FALSE(StreamSet::all().is_none());
}

TEST(StreamSet, HoldsWholeNames) {
  const StreamSet set = StreamSet::of({"nginx", "app", "nginx"});
  EXPECT_TRUE(set.has("app"));
  EXPECT_TRUE(set.has("nginx"));
  EXPECT_FALSE(set.has("nginx2"));
  EXPECT_FALSE(set.has("ngin"));
  EXPECT_EQ(set.names(), (std::vector<std::string>{"app", "nginx"}));
  EXPECT_EQ(set, StreamSet::of({"app", "nginx"}));
}

}  // namespace
}  // namespace tailwater
