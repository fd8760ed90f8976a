#include "stream/sse_frame.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/sse_parser.h"

namespace tailwater {
namespace {

Position position(std::string_view key, std::uint32_t generation, std::uint64_t offset) {
  return {*FileKey::parse(key), generation, offset};
}

struct Parsed {
  std::vector<SseEvent> events;
  std::int64_t retry_ms = -1;
  std::string last_event_id;
  std::uint64_t comments = 0;
};

Parsed parse(const std::string& bytes) {
  Parsed parsed;
  SseParser parser([&](SseEvent event) { parsed.events.push_back(std::move(event)); });
  parser.feed(bytes);
  parsed.retry_ms = parser.retry_ms();
  parsed.last_event_id = parser.last_event_id();
  parsed.comments = parser.comments();
  return parsed;
}

TEST(SseFrame, HelloSaysWhoServesWhatFromWhere) {
  HelloFrame hello;
  hello.server = "tail\"water";
  hello.version = "1.2";
  hello.heartbeat = Milliseconds(15'000);
  hello.streams = {"a", "b"};
  hello.position = position("k3x9", 0, 48213);
  hello.retry = Milliseconds(1234);
  std::string out;
  append_hello(out, hello);
  const Parsed parsed = parse(out);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].type, "hello");
  EXPECT_FALSE(parsed.events[0].own_id);
  EXPECT_EQ(
      parsed.events[0].data,
      R"({"server":"tail\"water","version":"1.2","heartbeat_ms":15000,"streams":["a","b"],"position":"k3x9.0.48213"})");
  EXPECT_EQ(parsed.retry_ms, 1234);
}

TEST(SseFrame, CaughtUpCarriesAnId) {
  std::string out;
  append_caught_up(out, {3, 120, Milliseconds(7)}, position("k3x9", 1, 5));
  const Parsed parsed = parse(out);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].type, "caught-up");
  EXPECT_EQ(parsed.events[0].id, "k3x9.1.5");
  EXPECT_EQ(parsed.events[0].data, R"({"records":3,"bytes":120,"ms":7})");
}

TEST(SseFrame, GapSaysWhatIsKnownAndNullForTheRest) {
  GapFrame gap;
  gap.reason = GapReason::kUnknownId;
  std::string out;
  append_gap(out, gap);
  EXPECT_EQ(parse(out).events.at(0).data, R"({"file":null,"from":null,"to":null,"bytes":null,"reason":"unknown-id"})");
  EXPECT_FALSE(parse(out).events.at(0).own_id);

  gap.file = "/var/log/a\nb";
  gap.from = "k3x9.0.1";
  gap.to = "k3x9.0.9";
  gap.bytes = 8;
  gap.reason = GapReason::kRotated;
  gap.id = position("k3x9", 0, 9);
  out.clear();
  append_gap(out, gap);
  ASSERT_EQ(parse(out).events.size(), 1U);
  EXPECT_EQ(parse(out).events[0].data,
            R"({"file":"/var/log/a\nb","from":"k3x9.0.1","to":"k3x9.0.9","bytes":8,"reason":"rotated"})");
  EXPECT_EQ(parse(out).last_event_id, "k3x9.0.9");
}

TEST(SseFrame, EndCarriesTheEndedFormOfTheId) {
  std::string out;
  append_end(out, "backlog", position("k3x9", 0, 48213));
  const Parsed parsed = parse(out);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].type, "end");
  EXPECT_EQ(parsed.events[0].data, R"({"reason":"backlog"})");
  const auto id = parse_event_id(parsed.events[0].id);
  ASSERT_TRUE(id);
  EXPECT_TRUE(id->ended);
  EXPECT_EQ(id->position, position("k3x9", 0, 48213));
}

TEST(SseFrame, ShutdownSetsTheRetryTimeBeforeItSpeaks) {
  std::string out;
  append_shutdown(out, Milliseconds(321));
  EXPECT_EQ(out.rfind("retry: 321\n\n", 0), 0U);
  const Parsed parsed = parse(out);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].type, "shutdown");
  EXPECT_EQ(parsed.events[0].data, R"({"reconnect_ms":321})");
  EXPECT_EQ(parsed.retry_ms, 321);
}

TEST(SseFrame, HeartbeatAndIdOnlyBlockDispatchNothing) {
  std::string out;
  append_heartbeat(out);
  append_id_only(out, position("k3x9", 2, 77));
  const Parsed parsed = parse(out);
  EXPECT_TRUE(parsed.events.empty());
  EXPECT_EQ(parsed.comments, 1U);
  EXPECT_EQ(parsed.last_event_id, "k3x9.2.77");
}

TEST(SseFrame, FileSaysWhatHappened) {
  FileChange change;
  change.kind = FileChangeKind::kReplaced;
  change.generation = 4;
  std::string out;
  append_file(out, "nginx", "/var/log/x", change);
  const Parsed parsed = parse(out);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].type, "file");
  EXPECT_FALSE(parsed.events[0].own_id);
  EXPECT_EQ(parsed.events[0].data, R"({"stream":"nginx","file":"/var/log/x","change":"replaced","generation":4})");
}

}  // namespace
}  // namespace tailwater
