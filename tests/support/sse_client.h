// SseClient: follows one URL as an EventSource does, step by step: it keeps the last event ID over connections and
// sends it when it connects again. Each wait has a deadline. Thread: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/sse_parser.h"
#include "support/http_stream.h"
#include "support/json_value.h"

namespace tailwater {

class SseClient {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kPatience{30'000};

  SseClient(std::uint16_t port, std::string target) : port_(port), target_(std::move(target)) {}
  SseClient(const SseClient&) = delete;
  SseClient& operator=(const SseClient&) = delete;

  /// Connects, or connects again, with the last event ID if there is one. True if the reply is an event stream.
  [[nodiscard]] bool connect(Milliseconds limit = kPatience);
  /// Drops the connection wherever it is. Events that were complete stay to be asked for.
  void disconnect();
  /// Sent as Last-Event-ID by the next connect().
  void set_last_event_id(std::string id) { sent_id_ = std::move(id); }
  void add_header(std::string header) { headers_.push_back(std::move(header)); }

  /// The next event of any type; nullopt at the deadline, or when the stream has ended: see at_end().
  [[nodiscard]] std::optional<SseEvent> next(Milliseconds limit = kPatience);
  /// The next event of this type; others are passed over.
  [[nodiscard]] std::optional<SseEvent> next(const std::string& type, Milliseconds limit = kPatience);
  /// All events up to and with the first for which `last` is true, or up to the end or the deadline.
  [[nodiscard]] std::vector<SseEvent> read_until(const std::function<bool(const SseEvent&)>& last,
                                                 Milliseconds limit = kPatience);
  [[nodiscard]] std::vector<SseEvent> read_until(const std::string& type, Milliseconds limit = kPatience) {
    return read_until([&](const SseEvent& event) { return event.type == type; }, limit);
  }
  /// Takes at most `wire_bytes` from the socket, or what comes by the deadline; events() has what that completed.
  void pump(std::size_t wire_bytes, Milliseconds limit);
  /// Events that arrived and were not asked for yet.
  [[nodiscard]] std::deque<SseEvent>& events() { return events_; }

  [[nodiscard]] bool at_end() const { return stream_.at_end() || stream_.broken() || !stream_.is_open(); }
  [[nodiscard]] const HttpStream& stream() const { return stream_; }
  [[nodiscard]] const SseParser& parser() const { return parser_; }
  [[nodiscard]] const std::string& last_event_id() const {
    return parser_.last_event_id().empty() ? sent_id_ : parser_.last_event_id();
  }

 private:
  std::uint16_t port_;
  std::string target_;
  std::vector<std::string> headers_;
  std::string sent_id_;
  HttpStream stream_;
  std::deque<SseEvent> events_;
  SseParser parser_{[this](SseEvent event) { events_.push_back(std::move(event)); }};
};

/// The `line` of a `log` event's data; empty where the data is not an object.
[[nodiscard]] std::string line_of(const SseEvent& event);
/// The events of this type among these, in order.
[[nodiscard]] std::vector<SseEvent> events_of(const std::vector<SseEvent>& events, const std::string& type);
/// The lines of all `log` events among these, in order.
[[nodiscard]] std::vector<std::string> lines_of(const std::vector<SseEvent>& events);
/// How many events of this type there are.
[[nodiscard]] std::size_t count_of(const std::vector<SseEvent>& events, const std::string& type);
/// What a client that asks for `target` (with its own `follow=0`) gets, whole.
[[nodiscard]] std::vector<SseEvent> fetch_events(std::uint16_t port, const std::string& target,
                                                 std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace tailwater
