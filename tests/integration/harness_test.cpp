// The judges judged: the parser, the chunk decoder and the oracle that all other integration tests rely on must
// themselves find what is wrong.
#include <gtest/gtest.h>

#include "client/sse_parser.h"
#include "support/child_process.h"
#include "support/http_stream.h"
#include "support/json_value.h"
#include "support/log_writer.h"
#include "support/resuming_reader.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::vector<SseEvent> parse_in_pieces(std::string_view text, std::size_t piece) {
  std::vector<SseEvent> events;
  SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
  for (std::size_t at = 0; at < text.size(); at += piece) parser.feed(text.substr(at, piece));
  return events;
}

TEST(SseParser, ReadsEveryLineEndingInPiecesOfAnySize) {
  constexpr std::string_view kStream =
      "\xEF\xBB\xBF"
      "data: a\ndata:b\r\nid: 1\revent: kind\n\r\n: comment\ndata\n\nid: 2\n\ndata:  c\r\rdata: unfinished\n";
  for (std::size_t piece = 1; piece < kStream.size(); ++piece) {
    const auto events = parse_in_pieces(kStream, piece);
    ASSERT_EQ(events.size(), 3U) << piece;
    EXPECT_EQ(events[0].data, "a\nb");
    EXPECT_EQ(events[0].type, "kind");
    EXPECT_EQ(events[0].id, "1");
    EXPECT_TRUE(events[0].own_id);
    EXPECT_EQ(events[1].data, "");
    EXPECT_FALSE(events[1].own_id);
    EXPECT_EQ(events[2].data, " c");
    EXPECT_EQ(events[2].id, "2") << "an id-only block moves the last event ID";
  }
}

TEST(SseParser, AnUnfinishedBlockLeavesNothingBehind) {
  std::vector<SseEvent> events;
  SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
  parser.feed("id: 1\ndata: x\n\nid: 2\ndata: y\n");
  parser.disconnect();
  EXPECT_EQ(parser.last_event_id(), "1");
  parser.feed("data: z\n\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].data, "z");
  EXPECT_EQ(events[1].id, "1");
}

TEST(SseParser, AnIdWithNulIsIgnoredAndRetryTakesDigitsOnly) {
  SseParser parser([](const SseEvent&) {});
  parser.feed(std::string_view("id: a\0b\ndata: x\nretry: 12x\n\n", 28));
  EXPECT_EQ(parser.last_event_id(), "");
  EXPECT_EQ(parser.retry_ms(), -1);
  parser.feed("retry: 250\n");
  EXPECT_EQ(parser.retry_ms(), 250);
}

TEST(ChunkedDecoder, TakesPiecesOfAnySizeAndNothingButTheFraming) {
  constexpr std::string_view kWire = "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece < kWire.size(); ++piece) {
    ChunkedDecoder decoder;
    std::string body;
    for (std::size_t at = 0; at < kWire.size(); at += piece) {
      ASSERT_TRUE(decoder.feed(kWire.substr(at, piece), body)) << piece;
    }
    EXPECT_EQ(body, "abc0123456789");
    EXPECT_TRUE(decoder.at_end());
  }
  for (const char* wrong : {"\r\n", "x\r\n", "3\nabc", "3\r\nabcd\r\n", "1\r\na\n", "0\r\n\r\nmore", "3 \r\nabc\r\n"}) {
    ChunkedDecoder decoder;
    std::string body;
    EXPECT_FALSE(decoder.feed(wrong, body)) << wrong;
  }
}

TEST(JsonValue, ReadsWhatBrowsersReadAndRefusesTheRest) {
  const auto value = JsonValue::parse(R"( {"a":[1,-2.5e3,true,null],"b":"x\u00e9\ud83d\ude00\n"} )");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["a"].items().at(1).number(), -2500);
  EXPECT_EQ((*value)["b"].text(), "x\xC3\xA9\xF0\x9F\x98\x80\n");
  for (const char* wrong : {"", "{", "{\"a\":1,}", "[1 2]", "\"a\nb\"", "\"\\x\"", "\"\xFF\"", "{\"a\":1} x", "+1",
                            "{\"a\":1,\"a\":2}", "\"\\ud800\""}) {
    EXPECT_FALSE(JsonValue::parse(wrong)) << wrong;
  }
}

std::vector<ReceivedRecord> records(std::initializer_list<std::uint64_t> numbers) {
  std::vector<ReceivedRecord> made;
  for (const std::uint64_t seq : numbers) made.push_back({{0, seq}, seq});
  return made;
}

TEST(Oracle, FindsWhatIsLostRepeatedLateOrUnasked) {
  EXPECT_EQ(compare_with_oracle(records({0, 1, 2}), {3}, every_line), "");
  EXPECT_EQ(compare_with_oracle(records({0, 2}), {3}, every_line).rfind("1 lost, 0 repeated", 0), 0U);
  EXPECT_EQ(compare_with_oracle(records({0, 1}), {3}, every_line).rfind("1 lost, 0 repeated", 0), 0U);
  EXPECT_EQ(compare_with_oracle(records({0, 1, 1, 2}), {3}, every_line).rfind("0 lost, 1 repeated", 0), 0U);
  EXPECT_EQ(compare_with_oracle(records({0, 2, 1}), {3}, every_line).rfind("1 lost, 1 repeated", 0), 0U);
  EXPECT_EQ(compare_with_oracle(records({0, 1, 2, 3}), {3}, every_line).find("0 lost, 0 repeated or late, 1 un"), 0U);
  EXPECT_EQ(compare_with_oracle(records({0, 10}), {20}, errors_only), "");
  EXPECT_NE(compare_with_oracle(records({0, 1, 10}), {20}, errors_only), "");
}

TEST(Oracle, FindsADifferentOrder) {
  EXPECT_EQ(compare_order(records({0, 1, 2}), records({0, 1, 2})), "");
  EXPECT_NE(compare_order(records({0, 1, 2}), records({0, 2, 1})), "");
  EXPECT_NE(compare_order(records({0, 1, 2}), records({0, 1})), "");
}

TEST(LogWriter, WritesEachLineOnceOverItsRotations) {
  const TempDir directory;
  WriterSettings settings;
  settings.directory = directory.path();
  settings.files = 3;
  settings.lines_per_second = 20'000;
  settings.rotate_every = std::chrono::milliseconds(5);
  LogWriter writer(settings);
  writer.start();
  while (writer.total() < 2000 || writer.rotations() < 10) std::this_thread::yield();
  writer.stop();
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    all += read_whole_file(entry.path().string());
  }
  std::uint64_t lines = 0;
  std::uint64_t total = 0;
  for (std::size_t at = 0; (at = all.find('\n', at)) != std::string::npos; ++at) ++lines;
  for (const std::uint64_t count : writer.written()) total += count;
  EXPECT_EQ(lines, total);
  EXPECT_EQ(writer.total(), total);
}

}  // namespace
}  // namespace tailwater
