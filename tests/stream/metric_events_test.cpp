// `metric` events: records of the sample spool, live and from history, beside the lines of logs.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "filter/sample_line.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

class MetricEvents : public testing::Test {
 protected:
  MetricEvents() {
    world_.core().rules.set({{"s", {}}, {std::string(kSampleStream), {4U << 20, /*samples=*/true}}});
    log_ = world_.add_file("a.log");
    spool_ = world_.add_file("samples.jsonl", std::string(kSampleStream));
  }

  /// One sample, a second after the one before.
  void sample() {
    at_ += 1000;
    world_.write_turn(spool_,
                      fmt::format(R"({{"time":"{}","elapsed_ms":1000,"samples":{{"cpu":{{"":{}}},"mem":{{"":2}}}}}})"
                                  "\n",
                                  to_rfc3339(WallTime(Milliseconds(at_))), ++count_));
  }
  void line() { world_.write_turn(log_, fmt::format("line {}\n", ++lines_)); }
  void settle(TestClient& client) {
    world_.settle([&] { return client.read(); });
  }
  static std::vector<std::string> data_of(const TestClient& client, std::string_view type) {
    std::vector<std::string> data;
    for (const SseEvent& event : client.of_type(type)) data.push_back(event.data);
    return data;
  }

  StreamWorld world_;
  std::size_t log_ = 0;
  std::size_t spool_ = 0;
  std::int64_t at_ = 1'700'000'000'000;
  int count_ = 0;
  int lines_ = 0;
};

TEST_F(MetricEvents, HoldTheNamedMetricsAlone) {
  TestClient client(world_.readers(), start_of(StartRequest::Kind::kEnd), {{"types", "metric"}, {"names", "c*"}});
  settle(client);
  sample();
  line();
  settle(client);
  EXPECT_THAT(
      data_of(client, "metric"),
      testing::ElementsAre(R"({"time":"2023-11-14T22:13:21.000Z","elapsed_ms":1000,"samples":{"cpu":{"":1}}})"));
  EXPECT_TRUE(client.records().empty());
}

TEST_F(MetricEvents, AreNoBusinessOfThoseWhoWantLogs) {
  TestClient client(world_.readers(), start_of(StartRequest::Kind::kStart), {});
  settle(client);
  for (int i = 0; i < 3; ++i) {
    sample();
    line();
  }
  settle(client);
  EXPECT_EQ(client.records().size(), 3U);
  EXPECT_TRUE(client.of_type("metric").empty());
  for (const SseEvent& event : client.of_type("hello")) EXPECT_EQ(event.data.find(kSampleStream), std::string::npos);
  for (const SseEvent& event : client.of_type("file")) EXPECT_EQ(event.data.find(kSampleStream), std::string::npos);
}

TEST_F(MetricEvents, AreTheSameBytesFromHistory) {
  const std::vector<Parameter> query{{"types", "log,metric"}, {"every", "2s"}, {"names", "mem"}, {"batch", "1"}};
  TestClient live(world_.readers(), start_of(StartRequest::Kind::kStart), query);
  settle(live);
  for (int i = 0; i < 20; ++i) {
    sample();
    if (i % 3 == 0) line();
  }
  settle(live);
  TestClient later(world_.readers(), start_of(StartRequest::Kind::kStart), query);
  settle(later);
  EXPECT_EQ(data_of(live, "metric").size(), 10U);
  EXPECT_EQ(data_of(live, "metric"), data_of(later, "metric"));
  EXPECT_EQ(live.log_ids(), later.log_ids());
  EXPECT_EQ(live.of_type("metric").back().id, later.of_type("metric").back().id);
}

TEST_F(MetricEvents, GoOnBehindTheLastIdAlsoOverARotation) {
  std::string last;
  std::vector<std::string> seen;
  for (int round = 0; round < 4; ++round) {
    TestClient client(world_.readers(), last.empty() ? start_of(StartRequest::Kind::kStart) : resume_of(last),
                      {{"types", "metric"}, {"names", "cpu"}});
    settle(client);
    sample();
    if (round == 2) world_.rotate(spool_);
    settle(client);
    for (std::string& data : data_of(client, "metric")) seen.push_back(std::move(data));
    last = client.last_event_id();
    client.disconnect();
    sample();
    line();
  }
  TestClient client(world_.readers(), resume_of(last), {{"types", "metric"}, {"names", "cpu"}});
  settle(client);
  for (std::string& data : data_of(client, "metric")) seen.push_back(std::move(data));
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(count_));
  for (int i = 0; i < count_; ++i) {
    EXPECT_THAT(seen[static_cast<std::size_t>(i)], testing::HasSubstr(fmt::format(R"("cpu":{{"":{}}})", i + 1)));
  }
}

TEST_F(MetricEvents, DoNotTakeThePlacesOfLinesInATail) {
  for (int i = 0; i < 5; ++i) line();
  for (int i = 0; i < 30; ++i) sample();
  TestClient both(world_.readers(), tail_of(3), {{"types", "log,metric"}});
  settle(both);
  EXPECT_EQ(both.records().size(), 3U);
  TestClient samples(world_.readers(), tail_of(3), {{"types", "metric"}});
  settle(samples);
  EXPECT_EQ(samples.of_type("metric").size(), 3U);
}

}  // namespace
}  // namespace tailwater
