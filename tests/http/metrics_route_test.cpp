// GET /metrics: which of the two texts a client gets.
#include "http/metrics_route.h"

#include <gtest/gtest.h>

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
    const auto& routed = std::get<RoutedRequest>(found);
    return std::get<Reply>(routed.route->handler(routed.request, routed.captures, backend));
  };
  EXPECT_EQ(ask("*/*").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask("*/*").body, "app_lines_total 1\n");
  EXPECT_EQ(ask("application/openmetrics-text").content_type,
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(ask("application/openmetrics-text").body, "# EOF\n");
}

}  // namespace
}  // namespace tailwater
