// What a client hears first: a hello, at once.
#include <algorithm>
#include <chrono>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Hello : public DaemonTest {};

TEST_F(Hello, IsTheFirstEventAndHereWithinFiftyMilliseconds) {
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  serve();
  auto fastest = Milliseconds::max();
  for (int attempt = 0; attempt < 5; ++attempt) {  // the machine may be busy: one prompt answer in five is proof
    SseClient client(port(), "/api/events");
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.connect()) << client.stream().head();
    const auto hello = client.next();
    fastest = std::min(fastest, std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - begin));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->type, "hello");
    EXPECT_FALSE(hello->own_id);
  }
  EXPECT_LE(fastest, Milliseconds(kSanitized ? 500 : 50));
}

TEST_F(Hello, ComesAtOnceWhereThereIsNothingToSend) {
  serve();
  const auto client = follow("");
  const auto hello = client->next(Milliseconds(2000));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->type, "hello");
}

TEST_F(Hello, SaysWhoServesWhatAndHowOften) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve_configured("[server]\nheartbeat = \"7s\"\n");
  const auto hello = follow("")->next("hello");
  ASSERT_TRUE(hello);
  const auto data = JsonValue::parse(hello->data);
  ASSERT_TRUE(data) << hello->data;
  EXPECT_EQ((*data)["server"].text(), "tailwater");
  EXPECT_FALSE((*data)["version"].text().empty());
  EXPECT_EQ((*data)["heartbeat_ms"].number(), 7000);
  ASSERT_EQ((*data)["streams"].items().size(), 1U) << hello->data;
  EXPECT_EQ((*data)["streams"].items()[0].text(), "app");
}

TEST_F(Hello, ThePositionInItIsWhereReadingWouldGoOn) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  const auto hello = follow("tail=0")->next("hello");
  ASSERT_TRUE(hello);
  const auto data = JsonValue::parse(hello->data);
  ASSERT_TRUE(data);
  append_numbered_lines(log("app.log"), 0, 10, 3);

  const auto client = follow("from=" + (*data)["position"].text());
  for (std::uint64_t seq = 10; seq < 13; ++seq) {
    const auto record = client->next("log");
    ASSERT_TRUE(record);
    EXPECT_EQ(find_line_number(record->data), (LineNumber{0, seq}));
  }
}

TEST_F(Hello, TheReplyIsAnEventStreamThatNoProxyHoldsBack) {
  serve();
  const auto client = follow("");
  EXPECT_EQ(client->stream().header("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(client->stream().header("cache-control"), "no-store, no-transform");
  EXPECT_EQ(client->stream().header("x-accel-buffering"), "no");
}

}  // namespace
}  // namespace tailwater
