// The text of /metrics, and the names in it.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "metrics/exposition.h"
#include "metrics/registry.h"

namespace tailwater {
namespace {

std::string text_of(const SampleTable& table, ExpositionFormat format = ExpositionFormat::kPrometheus) {
  std::vector<SampleSet> sets(1);
  table.read(sets[0]);
  return exposition(sets, format);
}

TEST(PrometheusName, HasUnitAndTotalOnce) {
  const auto name = [](const char* otel, const char* unit, MetricType type) {
    return prometheus_name({otel, unit, type, ""});
  };
  EXPECT_EQ(name("system.cpu.time", "s", MetricType::kCounter), "system_cpu_time_seconds_total");
  EXPECT_EQ(name("system.memory.usage", "By", MetricType::kGauge), "system_memory_usage_bytes");
  EXPECT_EQ(name("system.cpu.utilization", "1", MetricType::kGauge), "system_cpu_utilization_ratio");
  EXPECT_EQ(name("app_lines_total", "", MetricType::kCounter), "app_lines_total");
  EXPECT_EQ(name("request_seconds", "s", MetricType::kHistogram), "request_seconds");
  EXPECT_EQ(prometheus_name({"system.process.count", "", MetricType::kGauge, "", "system_processes"}),
            "system_processes");
}

TEST(Exposition, GroupsSeriesByMetricAndLeavesOutWhatHasNoValue) {
  SampleTable table;
  const auto io = make_metric({"disk.io", "By", MetricType::kCounter, "Bytes."});
  const auto up = make_metric({"uptime", "s", MetricType::kGauge, "Time."});
  const auto none = make_metric({"none", "", MetricType::kGauge, "Nothing."});
  const auto a = table.add(io, {{"device", "a"}});
  const auto time = table.add(up, {});
  const auto b = table.add(io, {{"device", "b"}});
  static_cast<void>(table.add(none, {}));
  table.set(a, 1);
  table.set(b, 12345678901.0);
  table.set(time, 0.5);
  EXPECT_EQ(text_of(table), "");  // not before it is published
  table.publish();
  EXPECT_EQ(text_of(table),
            "# TYPE disk_io_bytes_total counter\n# HELP disk_io_bytes_total Bytes.\n"
            "disk_io_bytes_total{device=\"a\"} 1\ndisk_io_bytes_total{device=\"b\"} 12345678901\n"
            "# TYPE uptime_seconds gauge\n# HELP uptime_seconds Time.\nuptime_seconds 0.5\n");
  EXPECT_EQ(text_of(table, ExpositionFormat::kOpenMetrics),
            "# TYPE disk_io_bytes counter\n# UNIT disk_io_bytes bytes\n# HELP disk_io_bytes Bytes.\n"
            "disk_io_bytes_total{device=\"a\"} 1\ndisk_io_bytes_total{device=\"b\"} 12345678901\n"
            "# TYPE uptime_seconds gauge\n# UNIT uptime_seconds seconds\n# HELP uptime_seconds Time.\n"
            "uptime_seconds 0.5\n# EOF\n");
}

TEST(Exposition, LeavesOutWhatTellsOfStreamsThatAreNotReadable) {
  SampleTable table;
  const auto lines = make_metric({"tailwater.log.lines", "{line}", MetricType::kCounter, "Lines."});
  const auto hits = make_metric({"vault_hits", "", MetricType::kCounter, "Hits."});
  table.set(table.add(lines, {{"stream", "app"}}), 1);
  table.set(table.add(lines, {{"stream", "vault"}}), 2);
  table.set(table.add(hits, {{"stream", "app"}}), 3);
  table.publish();
  std::vector<SampleSet> sets(1);
  table.read(sets[0]);
  const StreamSet app = StreamSet::of({"app"});
  EXPECT_EQ(exposition(sets, ExpositionFormat::kPrometheus, app),
            "# TYPE tailwater_log_lines_total counter\n# HELP tailwater_log_lines_total Lines.\n"
            "tailwater_log_lines_total{stream=\"app\"} 1\n");
  EXPECT_EQ(exposition(sets, ExpositionFormat::kOpenMetrics, StreamSet::of({})), "# EOF\n");
}

TEST(Exposition, KeepsHostileLabelsOnTheirLine) {
  SampleTable table;
  const auto id = table.add(make_metric({"x", "", MetricType::kGauge, "a\\b\nc\"d"}), {{"l", "a\"b\\c\nd\xff"}});
  table.set(id, std::numeric_limits<double>::infinity());
  table.publish();
  EXPECT_EQ(text_of(table), "# TYPE x gauge\n# HELP x a\\\\b\\nc\"d\nx{l=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\"} +Inf\n");
}

TEST(SampleTable, UsesPlacesAgainAndKeepsAMetricTogether) {
  SampleTable table;
  const auto first = make_metric({"first", "", MetricType::kGauge, "1"});
  const auto second = make_metric({"second", "", MetricType::kGauge, "2"});
  const auto gone = table.add(first, {{"n", "0"}});
  const auto kept = table.add(first, {{"n", "1"}});
  const auto other = table.add(second, {});
  table.remove(gone);
  const auto again = table.add(second, {{"n", "2"}});
  for (const auto id : {kept, other, again}) table.set(id, 7);
  table.publish();
  SampleSet set;
  table.read(set);
  ASSERT_EQ(set.series->size(), 3U);
  EXPECT_EQ((*set.series)[0].key, "n=1");
  EXPECT_EQ((*set.series)[1].key, "");
  EXPECT_EQ((*set.series)[2].key, "n=2");
  const auto before = set.series;
  table.set(kept, 8);
  table.publish();
  table.read(set);
  EXPECT_EQ(set.series, before);  // the same object while nothing came or went
  EXPECT_EQ(set.values[0], 8);
}

TEST(LabelKey, TellsEveryTwoLabelsApart) {
  EXPECT_EQ(label_key({{"a", "1"}, {"b", "x,y=z\\"}}), "a=1,b=x\\,y\\=z\\\\");
  EXPECT_NE(label_key({{"a", "1,b=2"}}), label_key({{"a", "1"}, {"b", "2"}}));
}

TEST(Registry, WritesHistogramsCumulatively) {
  Registry registry;
  const double bounds[] = {0.5, 1.0};
  auto histogram = std::make_shared<Histogram>(bounds);
  registry.add(make_metric({"wait", "s", MetricType::kHistogram, "Waits."}), {{"loop", "main"}}, histogram);
  for (const double value : {0.25, 0.5, 0.75, 3.0}) histogram->observe(value);
  std::vector<SampleSet> sets(1);
  registry.read(sets[0]);
  EXPECT_EQ(exposition(sets, ExpositionFormat::kPrometheus),
            "# TYPE wait_seconds histogram\n# HELP wait_seconds Waits.\n"
            "wait_seconds_bucket{loop=\"main\",le=\"0.5\"} 2\nwait_seconds_bucket{loop=\"main\",le=\"1.0\"} 3\n"
            "wait_seconds_bucket{loop=\"main\",le=\"+Inf\"} 4\nwait_seconds_sum{loop=\"main\"} 4.5\n"
            "wait_seconds_count{loop=\"main\"} 4\n");
}

TEST(Registry, KeepsLateSeriesWithTheirMetric) {
  Registry registry;
  const auto replies = make_metric({"replies", "", MetricType::kCounter, "Replies."});
  registry.add(replies, {{"status", "2xx"}}, [] { return 1.0; });
  registry.add({"other", "", MetricType::kGauge, "Other."}, [] { return 2.0; });
  registry.add(replies, {{"status", "4xx"}}, [] { return 3.0; });
  SampleSet set;
  registry.read(set);
  EXPECT_EQ((*set.series)[1].key, "status=4xx");
  EXPECT_EQ(set.values, (std::vector<double>{1, 3, 2}));
}

}  // namespace
}  // namespace tailwater
