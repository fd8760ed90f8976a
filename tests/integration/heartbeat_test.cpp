// What is sent when there is nothing to send: comments, and IDs that move a cursor past what its filter dropped.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Heartbeat : public DaemonTest {
 protected:
  void pump_until(SseClient& client, const std::function<bool()>& reached) {
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (!reached() && std::chrono::steady_clock::now() < deadline) client.pump(64 << 10, Milliseconds(100));
  }
};

TEST_F(Heartbeat, IsACommentAtTheConfiguredInterval) {
  serve_configured("[server]\nheartbeat = \"1s\"\n");
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  const auto comments = client->parser().comments();
  const auto begin = std::chrono::steady_clock::now();
  pump_until(*client, [&] { return client->parser().comments() >= comments + 2; });
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, Milliseconds(700));  // staggered: the first may come early, the second a whole interval later
  EXPECT_LE(took, Milliseconds(4000));
}

TEST_F(Heartbeat, MovesTheIdPastRecordsThatTheFilterDropped) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve_configured("[server]\nheartbeat = \"1s\"\n");
  const auto client = follow("grep=nowhere-to-be-found");
  ASSERT_TRUE(client->next("caught-up"));
  const std::string before = client->last_event_id();
  append_to_file(log("app.log"), "dropped\ndropped too\nlast dropped\n");
  wait_for_line("last dropped");
  const auto last = events_of(history("tail=1"), "log");
  pump_until(*client, [&] { return client->last_event_id() != before; });
  EXPECT_GE(client->parser().id_only_blocks(), 1U);
  EXPECT_EQ(client->last_event_id(), last.at(0).id);
  EXPECT_TRUE(client->events().empty());
}

}  // namespace
}  // namespace tailwater
