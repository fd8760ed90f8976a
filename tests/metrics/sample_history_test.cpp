// History: means of gauges and rates of totals, over restarts, resets, steps of the clock and a small budget.
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/sample_history.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

using std::chrono::seconds;

/// A total, a gauge and a histogram that a test sets, sampled as often as it says.
class Source {
 public:
  Source() {
    total_ = table_.add(make_metric({"app.requests", "{request}", MetricType::kCounter, "Requests."}), {{"k", "v\"1"}});
    gauge_ = table_.add(make_metric({"app.load", "1", MetricType::kGauge, "Load."}), {});
    const auto wait = make_metric({"app.wait", "s", MetricType::kHistogram, "Waits."});
    bucket_ = table_.add(wait, {{"le", "1.0"}}, SeriesPart::kBucket);
    sum_ = table_.add(wait, {}, SeriesPart::kSum);
  }
  Sample sample(double total, double gauge) {
    table_.set(total_, total);
    table_.set(gauge_, gauge);
    table_.set(bucket_, 1.0);
    table_.set(sum_, total / 2);
    table_.publish();
    Sample sample;
    sample.time = now;
    sample.elapsed = first_ ? seconds(0) : step;
    first_ = false;
    sample.sets.resize(1);
    table_.read(sample.sets[0]);
    return sample;
  }
  WallTime now{std::chrono::hours(500'000)};
  seconds step{1};

 private:
  SampleTable table_;
  SampleTable::Id total_{}, gauge_{}, bucket_{}, sum_{};
  bool first_ = true;
};

HistoryQuery query_of(WallTime from, WallTime to, seconds step = seconds(0), const char* name = nullptr) {
  HistoryQuery query{from, to, step, {}};
  if (name != nullptr) query.names.push_back(*Glob::parse(name));
  return query;
}

TEST(SampleHistory, AnswersWithWhatIsReadableAlone) {
  SampleHistory history({});
  SampleTable table;
  const auto lines = make_metric({"tailwater.log.lines", "{line}", MetricType::kGauge, "Lines."});
  table.set(table.add(lines, {{"stream", "app"}}), 1);
  table.set(table.add(lines, {{"stream", "vault"}}), 2);
  table.set(table.add(make_metric({"vault_hits", "", MetricType::kGauge, "Hits."}), {}), 3);
  table.publish();
  Sample sample;
  sample.time = WallTime{std::chrono::hours(500'000)};
  sample.sets.resize(1);
  table.read(sample.sets[0]);
  for (int i = 0; i < 4; ++i, sample.time += seconds(1), sample.elapsed = seconds(1)) history.add(sample);
  HistoryQuery query = query_of(sample.time - seconds(10), sample.time);
  EXPECT_THAT(*history.query(query), testing::AllOf(testing::HasSubstr("vault"), testing::HasSubstr("vault_hits")));
  query.readable = StreamSet::of({"app"});
  EXPECT_THAT(*history.query(query),
              testing::AllOf(testing::HasSubstr(R"("stream":"app")"), testing::Not(testing::HasSubstr("vault"))));
}

TEST(SampleHistory, KeepsGaugesAndTheRatesOfTotals) {
  SampleHistory history({});
  Source source;
  const WallTime begin = source.now;
  for (int i = 0; i < 4; ++i) {
    history.add(source.sample(100 + 10 * i * i, i));
    source.now += seconds(1);
  }
  history.flush();
  const auto answer = history.query(query_of(begin, source.now));
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, R"({"from":"2027-01-15T08:00:00.000Z","to":"2027-01-15T08:00:05.000Z","step_ms":1000,"series":[)"
                     R"({"name":"app.load","labels":{},"type":"gauge","unit":"1","values":[0,1,2,3,null]},)"
                     R"({"name":"app.requests","labels":{"k":"v\"1"},"type":"counter","unit":"{request}",)"
                     R"("values":[null,10,30,50,null]},)"
                     R"({"name":"app.wait.sum","labels":{},"type":"counter","unit":"s","values":[null,5,15,25,null]}]})"
                     "\n");
}

TEST(SampleHistory, AResetIsNoNegativeRate) {
  SampleHistory history({});
  Source source;
  const WallTime begin = source.now;
  for (const double total : {50.0, 60.0, 5.0, 7.0}) {
    history.add(source.sample(total, 0));
    source.now += seconds(1);
  }
  history.flush();
  EXPECT_THAT(*history.query(query_of(begin, source.now, seconds(0), "app.requests")),
              testing::HasSubstr("[null,10,0,2,null]"));
  EXPECT_EQ(history.resets(), 2U);  // the histogram's sum as well
}

TEST(SampleHistory, AnswersALongerStepWithMeans) {
  SampleHistory history({});
  Source source;
  const WallTime begin = source.now;
  for (int i = 0; i < 60; ++i) {
    history.add(source.sample(3.0 * i, i % 2));
    source.now += seconds(1);
  }
  history.flush();
  const auto answer = *history.query(query_of(begin, begin + seconds(29), seconds(10)));
  EXPECT_THAT(answer, testing::HasSubstr("\"step_ms\":10000"));
  EXPECT_THAT(answer, testing::HasSubstr("\"values\":[0.5,0.5,0.5]"));
  EXPECT_THAT(answer, testing::HasSubstr("\"values\":[3,3,3]"));
}

TEST(SampleHistory, GoesOnWhereItWasAfterARestart) {
  TempDir directory;
  HistoryOptions options;
  options.directory = directory.file("history");
  Source source;
  const WallTime begin = source.now;
  for (int run = 0; run < 3; ++run) {
    SampleHistory history(options);
    ASSERT_TRUE(history.open());
    for (int i = 0; i < 2; ++i) {
      history.add(source.sample(0, 10 * run + i));
      source.now += seconds(1);
    }
    history.flush();
  }
  SampleHistory history(options);
  ASSERT_TRUE(history.open());
  EXPECT_THAT(*history.query(query_of(begin, source.now, seconds(0), "app.load")),
              testing::HasSubstr("[0,1,10,11,20,21,null]"));
}

TEST(SampleHistory, PassesOverADamagedBlock) {
  TempDir directory;
  HistoryOptions options;
  options.directory = directory.path();
  BlockStore store(options.directory);
  store.put({1000, 0}, "no block at all");
  SampleHistory history(options);
  ASSERT_TRUE(history.open());
  EXPECT_THAT(*history.query(query_of(WallTime{}, WallTime{seconds(5)})), testing::HasSubstr("\"series\":[]"));
}

TEST(SampleHistory, StaysWithinItsBudget) {
  HistoryOptions options;
  options.budget = 64 << 10;
  SampleHistory history(options);
  Source source;
  std::minstd_rand random(1);
  for (int i = 0; i < 100'000; ++i) {
    source.step = seconds(7);
    history.add(source.sample(0, static_cast<double>(random())));
    source.now += seconds(7);
  }
  history.flush();
  EXPECT_LE(history.bytes(), options.budget + 3 * 4096);
  EXPECT_GT(history.bytes(), options.budget / 4);
}

TEST(SampleHistory, BearsAClockThatJumps) {
  SampleHistory history({});
  Source source;
  const WallTime begin = source.now;
  std::minstd_rand random(3);
  for (int i = 0; i < 2000; ++i) {
    history.add(source.sample(i, 1));
    source.now += i % 50 == 0 ? seconds(static_cast<int>(random() % 200'000) - 100'000) : seconds(1);
  }
  history.flush();
  const auto answer = history.query(query_of(begin - std::chrono::hours(100), begin + std::chrono::hours(100)));
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, testing::Not(testing::HasSubstr("nan")));
  EXPECT_THAT(*answer, testing::Not(testing::HasSubstr(",-")));
  EXPECT_THAT(*answer, testing::Not(testing::HasSubstr("[-")));
}

TEST(SampleHistory, RefusesWhatNoAnswerCanHold) {
  SampleHistory history({});
  const auto answer = history.query(query_of(WallTime{}, WallTime{std::chrono::hours(24 * 30)}, seconds(1)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalid);
}

/// What the table holds, a second after the sample before.
Sample sample_of(SampleTable& table, WallTime time) {
  Sample sample;
  sample.time = time;
  sample.elapsed = seconds(1);
  sample.sets.resize(1);
  table.publish();
  table.read(sample.sets[0]);
  return sample;
}

TEST(SampleHistory, TakesNoRateOverATimeInWhichASeriesWasAway) {
  SampleHistory history({});
  SampleTable table;
  const auto metric = make_metric({"unit.cpu.time", "s", MetricType::kCounter, "Time."});
  const WallTime begin{std::chrono::hours(500'000)};
  SampleTable::Id id = 0;
  for (int i = 0; i < 8; ++i) {
    if (i == 0 || i == 5) id = table.add(metric, {{"unit", "a.service"}});
    if (i != 3 && i != 4) table.set(id, i);
    if (i == 3) table.remove(id);
    history.add(sample_of(table, begin + seconds(i)));
  }
  history.flush();
  EXPECT_THAT(*history.query(query_of(begin, begin + seconds(7))),
              testing::HasSubstr("\"values\":[null,1,1,null,null,null,1,1]"));
  EXPECT_EQ(history.resets(), 0U);
}

TEST(SampleHistory, KeepsWhatStaysWhileAThousandTimesAsMuchComesAndGoes) {
  SampleHistory history({});
  SampleTable table;
  const auto metric = make_metric({"unit.tasks", "{thread}", MetricType::kGauge, "Tasks."});
  const SampleTable::Id stays = table.add(metric, {{"unit", "stays"}});
  std::vector<SampleTable::Id> going;
  const WallTime begin{std::chrono::hours(500'000)};
  constexpr int kSeconds = 400;
  for (int i = 0; i < kSeconds; ++i) {
    for (const SampleTable::Id id : going) table.remove(id);
    going.clear();
    for (int k = 0; k < 60; ++k) {
      going.push_back(table.add(metric, {{"unit", "run-" + std::to_string(i) + "-" + std::to_string(k)}}));
      table.set(going.back(), 1000);
    }
    table.set(stays, i);
    if (i == 300) table.set(table.add(metric, {{"unit", "late"}}), 7);
    history.add(sample_of(table, begin + seconds(i)));
  }
  history.flush();
  EXPECT_EQ(history.left_out(), 0U) << "numbers of those that are gone are given to others";
  auto query = query_of(begin, begin + seconds(kSeconds), seconds(60));
  query.names = {*Glob::parse("unit.tasks")};
  const std::string answer = *history.query(query);
  EXPECT_THAT(answer, testing::HasSubstr(R"("labels":{"unit":"stays"},"type":"gauge","unit":"{thread}","values":[)"));
  EXPECT_THAT(answer, testing::HasSubstr(R"("labels":{"unit":"late"})"));
  EXPECT_THAT(answer, testing::HasSubstr("[29.5,89.5,149.5,209.5,269.5,329.5,"));
}

TEST(HistoryBlock, TakesNoMoreSeriesThanItsBound) {
  HistoryBlock block(1000, 0);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < HistoryBlock::kMaxSeries + 10; ++i) {
    taken +=
        block.set(std::make_shared<const HistorySeries>(HistorySeries{"n", "m" + std::to_string(i)}), 3, 1) ? 1 : 0;
  }
  EXPECT_EQ(taken, HistoryBlock::kMaxSeries);
  EXPECT_EQ(block.size(), HistoryBlock::kMaxSeries);
}

TEST(HistoryBlock, ReadsBackWhatItWroteAndNothingElse) {
  std::minstd_rand random(5);
  HistoryBlock block(1000, 240);
  for (int series = 0; series < 20; ++series) {
    for (std::size_t point = 0; point < HistoryBlock::kPoints; ++point) {
      if (random() % 3 > 0)
        block.set(std::make_shared<const HistorySeries>(HistorySeries{"n", "m" + std::to_string(series)}), point,
                  series % 4 == 0 ? 7 : static_cast<double>(random() % 100));
    }
  }
  const std::string bytes = block.encode();
  const auto again = HistoryBlock::decode(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->encode(), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    EXPECT_FALSE(HistoryBlock::decode(std::string_view(bytes).substr(0, cut)).has_value());
  }
  std::string damaged = bytes;
  damaged[random() % damaged.size()] ^= 1;
  EXPECT_FALSE(HistoryBlock::decode(damaged).has_value());
}

}  // namespace
}  // namespace tailwater
