// The machine's vital signs and numbers from logs, as a user of the daemon meets them: /metrics, /api/metrics, `metric`
// events over a kill, [[metric]] in the configuration.
#include <algorithm>
#include <functional>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Metrics : public DaemonTest {
 protected:
  /// Asks until the answer holds `text`.
  bool answers(const std::string& target, const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (get(target).body.find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    ADD_FAILURE() << target << " never held: " << text << "\n" << get(target).body;
    return false;
  }
  static std::vector<std::string> samples_of(const std::vector<SseEvent>& events) {
    std::vector<std::string> samples;
    for (const SseEvent& event : events_of(events, "metric")) samples.push_back(event.data);
    return samples;
  }
  static constexpr const char* kFast = "[sampler]\ninterval = \"100ms\"\n";
};

TEST_F(Metrics, AreAnsweredForTheHostAndForTheDaemon) {
  serve_configured(kFast);
  EXPECT_TRUE(answers("/metrics", "\nsystem_cpu_utilization_ratio "));
  EXPECT_TRUE(answers("/metrics", "\ntailwater_ingest_files "));
  EXPECT_TRUE(answers("/api/metrics?since=1m&names=system.uptime", "\"name\":\"system.uptime\""));
  EXPECT_EQ(get("/api/metrics?since=then").status, 400);
}

TEST_F(Metrics, EventsGoOnBehindTheLastOneOverAKill) {
  append_to_file(log("a.log"), "a line\n");
  serve_configured(kFast);
  std::string last;
  std::vector<std::string> seen;
  for (int round = 0; round < 3; ++round) {
    SseClient client(port(), "/api/events?types=metric&names=system.uptime&tail=1");
    client.set_last_event_id(last);
    ASSERT_TRUE(client.connect());
    std::size_t count = 0;
    const auto events = client.read_until([&](const SseEvent& event) {
      EXPECT_NE(event.type, "gap") << event.data;
      return (count += event.type == "metric" ? 1 : 0) == 5;
    });
    for (std::string& sample : samples_of(events)) seen.push_back(std::move(sample));
    last = client.last_event_id();
    daemon().kill();
    ASSERT_TRUE(daemon().start()) << daemon().failure();
  }
  ASSERT_EQ(seen.size(), 15U);
  // Each begins with its time, so they must be in order and none there twice.
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end(), std::greater_equal<>()), seen.end());
}

TEST_F(Metrics, AreMadeOfLogLines) {
  append_to_file(log("a.log"), "status=200 before the start\n");
  serve_configured(std::string(kFast) + "log_levels = true\n" +
                   "[[metric]]\nname = \"requests\"\nmatch = 'status=(?P<status>\\d+)'\n"
                   "[[metric]]\nname = \"wait_seconds\"\ntype = \"histogram\"\nbuckets = [0.5, 1]\n"
                   "match = 'took (?P<value>[\\d.]+)'\n");
  append_to_file(log("a.log"), "status=200 took 0.25\nERROR status=500 took 2\nstatus=200 took 0.75\n");
  EXPECT_TRUE(answers("/metrics", "\nrequests_total{status=\"200\"} 2\nrequests_total{status=\"500\"} 1\n"));
  EXPECT_TRUE(answers("/metrics",
                      "wait_seconds_bucket{le=\"0.5\"} 1\nwait_seconds_bucket{le=\"1.0\"} 2\n"
                      "wait_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_TRUE(answers("/metrics", "tailwater_log_lines_total{stream=\"app\",level=\"error\"} 1\n"));
  const auto client = follow("types=metric&names=requests");
  const std::string wanted = R"("requests":{"status=200":2,"status=500":1})";
  bool seen = false;
  static_cast<void>(client->read_until([&](const SseEvent& event) {
    seen = event.data.find(wanted) != std::string::npos;
    return seen;
  }));
  EXPECT_TRUE(seen);
}

TEST_F(Metrics, SayWhatWasLostAndHowFarBehindTheFilesIngestIs) {
  append_to_file(log("a.log"), "a line\nand half");
  serve_configured(std::string(kFast) + "[limits]\npartial_after = \"0s\"\n");
  static_cast<void>(history("from=zzzzzz.0.5"));
  EXPECT_TRUE(answers("/metrics", "\ntailwater_gaps_total{reason=\"unknown-id\"} 1\n"));
  EXPECT_TRUE(answers("/metrics", "\ntailwater_gaps_total{reason=\"rotated\"} 0\n"));
  EXPECT_TRUE(answers("/metrics", "\ntailwater_ingest_lag_bytes{stream=\"app\"} 8\n"));
  EXPECT_TRUE(answers("/api/streams", "\"size\":15,\"end\":7,"));
  append_to_file(log("a.log"), " a line\n");
  EXPECT_TRUE(answers("/metrics", "\ntailwater_ingest_lag_bytes{stream=\"app\"} 0\n"));
}

TEST_F(Metrics, ARuleThatCannotWorkIsNamedWithItsPlace) {
  configure("[[metric]]\nname = \"requests\"\nmatch = 'status=('\n", {"*.log"});
  DaemonProcess daemon({"--config", config_path()});
  EXPECT_FALSE(daemon.start());
  EXPECT_NE(daemon.errors().find("tailwater.toml:3:"), std::string::npos) << daemon.errors();
  EXPECT_NE(daemon.errors().find("metric requests: "), std::string::npos) << daemon.errors();
}

}  // namespace
}  // namespace tailwater
