#include "http/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

int status_of_path(std::string_view path) {
  const auto segments = decode_path(path);
  return segments ? 200 : segments.error().status;
}

TEST(DecodePath, SplitsBeforeItDecodes) {
  EXPECT_THAT(*decode_path("/"), IsEmpty());
  EXPECT_THAT(*decode_path("/a/b"), ElementsAre("a", "b"));
  EXPECT_THAT(*decode_path("/a%20b/%C3%BC"), ElementsAre("a b", "ü"));
  EXPECT_THAT(*decode_path("/tail/app/nginx%2faccess.log"), ElementsAre("tail", "app", "nginx/access.log"));
  EXPECT_THAT(*decode_path("/a/"), ElementsAre("a", ""));
  EXPECT_THAT(*decode_path("/a+b"), ElementsAre("a+b"));
}

TEST(DecodePath, DecodesOnce) {
  EXPECT_THAT(*decode_path("/%252e%252e"), ElementsAre("%2e%2e"));
}

TEST(DecodePath, RefusesWaysUpHoweverTheyAreWritten) {
  for (const char* path : {"/..", "/../etc", "/%2e%2e/etc", "/%2E.", "/a/./b", "/a/..%2fetc", "/tail/app/x%2f..%2fy"}) {
    EXPECT_EQ(status_of_path(path), 404) << path;
  }
  EXPECT_EQ(status_of_path("/..."), 200);
  EXPECT_EQ(status_of_path("/a..b"), 200);
}

TEST(DecodePath, RefusesEmptySegmentsAndControlCharacters) {
  EXPECT_EQ(status_of_path("//"), 404);
  EXPECT_EQ(status_of_path("//etc/passwd"), 404);
  EXPECT_EQ(status_of_path("/a//b"), 404);
  EXPECT_EQ(status_of_path("/a%00"), 400);
  EXPECT_EQ(status_of_path("/a%0ab"), 400);
  EXPECT_EQ(status_of_path("/a%0d%0aX:%20y"), 400);
}

TEST(DecodePath, RefusesBadEscapes) {
  for (const char* path : {"/%", "/%4", "/%zz", "/%4g", "/a%"}) EXPECT_EQ(status_of_path(path), 400) << path;
}

std::string text_of(std::string_view query) {
  const auto parameters = decode_parameters(query);
  if (!parameters) return "error:" + parameters.error().parameter;
  std::string text;
  for (const auto& [name, value] : *parameters) text += name + "=" + value + ";";
  return text;
}

TEST(DecodeParameters, KeepsOrderAndRepetition) {
  EXPECT_EQ(text_of("grep=b&grep=a&x=1"), "grep=b;grep=a;x=1;");
}

TEST(DecodeParameters, DecodesNamesAndValues) {
  EXPECT_EQ(text_of("a%20b=x+y%2Bz"), "a b=x y+z;");
  EXPECT_EQ(text_of("grep=a%3Db=c"), "grep=a=b=c;");
  EXPECT_EQ(text_of("flag&&b="), "flag=;b=;");
  EXPECT_EQ(text_of(""), "");
}

TEST(DecodeParameters, NamesTheParameterWithABadEscape) {
  EXPECT_EQ(text_of("a=1&grep=%zz"), "error:grep");
  EXPECT_EQ(text_of("grep=%"), "error:grep");
  EXPECT_EQ(text_of("grep=%4"), "error:grep");
  EXPECT_EQ(text_of("%g=1"), "error:%g");
  EXPECT_EQ(text_of("=x"), "error:");
}

TEST(DecodeParameters, BoundsCountAndBytes) {
  std::string query;
  for (int i = 0; i < 64; ++i) query += "a=1&";
  EXPECT_TRUE(decode_parameters(query));
  EXPECT_FALSE(decode_parameters(query + "b=1"));
  EXPECT_TRUE(decode_parameters("a=" + std::string(4094, 'x')));
  EXPECT_FALSE(decode_parameters("a=" + std::string(4095, 'x')));
}

TEST(StripBasePath, TakesItOffOrRefuses) {
  auto inside = *decode_path("/logs/api/events");
  ASSERT_TRUE(strip_base_path("/logs", inside));
  EXPECT_THAT(inside, ElementsAre("api", "events"));
  auto root = *decode_path("/logs/");
  ASSERT_TRUE(strip_base_path("/logs", root));
  EXPECT_THAT(root, IsEmpty());
  auto outside = *decode_path("/api/events");
  EXPECT_FALSE(strip_base_path("/logs", outside));
  auto alike = *decode_path("/logsx/api");
  EXPECT_FALSE(strip_base_path("/logs", alike));
}

}  // namespace
}  // namespace tailwater
