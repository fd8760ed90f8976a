// Records of the sample spool, and what a query takes of them.
#include "filter/sample_line.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include <fmt/format.h>

#include "base/time_text.h"
#include "filter/query.h"

namespace tailwater {
namespace {

std::string line_at(std::int64_t ms, std::int64_t elapsed) {
  return fmt::format(R"({{"time":"{}","elapsed_ms":{},"samples":{{"a.b":{{"":1}},"c":{{"x=}}":2}}}}}})",
                     to_rfc3339(WallTime(Milliseconds(ms))), elapsed);
}

std::shared_ptr<const Query> query(const std::vector<Parameter>& parameters) {
  auto parsed = Query::parse(parameters, {});
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : nullptr;
}

/// In whatever rhythm samples come, each span that has any gives its first one, and nothing else.
TEST(SampleLine, IsDueOnceInEachSpan) {
  std::minstd_rand random(11);
  const auto every = query({{"types", "metric"}, {"every", "5s"}});
  std::int64_t at = 1'700'000'000'000;
  std::int64_t last_span = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::int64_t elapsed = i == 0 ? 0 : static_cast<std::int64_t>(500 + random() % 7000);
    at += elapsed;
    const bool first = at / 5000 != last_span;
    last_span = at / 5000;
    EXPECT_EQ(every->wants_sample(line_at(at, elapsed)), first) << i;
  }
}

TEST(SampleLine, WithoutASpanEverySampleIsTaken) {
  EXPECT_TRUE(query({{"types", "metric"}})->wants_sample(line_at(1'700'000'000'001, 1000)));
  EXPECT_FALSE(query({{"types", "metric"}})->wants_sample("a log line"));
}

TEST(SampleLine, NamesAreGlobsWithCommasBetween) {
  const auto two = query({{"types", "metric"}, {"names", "system.cpu.*,,app_*"}, {"names", "x"}});
  EXPECT_TRUE(two->wants_metric("system.cpu.time"));
  EXPECT_TRUE(two->wants_metric("app_lines"));
  EXPECT_TRUE(two->wants_metric("x"));
  EXPECT_FALSE(two->wants_metric("system.memory.usage"));
  EXPECT_EQ(two->key(), query({{"types", "metric"}, {"names", "x,app_*"}, {"names", "system.cpu.*"}})->key());
  EXPECT_NE(two->key(), query({{"types", "metric"}, {"names", "x"}})->key());
  // They say nothing about logs.
  EXPECT_EQ(query({{"names", "x"}, {"every", "5s"}})->key(), query({})->key());
}

TEST(SampleLine, FiltersOfLinesLeaveSamplesAlone) {
  const auto both = query({{"types", "log,metric"}, {"grep", "needle"}, {"level", "error"}});
  RecordRules samples;
  samples.samples = true;
  EXPECT_TRUE(both->takes(RecordFacts(line_at(0, 0), {{}, {}, {}, &samples})));
  EXPECT_FALSE(both->takes(RecordFacts("hay", WallTime{})));
}

TEST(SampleLine, WrongParametersAreNamed) {
  EXPECT_EQ(Query::parse(std::vector<Parameter>{{"every", "soon"}}, {}).error().parameter, "every");
  EXPECT_EQ(Query::parse(std::vector<Parameter>{{"names", "[a"}}, {}).error().parameter, "names");
}

TEST(SampleLine, TakesAnyBytes) {
  std::minstd_rand random(13);
  const std::string whole = line_at(1'700'000'000'000, 1000);
  for (int i = 0; i < 5000; ++i) {
    std::string text = whole.substr(0, random() % (whole.size() + 1));
    if (!text.empty()) text[random() % text.size()] = "\"\\{}:,x"[random() % 7];
    const auto sample = read_sample_line(text);
    std::string_view metrics = sample ? sample->metrics : std::string_view(text);
    std::string_view name;
    std::string_view member;
    while (take_metric(metrics, name, member)) EXPECT_FALSE(member.empty());
  }
}

}  // namespace
}  // namespace tailwater
