// An orderly stop, whatever the clients are doing.
#include <gtest/gtest.h>

#include <vector>

#include "server_fixture.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

class StopServerTest : public ServerTest {};

TEST_F(StopServerTest, StoppingSaysShutdownEndsStreamsAndCloses) {
  options_.threads = 2;
  start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(streaming_client());
  HttpClient idle = client();
  HttpClient half = client();
  half.send("GET /heal");
  server_->stop();
  for (HttpClient& client : clients) {
    EXPECT_EQ(client.read_chunk(), "event: shutdown\ndata: {}\n\n");
    EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
    EXPECT_FALSE(client.was_reset());
  }
  EXPECT_TRUE(idle.is_closed_within());
  EXPECT_TRUE(half.is_closed_within());
  EXPECT_EQ(streams_.cursors, 0U);
}

TEST_F(StopServerTest, StoppingWaitsForAStalledClientNoLongerThanTheGrace) {
  options_.shutdown_grace = milliseconds(200);
  streams_.endless = true;
  start();
  HttpClient client(address(), /*receive_buffer=*/4096);
  client.get("/api/events");
  ASSERT_TRUE(wait_until([this] { return streams_.consumed > 0; }));
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(150));
  EXPECT_LT(took, milliseconds(2000));
  EXPECT_EQ(streams_.cursors, 0U);
}

TEST_F(StopServerTest, StoppingIsImmediateWhenNobodyIsThere) {
  start();
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1000));
  EXPECT_FALSE(HttpClient("127.0.0.1:1").is_connected());
}

TEST_F(StopServerTest, TheServerMayGoAwayWithoutBeingStopped) {
  start();
  HttpClient client = streaming_client();
  server_.reset();
  EXPECT_EQ(client.read_chunk(), "event: shutdown\ndata: {}\n\n");
}

}  // namespace
}  // namespace tailwater
