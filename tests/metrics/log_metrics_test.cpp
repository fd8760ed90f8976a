// Numbers from log lines, whatever the lines hold.
#include <cmath>
#include <random>
#include <regex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/exposition.h"
#include "metrics/log_metrics.h"
#include "support/fake_clock.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

class LogMetricsTest : public testing::Test {
 protected:
  static LogMetricRule rule(std::string name, std::string pattern, MetricType type = MetricType::kCounter) {
    LogMetricRule rule;
    rule.name = std::move(name);
    rule.pattern = std::move(pattern);
    rule.type = type;
    return rule;
  }
  void set(const std::vector<LogMetricRule>& rules) {
    const auto done = metrics_.set_rules(rules);
    ASSERT_TRUE(done) << done.error().message;
  }
  void lines(std::string_view bytes, std::string_view stream = "app") {
    metrics_.on_extent({stream, bytes, 0, false, false}, {});
  }
  std::string text() {
    metrics_.publish();
    std::vector<SampleSet> sets(2);
    metrics_.read(sets[0]);
    registry_.read(sets[1]);
    return exposition(sets, ExpositionFormat::kPrometheus);
  }

  FakeClock clock_;
  Registry registry_;
  LogMetrics metrics_{/*levels=*/true, clock_, registry_};
};

TEST_F(LogMetricsTest, CountsLinesByLevelAndBytes) {
  lines("level=error no\nlevel=error no\nINFO yes\nnothing\n");
  lines("x\n", "other");
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr("tailwater_log_lines_total{stream=\"app\",level=\"error\"} 2\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_lines_total{stream=\"app\",level=\"info\"} 1\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_lines_total{stream=\"app\",level=\"none\"} 1\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_io_bytes_total{stream=\"app\"} 47\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_io_bytes_total{stream=\"other\"} 2\n"));
}

TEST_F(LogMetricsTest, CountsALineOnceThatComesInTwoParts) {
  metrics_.on_extent({"app", "begun", 0, false, true}, {});
  metrics_.on_extent({"app", " and ended\nnext\n", 5, true, false}, {});
  EXPECT_THAT(text(), HasSubstr("tailwater_log_lines_total{stream=\"app\",level=\"none\"} 2\n"));
}

TEST_F(LogMetricsTest, MakesLabelsOfNamedGroups) {
  set({rule("requests", R"re("(?P<method>[A-Z]+) \S+ [^"]*" (?P<status>\d{3}) )re")});
  lines("1.2.3.4 \"GET / HTTP/1.1\" 200 5\n1.2.3.4 \"GET /x HTTP/1.1\" 200 5\n- \"POST / HTTP/1.1\" 500 1\nno\n");
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr("requests_total{method=\"GET\",status=\"200\"} 2\n"));
  EXPECT_THAT(all, HasSubstr("requests_total{method=\"POST\",status=\"500\"} 1\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_metric_matched_total{metric=\"requests\"} 3\n"));
}

TEST_F(LogMetricsTest, TakesTheNumberFromTheGroupValue) {
  LogMetricRule wait = rule("wait_seconds", "took (?P<value>[0-9.e+-]+)s", MetricType::kHistogram);
  wait.buckets = {0.1, 1};
  set({rule("sent_bytes", "sent (?P<value>-?[0-9.]+)"), rule("depth", "depth=(?P<value>\\S+)", MetricType::kGauge),
       wait});
  lines(
      "sent 10\nsent 2.5\nsent -3\nsent 1.2.3\ndepth=4\ndepth=-7\ndepth=x\ndepth=inf\ntook 0.05s\ntook 0.1s\ntook "
      "1e3s\n");
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr("sent_bytes_total 12.5\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_metric_errors_total{metric=\"sent_bytes\"} 2\n"));
  EXPECT_THAT(all, HasSubstr("\ndepth -7\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_metric_errors_total{metric=\"depth\"} 2\n"));
  EXPECT_THAT(all, HasSubstr("wait_seconds_bucket{le=\"0.1\"} 2\nwait_seconds_bucket{le=\"1.0\"} 2\n"
                             "wait_seconds_bucket{le=\"+Inf\"} 3\nwait_seconds_sum 1000.15\nwait_seconds_count 3\n"));
}

TEST_F(LogMetricsTest, LooksAtItsStreamAlone) {
  LogMetricRule one = rule("one", "x");
  one.stream = "app";
  set({one, rule("all", "x")});
  lines("x\n");
  lines("x\n", "other");
  EXPECT_THAT(text(), HasSubstr("\none_total 1\n"));
  EXPECT_THAT(text(), HasSubstr("\nall_total 2\n"));
}

TEST_F(LogMetricsTest, HostileLabelsStayBounded) {
  LogMetricRule bounded = rule("users", "user=(?P<user>\\S+)");
  bounded.max_series = 10;
  set({bounded});
  for (int i = 0; i < 1000; ++i) lines(fmt::format("user={}{}\n", i, std::string(300, i % 2 == 0 ? 'x' : '"')));
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr("tailwater_log_metric_dropped_total{metric=\"users\"} 990\n"));
  EXPECT_THAT(all, HasSubstr("tailwater_log_metric_series{metric=\"users\"} 10\n"));
  EXPECT_THAT(all, Not(HasSubstr(std::string(LogMetric::kMaxLabelBytes + 1, 'x'))));
}

