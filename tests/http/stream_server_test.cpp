// Streams over real sockets: what evhttp does under a reply without end, and what clients do to one.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <thread>
#include <vector>

#include "server_fixture.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

class StreamServerTest : public ServerTest {
 protected:
  [[nodiscard]] bool all_gone() {
    return wait_until([this] { return streams_.cursors == 0; });
  }
};

TEST_F(StreamServerTest, TheHeadIsWhatProxiesAndBrowsersNeed) {
  start();
  HttpClient client = this->client();
  client.get("/api/events");
  const ClientReply head = client.read_head();
  EXPECT_EQ(head.version, "HTTP/1.1");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(head.header("Cache-Control"), "no-store, no-transform");
  EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
  EXPECT_EQ(head.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head.header("X-Content-Type-Options"), "nosniff");
  EXPECT_TRUE(head.header("Content-Length").empty());
}

TEST_F(StreamServerTest, HeadAndHelloComeTogether) {
  start();
  HttpClient client = this->client();
  client.get("/api/events");
  ASSERT_TRUE(wait_until([this] { return streams_.consumed > 0; }));
  pollfd ready{client.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 5000), 1);
  char bytes[16384];
  const ssize_t got = ::recv(client.fd(), bytes, sizeof bytes, 0);
  ASSERT_GT(got, 0);
  EXPECT_NE(std::string_view(bytes, static_cast<std::size_t>(got)).find(to_chunk(FakeStreams::kHello)),
            std::string_view::npos);
}

TEST_F(StreamServerTest, TailIsPlainText) {
  start();
  HttpClient client = this->client();
  client.get("/tail/app/main.log");
  const ClientReply head = client.read_head();
  EXPECT_EQ(head.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
  EXPECT_FALSE(streams_.last_subscription().sse);
}

TEST_F(StreamServerTest, LiveFramesReachEveryClientInOrder) {
  options_.threads = 2;
  start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(streaming_client());
  for (int i = 0; i < 100; ++i) streams_.publish("id: " + std::to_string(i) + "\n\n");
  for (HttpClient& client : clients) {
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_chunk(), "id: " + std::to_string(i) + "\n\n");
  }
}

TEST_F(StreamServerTest, AFinishedStreamEndsWithTheLastChunkAndACloseWithoutReset) {
  start();
  HttpClient client = streaming_client();
  streams_.publish("event: end\n\n");
  streams_.finish();
  EXPECT_EQ(client.read_chunk(), "event: end\n\n");
  EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
  EXPECT_FALSE(client.was_reset());
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, ABurstThatFillsTheSocketArrivesWhole) {
  start();
  HttpClient client = streaming_client();
  const std::string big(3'000'000, 'b');
  for (int i = 0; i < 4; ++i) streams_.publish(big);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(client.read_chunk(), big) << i;
}

