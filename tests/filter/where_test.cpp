#include "filter/where.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {
namespace {

constexpr std::string_view kLine =
    R"({"level":"warn","status":503,"http":{"method":"POST","path":"/api/items"},"took":"12ms","ok":false,"empty":"",)"
    R"("size":10.5,"tags":["a","b"],"odd name":1,"file":"inner"})";

bool matches(std::string_view condition, std::string_view line = kLine) {
  const auto where = Where::parse(condition);
  EXPECT_TRUE(where) << condition << ": " << (where ? "" : where.error().message);
  return where && (*where)->matches(RecordFacts(line, RecordOrigin{"web", "/var/log/app.log", {}, nullptr}));
}
std::string canonical(std::string_view condition) {
  const auto where = Where::parse(condition);
  return where ? (*where)->text() : "column " + std::to_string(where.error().column) + ": " + where.error().message;
}
std::size_t wrong_at(std::string_view condition) {
  const auto where = Where::parse(condition);
  return where ? 0 : where.error().column;
}

TEST(Where, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(matches("status=503"));
  EXPECT_TRUE(matches("status == 503.0"));
  EXPECT_TRUE(matches("status>=500 and status<600"));
  EXPECT_TRUE(matches("size>9"));
  EXPECT_FALSE(matches("status<60"));
  EXPECT_FALSE(matches("status!=503"));
  EXPECT_TRUE(matches("status!=-1"));
}

TEST(Where, ComparesTextAsText) {
  EXPECT_TRUE(matches(R"(http.method="POST")"));
  EXPECT_TRUE(matches("http.method=POST"));
  EXPECT_TRUE(matches("http.method='POST'"));
  EXPECT_TRUE(matches(R"(http.method>"GET")"));
  EXPECT_TRUE(matches(R"(status="503")"));
  EXPECT_FALSE(matches(R"(status="503.0")"));
  EXPECT_TRUE(matches(R"(empty="")"));
  EXPECT_TRUE(matches("ok=false"));
}

TEST(Where, TextIsNeitherMoreNorLessThanANumber) {
  EXPECT_FALSE(matches("took>1"));
  EXPECT_FALSE(matches("took<1"));
  EXPECT_TRUE(matches("took!=12"));
}

TEST(Where, RegularExpressions) {
  EXPECT_TRUE(matches(R"(http.path~"^/api/\w+$")"));
  EXPECT_FALSE(matches(R"(http.path!~"^/api")"));
  EXPECT_TRUE(matches(R"(http.path !~ "^/admin")"));
  EXPECT_TRUE(matches("status~^5"));
  EXPECT_TRUE(matches(R"(line~"\"ok\":false")"));
}

TEST(Where, AComparisonWithAFieldThatIsNotThereIsFalse) {
  for (const char* condition : {"x=1", "x!=1", "x<1", "x>1", "x~a", "x!~a", "has(x)", "x", R"(x="")"}) {
    EXPECT_FALSE(matches(condition)) << condition;
  }
  EXPECT_TRUE(matches("not x=1"));
  EXPECT_TRUE(matches("not has(x)"));
}

TEST(Where, Presence) {
  EXPECT_TRUE(matches("has(http.method)"));
  EXPECT_TRUE(matches("exists(empty)"));
  EXPECT_TRUE(matches("http.method"));
  EXPECT_TRUE(matches("tags"));
  EXPECT_FALSE(matches("http"));
  EXPECT_TRUE(matches("has(level)"));
  EXPECT_FALSE(matches("has(level)", "no level here"));
  EXPECT_TRUE(matches("has=1", "has=1"));
}

TEST(Where, JoinsAndBindsAsUsual) {
  EXPECT_TRUE(matches("status=1 and x=1 or status=503"));
  EXPECT_FALSE(matches("status=1 and (x=1 or status=503)"));
  EXPECT_TRUE(matches("not status=1 and status=503"));
  EXPECT_FALSE(matches("not (status=503 or x)"));
  EXPECT_TRUE(matches("!x && (status=503 || y)"));
  EXPECT_TRUE(matches("NOT x AND status=503"));
}

TEST(Where, TheRecordsOwnNamesComeBeforeFieldsOfThatName) {
  EXPECT_TRUE(matches("level>=info"));
  EXPECT_TRUE(matches("level=warning"));
  EXPECT_FALSE(matches("level>=error"));
  EXPECT_TRUE(matches("level~^wa"));
  EXPECT_TRUE(matches("stream=web"));
  EXPECT_TRUE(matches("file=app.log"));
  EXPECT_TRUE(matches("file=/var/log/app.log"));
  EXPECT_TRUE(matches("file~log/app"));
  EXPECT_FALSE(matches("file=inner"));
  EXPECT_TRUE(matches(".file=inner"));
  EXPECT_TRUE(matches("`odd name`=1"));
}

TEST(Where, EqualConditionsHaveEqualTexts) {
  EXPECT_EQ(canonical("b=1 and a=2"), canonical("( a = 2 )AND(b=1.0 and a==2)"));
  EXPECT_EQ(canonical("a or (b or c)"), canonical("c || b || a || c"));
  EXPECT_EQ(canonical("not not a"), canonical("a"));
  EXPECT_EQ(canonical("exists(a)"), canonical("a"));
  EXPECT_EQ(canonical("level=warn"), canonical("level = WARNING"));
  EXPECT_EQ(canonical("a='x\"y'"), canonical(R"(a="x\"y")"));
  EXPECT_EQ(canonical(".x=1"), canonical("x=1"));
  EXPECT_NE(canonical("a and b or c"), canonical("a and (b or c)"));
  EXPECT_NE(canonical("a=1"), canonical("a=\"1\""));
  EXPECT_NE(canonical(".level=warn"), canonical("level=warn"));
  EXPECT_NE(canonical("a=b"), canonical("a~b"));
}

TEST(Where, TheCanonicalTextIsACondition) {
  for (const char* condition : {"a=1 and not (b~\"x\\\\d\" or c!~'y') or level>=warn", "`odd \"name`=\"\\\\\"",
                                ".level=x or line=y or file!=z or stream<w", "has(x) and y>1e300"}) {
    const std::string once = canonical(condition);
    EXPECT_EQ(canonical(once), once) << condition;
  }
}

TEST(Where, ErrorsSayWhichColumn) {
  EXPECT_EQ(wrong_at(""), 1U);
  EXPECT_EQ(wrong_at("status>="), 9U);
  EXPECT_EQ(wrong_at("status>= and x"), 10U);
  EXPECT_EQ(wrong_at("status=500 method=GET"), 12U);
  EXPECT_EQ(wrong_at("(a"), 3U);
  EXPECT_EQ(wrong_at("a)"), 2U);
  EXPECT_EQ(wrong_at("a and"), 6U);
  EXPECT_EQ(wrong_at("a and and b"), 7U);
  EXPECT_EQ(wrong_at("a=\"x"), 3U);
  EXPECT_EQ(wrong_at("a~\"(\""), 3U);
  EXPECT_EQ(wrong_at("level=loud"), 7U);
  EXPECT_EQ(wrong_at("has(x"), 6U);
  EXPECT_EQ(wrong_at("=1"), 1U);
  EXPECT_EQ(wrong_at("a=1=2"), 3U);
  EXPECT_EQ(wrong_at("`a"), 1U);
  EXPECT_EQ(wrong_at("5=x"), 1U);
}

TEST(Where, IsBounded) {
  EXPECT_NE(wrong_at(std::string(3000, 'a')), 0U);
  EXPECT_NE(wrong_at(std::string(20, '(') + "a" + std::string(20, ')')), 0U);
  std::string nots;
  for (int i = 0; i < 50; ++i) nots += "not ";
  EXPECT_NE(wrong_at(nots + "a"), 0U);
  std::string many = "a";
  for (int i = 0; i < 70; ++i) many += " or a";
  EXPECT_NE(wrong_at(many), 0U);
  EXPECT_NE(wrong_at("a~" + std::string(600, 'x')), 0U);
}

TEST(Where, AnExpressionOfTheLineGivesTheTextThatItNeeds) {
  EXPECT_EQ((*Where::parse(R"(status>1 and line~"needle" and line~"nee")"))->required_literal(), "needle");
  EXPECT_EQ((*Where::parse(R"(status>1 or line~"needle")"))->required_literal(), "");
  EXPECT_EQ((*Where::parse(R"(line!~"needle")"))->required_literal(), "");
}

/// Random conditions over a few fields, against a slow reading of the same tree.
struct Model {
  std::string text;
  bool value = false;
};
Model random_condition(std::mt19937& random, int depth) {
  static const std::vector<Model> kTerms{{"status=503", true}, {"status<503", false},    {"x=1", false},
                                         {"has(ok)", true},    {"http.method~PO", true}, {"http.path!~api", false},
                                         {"size>=10.5", true}, {"level>=error", false},  {"took", true}};
  if (depth == 0 || random() % 4 == 0) return kTerms[random() % kTerms.size()];
  const Model a = random_condition(random, depth - 1);
  if (random() % 4 == 0) return {"not (" + a.text + ")", !a.value};
  const Model b = random_condition(random, depth - 1);
  const bool both = random() % 2 == 0;
  return {"(" + a.text + (both ? ") and (" : ") or (") + b.text + ")", both ? a.value && b.value : a.value || b.value};
}

TEST(Where, RandomConditionsMeanWhatTheirPartsMean) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Model condition = random_condition(random, 4);
    EXPECT_EQ(matches(condition.text), condition.value) << condition.text;
    const std::string again = canonical(condition.text);
    EXPECT_EQ(matches(again), condition.value) << condition.text << " as " << again;
    EXPECT_EQ(canonical(again), again);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tailwater
