// GET /metrics: which of the two texts a client gets.
#include "http/metrics_route.h"

#include <gtest/gtest.h>

#include "http/access_gate.h"
#include "support/fake_streams.h"

namespace tailwater {
namespace {

TEST(MetricsRoute, PrefersOpenMetricsOnlyWhereItIsAskedFor) {
  EXPECT_FALSE(prefers_openmetrics(""));
  EXPECT_FALSE(prefers_openmetrics("*/*"));
  EXPECT_FALSE(prefers_openmetrics("text/html,application/xhtml+xml,*/*;q=0.8"));
  // Prometheus 2.42, and one that was told to read its own text first.
  EXPECT_TRUE(prefers_openmetrics(
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  EXPECT_FALSE(prefers_openmetrics("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;version=1.0.0;q=0.5"));
  EXPECT_FALSE(prefers_openmetrics("application/openmetrics-text;version=0.0.1"));
  EXPECT_FALSE(prefers_openmetrics("application/openmetrics-text;q=0"));
  EXPECT_TRUE(prefers_openmetrics("Application/OpenMetrics-Text ; Q=0.5"));
  EXPECT_FALSE(prefers_openmetrics("application/openmetrics-text;q=what"));
}

TEST(MetricsRoute, SaysWhichTextItIs) {
  FakeStreams streams;
  const Backend backend = streams.backend();
  const auto ask = [&](const std::string& accept) {
    const std::string text = "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: " + accept + "\r\n\r\n";
    const RequestHead head = *parse_request_head(text, {});
    auto found = find_route(head, "");
    auto& routed = std::get<RoutedRequest>(found);
    EXPECT_FALSE(admit_caller(routed, *backend.access));
    return std::get<Reply>(routed.route->handler(routed.request, routed.captures, backend));
  };
  EXPECT_EQ(ask("*/*").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask("*/*").body, "app_lines_total 1\n");
  EXPECT_EQ(ask("application/openmetrics-text").content_type,
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(ask("application/openmetrics-text").body, "# EOF\n");
}

class MetricHistoryRoute : public testing::Test {
 protected:
  Reply ask(const std::string& parameters) {
    Backend backend = streams_.backend();
    backend.metric_history = [this](const MetricHistoryRequest& request) -> Result<std::string> {
      request_ = request;
      if (too_large_) return fail(ErrorCode::kInvalid, "too large");
      return std::string("{}\n");
    };
    const std::string text = "GET /api/metrics?" + parameters + " HTTP/1.1\r\nHost: a\r\n\r\n";
    const RequestHead head = *parse_request_head(text, {});
    auto found = find_route(head, "");
    auto& routed = std::get<RoutedRequest>(found);
    EXPECT_FALSE(admit_caller(routed, *backend.access));
    EXPECT_TRUE(routed.route->may_wait);
    return std::get<Reply>(routed.route->handler(routed.request, routed.captures, backend));
  }
  FakeStreams streams_;
  MetricHistoryRequest request_;
  bool too_large_ = false;
};

TEST_F(MetricHistoryRoute, AsksForTenMinutesUnlessToldOtherwise) {
  EXPECT_EQ(ask("").status, 200);
  EXPECT_EQ(request_.to, streams_.clock.wall_now());
  EXPECT_EQ(request_.to - request_.from, std::chrono::minutes(10));
  EXPECT_EQ(request_.step.count(), 0);
  EXPECT_TRUE(request_.names.empty());
}

TEST_F(MetricHistoryRoute, TakesTimesStepAndNames) {
  EXPECT_EQ(ask("since=2024-01-01T01:00:00+01:00&until=2024-01-01T00:10:00Z&step=1m&names=a.*,b&names=c").status, 200);
  EXPECT_EQ(request_.to - request_.from, std::chrono::minutes(10));
  EXPECT_EQ(request_.step, std::chrono::minutes(1));
  ASSERT_EQ(request_.names.size(), 3U);
  EXPECT_EQ(request_.names[0].text(), "a.*");
}

TEST_F(MetricHistoryRoute, NamesWhatIsWrong) {
  for (const char* wrong : {"since=yesterday", "until=x", "step=0s", "step=often", "names=[", "nmaes=a"}) {
    const Reply reply = ask(wrong);
    EXPECT_EQ(reply.status, 400) << wrong;
    const std::string parameter(wrong, std::string_view(wrong).find('='));
    EXPECT_NE(reply.body.find("\"parameter\":\"" + parameter + "\""), std::string::npos) << reply.body;
  }
  EXPECT_EQ(ask("since=1m&until=2m").status, 400);
  too_large_ = true;
  EXPECT_EQ(ask("").status, 400);
}

}  // namespace
}  // namespace tailwater
