// TestClient: one client as its connection would be: takes bytes when told to or when it is allowed to, undoes the
// chunk framing strictly, parses events. It reads only where a real one would: at first, while bytes are left, and
// after on_ready(); so a wake-up that is missing is a client that stays behind.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/sse_parser.h"
#include "stream/chunk_decoder.h"
#include "stream/stream_service.h"
#include "support/lines_event.h"

namespace tailwater {

[[nodiscard]] inline std::shared_ptr<const Query> query_of(std::vector<Parameter> parameters) {
  auto query = Query::parse(parameters, {});
  EXPECT_TRUE(query) << query.error().message;
  return query ? *query : nullptr;
}

[[nodiscard]] inline StartRequest start_of(StartRequest::Kind kind) {
  StartRequest start;
  start.kind = kind;
  return start;
}
[[nodiscard]] inline StartRequest tail_of(std::uint32_t count) {
  StartRequest start = start_of(StartRequest::Kind::kTail);
  start.tail = count;
  return start;
}
[[nodiscard]] inline StartRequest resume_of(std::string id) {
  StartRequest start;
  start.last_event_id = std::move(id);
  return start;
}

class TestClient final : public CursorListener {
 public:
  TestClient(Readers& readers, Subscription subscription)
      : parser_([this](SseEvent event) { events.push_back(std::move(event)); }), sse_(subscription.sse) {
    cursor_ = readers.subscribe(std::move(subscription), *this);
  }
  TestClient(Readers& readers, StartRequest start, std::vector<Parameter> query = {})
      : TestClient(readers, Subscription{query_of(std::move(query)), std::move(start), true, StreamSet::all()}) {}

  /// Takes at most `most` bytes, in pieces of at most `piece`; from one block and from several by turns. True if any.
  bool read(std::size_t most = SIZE_MAX, std::size_t piece = SIZE_MAX) {
    bool any = false;
    while (may_read_ && most > 0) {
      std::string_view pieces[3];
      const std::size_t count = cursor_->gather(std::span(pieces).first(1 + ++reads_ % 3));
      std::string bytes;
      for (std::size_t i = 0; i < count; ++i) bytes += pieces[i];
      bytes.resize(std::min({bytes.size(), most, piece}));
      if (bytes.empty()) {
        may_read_ = false;
        break;
      }
      take(bytes);
      if (!cursor_->consume(bytes.size())) may_read_ = false;
      most -= bytes.size();
      any = true;
    }
    return any;
  }

  void on_ready() override {
    EXPECT_FALSE(may_read_) << "on_ready() without need";
    may_read_ = true;
    ++wakes;
  }
  void disconnect() { cursor_.reset(); }
  [[nodiscard]] Cursor& cursor() { return *cursor_; }
  [[nodiscard]] bool finished() const { return cursor_->finished(); }
  [[nodiscard]] bool between_chunks() const { return decoder_.between_chunks(); }
  /// What a browser would come back with.
  [[nodiscard]] const std::string& last_event_id() const { return parser_.last_event_id(); }
  [[nodiscard]] std::uint64_t comments() const { return parser_.comments(); }
  [[nodiscard]] std::uint64_t id_only_blocks() const { return parser_.id_only_blocks(); }
  [[nodiscard]] std::int64_t retry_ms() const { return parser_.retry_ms(); }

  [[nodiscard]] std::vector<SseEvent> of_type(std::string_view type) const {
    std::vector<SseEvent> found;
    for (const SseEvent& event : events) {
      if (event.type == type) found.push_back(event);
    }
    return found;
  }
  /// `log` events, and what `lines` events stand for.
  [[nodiscard]] std::vector<SseEvent> records() const {
    std::vector<SseEvent> found;
    for (const SseEvent& event : events) {
      EXPECT_EQ(event.type == "lines", event.data.substr(0, 1) == "[");
      for (SseEvent& record : expand_lines(event)) {
        EXPECT_NE(record.type, "broken") << record.data;
        if (record.type == "log") found.push_back(std::move(record));
      }
    }
    return found;
  }
  [[nodiscard]] std::vector<std::string> log_ids() const {
    std::vector<std::string> ids;
    for (const SseEvent& event : records()) ids.push_back(event.id);
    return ids;
  }
  [[nodiscard]] std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const SseEvent& event : events) all.push_back(event.type);
    return all;
  }

  std::vector<SseEvent> events;
  std::string body;  ///< without chunk framing
  int wakes = 0;

 private:
  void take(std::string_view bytes) {
    std::string data;
    EXPECT_TRUE(decoder_.feed(bytes, data)) << "chunk framing is broken";
    body += data;
    if (sse_) parser_.feed(data);
  }

  std::unique_ptr<Cursor> cursor_;
  ChunkDecoder decoder_;
  SseParser parser_;
  std::size_t reads_ = 0;
  bool sse_;
  bool may_read_ = true;
};

}  // namespace tailwater
