// What a client hears first: a hello, at once, then its backlog, then that it has caught up.
#include <gtest/gtest.h>

#include <chrono>

#include "support/daemon_process.h"
#include "support/log_writer.h"
#include "support/sse_client.h"

namespace tailwater {
namespace {

using Milliseconds = std::chrono::milliseconds;

TEST(Hello, IsTheFirstEventAndHereWithinFiftyMilliseconds) {
  const TempDir logs;
  append_numbered_lines(logs.file("app.log"), 0, 0, 1000);
  DaemonProcess daemon({logs.path()});
  ASSERT_TRUE(daemon.start()) << daemon.failure();

  auto fastest = Milliseconds::max();
  for (int attempt = 0; attempt < 5; ++attempt) {  // the machine may be busy: one prompt answer in five is proof
    SseClient client(daemon.port(), "/api/events");
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.connect()) << client.stream().head();
    const auto hello = client.next();
    fastest = std::min(fastest, std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - begin));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->type, "hello");
    EXPECT_FALSE(hello->own_id);
  }
  EXPECT_LE(fastest, Milliseconds(50));
}

TEST(Hello, SaysWhoServesWhatAndFromWhere) {
  const TempDir logs;
  append_numbered_lines(logs.file("app.log"), 0, 0, 10);
  DaemonProcess daemon({logs.path()});
  ASSERT_TRUE(daemon.start()) << daemon.failure();

  SseClient client(daemon.port(), "/api/events");
  ASSERT_TRUE(client.connect());
  const auto hello = client.next("hello");
  ASSERT_TRUE(hello);
  const auto data = JsonValue::parse(hello->data);
  ASSERT_TRUE(data) << hello->data;
  EXPECT_EQ((*data)["server"].text(), "tailwater");
  EXPECT_FALSE((*data)["version"].text().empty());
  EXPECT_EQ((*data)["heartbeat_ms"].number(), 15000);
  EXPECT_EQ((*data)["streams"].items().size(), 1U);
  EXPECT_FALSE((*data)["position"].text().empty());
}

TEST(Hello, ThePositionInItIsWhereReadingWouldGoOn) {
  const TempDir logs;
  append_numbered_lines(logs.file("app.log"), 0, 0, 10);
  DaemonProcess daemon({logs.path()});
  ASSERT_TRUE(daemon.start()) << daemon.failure();

  SseClient first(daemon.port(), "/api/events?tail=0");
  ASSERT_TRUE(first.connect());
  const auto hello = first.next("hello");
  ASSERT_TRUE(hello);
  const auto data = JsonValue::parse(hello->data);
  ASSERT_TRUE(data);
  append_numbered_lines(logs.file("app.log"), 0, 10, 3);

  SseClient second(daemon.port(), "/api/events?from=" + (*data)["position"].text());
  ASSERT_TRUE(second.connect());
  for (std::uint64_t seq = 10; seq < 13; ++seq) {
    const auto record = second.next("log");
    ASSERT_TRUE(record);
    EXPECT_EQ(find_line_number(record->data), (LineNumber{0, seq}));
  }
}

}  // namespace
}  // namespace tailwater