TEST_F(LogMetricsTest, ForgetsWhatNoLineHasTouchedForItsTime) {
  LogMetricRule short_lived = rule("users", "user=(?P<user>\\w+)");
  short_lived.ttl = std::chrono::seconds(60);
  short_lived.max_series = 2;
  set({short_lived});
  lines("user=a\nuser=b\n");
  clock_.advance(std::chrono::seconds(40));
  lines("user=b\n");
  clock_.advance(std::chrono::seconds(30));
  EXPECT_THAT(text(), Not(HasSubstr("user=\"a\"")));
  EXPECT_THAT(text(), HasSubstr("users_total{user=\"b\"} 2\n"));
  lines("user=c\n");
  EXPECT_THAT(text(), HasSubstr("users_total{user=\"c\"} 1\n"));
}

TEST_F(LogMetricsTest, AReloadKeepsWhatDidNotChange) {
  set({rule("kept", "x"), rule("changed", "x"), rule("gone", "x")});
  lines("x\ny\n");
  set({rule("changed", "y"), rule("kept", "x"), rule("new", "y")});
  lines("x\ny\n");
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr("\nkept_total 2\n"));
  EXPECT_THAT(all, HasSubstr("\nchanged_total 1\n"));
  EXPECT_THAT(all, HasSubstr("\nnew_total 1\n"));
  EXPECT_THAT(all, Not(HasSubstr("\ngone_total")));
  EXPECT_FALSE(metrics_.set_rules({rule("bad", "(")}));
  EXPECT_THAT(text(), HasSubstr("\nkept_total 2\n"));
}

TEST_F(LogMetricsTest, RefusesRulesThatCannotWork) {
  for (const LogMetricRule& bad : {rule("r", "["), rule("r", "x", MetricType::kGauge), rule("r", "(?P<le>x)"),
                                   rule("r", "(?P<value>x)", MetricType::kHistogram), rule("r", "(?P<__x>x)")}) {
    EXPECT_FALSE(metrics_.set_rules({bad})) << bad.pattern;
  }
}

TEST_F(LogMetricsTest, ForgetsWhatARuleSaidOfItselfWithTheRule) {
  set({rule("first", "a"), rule("second", "b")});
  lines("a\nb\n");
  EXPECT_THAT(text(), HasSubstr("tailwater_log_metric_matched_total{metric=\"first\"} 1\n"));
  set({rule("second", "b")});
  EXPECT_THAT(text(), Not(HasSubstr("metric=\"first\"")));
  EXPECT_THAT(text(), HasSubstr("tailwater_log_metric_matched_total{metric=\"second\"} 1\n"));
  set({rule("second", "c")});
  EXPECT_THAT(text(), HasSubstr("tailwater_log_metric_matched_total{metric=\"second\"} 0\n"));
}

/// Goes on by a microsecond whenever it is asked.
class HurryingClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return now_ += std::chrono::microseconds(1); }
  [[nodiscard]] WallTime wall_now() const override { return {}; }

 private:
  mutable SteadyTime now_{std::chrono::hours(1)};
};

TEST(LogMetricsTime, IsToldForEachRuleOutOfSomeLines) {
  HurryingClock clock;
  Registry registry;
  LogMetrics metrics(/*levels=*/false, clock, registry);
  LogMetricRule rule;
  rule.name = "requests";
  rule.pattern = "GET";
  ASSERT_TRUE(metrics.set_rules({rule}));
  std::string bytes;
  for (std::uint64_t i = 0; i < 3 * LogMetric::kTimed; ++i) bytes += "GET /\n";
  metrics.on_extent({"app", bytes, 0, false, false}, {});
  SampleSet set;
  registry.read(set);
  const std::string text = exposition(std::vector<SampleSet>{set}, ExpositionFormat::kPrometheus);
  EXPECT_THAT(text, HasSubstr("tailwater_log_metric_time_seconds_total{metric=\"requests\"} 0.000192\n"));
}

/// Against std::regex, over random lines.
TEST_F(LogMetricsTest, AgreesWithASlowCount) {
  set({rule("pairs", "k(?P<key>[ab]+)=(?P<value>[0-9]+);")});
  const std::regex slow("k([ab]+)=([0-9]+);");
  std::map<std::string, double> expected;
  std::minstd_rand random(17);
  for (int i = 0; i < 3000; ++i) {
    std::string line;
    for (int c = 0; c < 12; ++c) line += "kab=12;"[random() % 7];
    lines(line + "\n");
    std::smatch match;
    if (std::regex_search(line, match, slow)) expected[match[1].str()] += std::stod(match[2].str());
  }
  ASSERT_GT(expected.size(), 2U);
  const std::string all = text();
  for (const auto& [key, sum] : expected) {
    EXPECT_THAT(all, HasSubstr(fmt::format("pairs_total{{key=\"{}\"}} {}\n", key, sum)));
  }
}

}  // namespace
}  // namespace tailwater