TEST_F(StreamServerTest, AnOldClientGetsTheBareBytesUntilTheClose) {
  start();
  HttpClient client = this->client();
  client.send("GET /api/events HTTP/1.0\r\n\r\n");
  const ClientReply head = client.read_head();
  EXPECT_TRUE(head.header("Transfer-Encoding").empty());
  streams_.publish("id: 1\n\n");
  EXPECT_EQ(client.read_exactly(FakeStreams::kHello.size() + 7), std::string(FakeStreams::kHello) + "id: 1\n\n");
  streams_.finish();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(StreamServerTest, AnOldClientThatWantsToBeKeptAliveIsNotToldOfAnEmptyBody) {
  start();
  HttpClient client = this->client();
  client.send("GET /api/events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const ClientReply head = client.read_head();
  EXPECT_TRUE(head.header("Content-Length").empty());
  EXPECT_EQ(head.header("Connection"), "close");
  EXPECT_EQ(client.read_exactly(FakeStreams::kHello.size()), std::string(FakeStreams::kHello));
}

TEST_F(StreamServerTest, HeadOfAStreamHasItsHeadersAndNoStream) {
  start();
  for (const char* target : {"/api/events", "/tail/app"}) {
    HttpClient client = this->client();
    client.send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const ClientReply head = client.read_reply(/*is_head=*/true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
    EXPECT_TRUE(client.is_closed_within());
  }
  EXPECT_EQ(streams_.subscribed, 0U);
  EXPECT_EQ(ask("HEAD", "/api/events?stream=ghost").status, 404);
}

TEST_F(StreamServerTest, AClientThatWasToldTheEndGets204) {
  start();
  EXPECT_EQ(ask("GET", "/api/events", "Last-Event-ID: k3x9.0.042\r\n").status, 204);
}

TEST_F(StreamServerTest, AQuietStreamOutlivesTheHeadDeadlineAndTheStallTime) {
  options_.head_timeout = milliseconds(50);
  options_.stall_timeout = milliseconds(50);
  start();
  HttpClient client = streaming_client();
  HttpClient idle = this->client();
  EXPECT_TRUE(idle.is_closed_within()) << "the deadline has passed for somebody";
  EXPECT_TRUE(client.read_for(milliseconds(150)).empty());
  streams_.publish("still here");
  EXPECT_EQ(client.read_chunk(), "still here");
}

TEST_F(StreamServerTest, AClientThatLeavesEndsItsStream) {
  start();
  {
    HttpClient closing = streaming_client();
    HttpClient resetting = streaming_client();
    EXPECT_EQ(streams_.cursors, 2U);
    resetting.reset();
  }
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, AHalfClosedClientCountsAsGone) {
  start();
  HttpClient client = streaming_client();
  client.finish_sending();
  EXPECT_TRUE(all_gone());
  EXPECT_TRUE(client.is_closed_within());
}

TEST_F(StreamServerTest, AClientThatTalksDuringAStreamIsDisconnected) {
  start();
  HttpClient client = streaming_client();
  const std::string chatter(4096, 'x');
  std::size_t sent = 0;
  while (sent < (std::size_t{64} << 20) && client.send(chatter)) sent += chatter.size();
  EXPECT_LT(sent, std::size_t{64} << 20);
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, RequestsSentDuringAStreamAreDropped) {
  start();
  HttpClient client = this->client();
  const std::string second = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n" + second);
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(client.read_chunk(), std::string(FakeStreams::kHello));
  client.send(second);
  streams_.publish("data");
  EXPECT_EQ(client.read_chunk(), "data");
  streams_.finish();
  EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
}

TEST_F(StreamServerTest, AStreamMayFollowOtherRequestsOnItsConnection) {
  start();
  HttpClient client = this->client();
  for (int i = 0; i < 3; ++i) {
    client.get("/healthz");
    EXPECT_EQ(client.read_reply().status, 200);
  }
  client.get("/api/events");
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_EQ(client.read_chunk(), std::string(FakeStreams::kHello));
  client.close();
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, AStalledClientIsClosedAfterTheStallTime) {
  options_.stall_timeout = milliseconds(200);
  streams_.endless = true;
  start();
  HttpClient client(address(), /*receive_buffer=*/4096);
  client.get("/api/events");
  ASSERT_TRUE(wait_until([this] { return streams_.cursors == 1; }));
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, AStalledClientHoldsLittleKernelMemory) {
  streams_.endless = true;
  start();
  HttpClient client(address(), /*receive_buffer=*/4096);
  client.get("/api/events");
  std::uint64_t before = 0;
  // The kernel has taken what it will when the count stands still.
  ASSERT_TRUE(wait_until([&] {
    const std::uint64_t now = streams_.consumed;
    std::this_thread::yield();
    const bool still = now > 0 && now == before;
    before = now;
    if (!still) return false;
    return client.is_connected() && ::poll(nullptr, 0, 50) == 0 && streams_.consumed == now;
  }));
  EXPECT_LT(before, 512U << 10) << "without TCP_NOTSENT_LOWAT it is 2.5 to 4 MB";
}

TEST_F(StreamServerTest, ASlowReaderDoesNotDelayTheOthers) {
  start();
  HttpClient stalled(address(), /*receive_buffer=*/4096);
  stalled.get("/api/events");
  HttpClient live = streaming_client();
  ASSERT_TRUE(wait_until([this] { return streams_.cursors == 2; }));
  streams_.publish(std::string(4'000'000, 'x'));
  streams_.publish("after the flood");
  EXPECT_TRUE(live.read_until("after the flood"));
}

TEST_F(StreamServerTest, EventsNeverComeInAnEncoding) {
  start();
  HttpClient client = this->client();
  client.get("/api/events", "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_TRUE(client.read_head().header("Content-Encoding").empty());
}

TEST_F(StreamServerTest, ClientsThatComeAndGoLeaveNothingBehind) {
  options_.threads = 2;
  start();
  for (int round = 0; round < 5; ++round) {
    std::vector<HttpClient> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(streaming_client());
    streams_.publish(std::string(100'000, 'x'));
    for (std::size_t i = 0; i < clients.size(); i += 2) clients[i].reset();
  }
  EXPECT_TRUE(all_gone());
}

TEST_F(StreamServerTest, AnIdleClientCostsLittleMemory) {
  options_.max_clients = 1000;
  start();
  std::vector<UniqueFd> clients;
  const auto add_clients = [&] {
    for (int i = 0; i < 300; ++i) {
      const HttpClient client = streaming_client();
      clients.emplace_back(::fcntl(client.fd(), F_DUPFD_CLOEXEC, 0));
    }
    return ::mallinfo2().uordblks;
  };
  const std::size_t before = add_clients();
  const std::size_t after = add_clients();
  if (after == 0) GTEST_SKIP() << "this build's allocator does not count";
  EXPECT_LT((after - before) / 300, 2600U) << "bytes for each, with the fake cursor";
}

TEST_F(StreamServerTest, GivesAStreamNoMoreThanItsRate) {
  options_.client_rate = 1'000'000;
  streams_.endless = true;
  start();
  HttpClient client = this->client();
  client.get("/api/events");
  ASSERT_EQ(client.read_head().status, 200);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.read_exactly(400'000));
  // But for the first tenth of a second's worth, which comes at once.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace tailwater
