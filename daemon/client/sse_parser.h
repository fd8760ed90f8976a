// SseParser: an event stream read as browsers read it (WHATWG HTML, section 9.2.6 "Interpreting an event stream"), from
// pieces of any size. SSE of ours is judged by this, so it follows the standard and not what we happen to send: CR, LF
// and CRLF all end a line, a block without data dispatches nothing but keeps its id, an unfinished block is dropped.
// The bytes must be UTF-8 already; decoding is not done. Thread: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tailwater {

struct SseEvent {
  std::string type;  ///< "message" where the stream names none
  std::string data;
  std::string id;       ///< the last event ID as of this event, its own or an earlier one's
  bool own_id = false;  ///< the block had an id field
};

class SseParser {
 public:
  using OnEvent = std::function<void(SseEvent)>;
  explicit SseParser(OnEvent on_event) : on_event_(std::move(on_event)) {}

  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
      after_cr_ = false;
      std::size_t end = bytes.find('\n');
      if (const std::size_t cr = bytes.substr(0, end).find('\r'); cr != std::string_view::npos) end = cr;
      append(bytes.substr(0, end));
      if (end == std::string_view::npos) return;
      after_cr_ = bytes[end] == '\r';
      end_line();
      bytes.remove_prefix(end + 1);
    }
  }
  /// The connection ended: what is not closed by an empty line is discarded; the last event ID stays.
  void disconnect() {
    line_.clear();
    event_ = {};
    data_.clear();
    id_buffer_ = last_event_id_;
    after_cr_ = started_ = false;
  }

  /// What a browser would send as Last-Event-ID now.
  [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }
  /// The last `retry:` in milliseconds; -1 if there was none.
  [[nodiscard]] std::int64_t retry_ms() const { return retry_ms_; }
  [[nodiscard]] std::uint64_t comments() const { return comments_; }
  /// Blocks that dispatched nothing but moved the last event ID.
  [[nodiscard]] std::uint64_t id_only_blocks() const { return id_only_blocks_; }

 private:
  void append(std::string_view part) {
    line_.append(part);
    if (started_ || line_.size() < 3) return;
    started_ = true;
    if (line_.compare(0, 3, "\xEF\xBB\xBF") == 0) line_.erase(0, 3);
  }

  void end_line() {
    started_ = true;
    if (line_.empty()) {
      end_block();
    } else if (line_.front() == ':') {
      ++comments_;
    } else {
      const std::size_t colon = line_.find(':');
      std::string_view value = colon == std::string::npos ? "" : std::string_view(line_).substr(colon + 1);
      if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      field(std::string_view(line_).substr(0, colon), value);
    }
    line_.clear();
  }

  void field(std::string_view name, std::string_view value) {
    if (name == "event") {
      event_.type = value;
    } else if (name == "data") {
      data_.append(value).push_back('\n');
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
      id_buffer_ = value;
      event_.own_id = true;
    } else if (name == "retry" && !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
      retry_ms_ = std::stoll(std::string(value.substr(0, 15)));
    }
  }

  void end_block() {
    if (data_.empty() && event_.own_id && id_buffer_ != last_event_id_) ++id_only_blocks_;
    last_event_id_ = id_buffer_;
    SseEvent event = std::move(event_);
    event_ = {};
    if (data_.empty()) return;
    data_.pop_back();
    event.data = std::move(data_);
    data_.clear();
    event.id = last_event_id_;
    if (event.type.empty()) event.type = "message";
    on_event_(std::move(event));
  }

  OnEvent on_event_;
  std::string line_;
  SseEvent event_;
  std::string data_;
  std::string id_buffer_;
  std::string last_event_id_;
  std::int64_t retry_ms_ = -1;
  std::uint64_t comments_ = 0;
  std::uint64_t id_only_blocks_ = 0;
  bool after_cr_ = false;
  bool started_ = false;
};

}  // namespace tailwater
