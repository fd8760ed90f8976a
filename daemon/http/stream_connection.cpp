#include "http/stream_connection.h"

#include <algorithm>
#include <utility>

namespace tailwater {
namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

StreamConnection::StreamConnection(std::string head, bool chunked, OnEnd on_end)
    : on_end_(std::move(on_end)), prefix_(std::move(head)), chunked_(chunked) {}

void StreamConnection::start(std::unique_ptr<Sink> sink, std::unique_ptr<Cursor> cursor) {
  sink_ = std::move(sink);
  cursor_ = std::move(cursor);
  if (!chunked_) unchunked_ = std::make_unique<UnchunkedView>(*cursor_);
  const std::string_view first = cursor_bytes().substr(0, kFirstBytes);
  prefix_ += first;
  consume(first.size());
  send_pass();
}

void StreamConnection::on_ready() {
  // Full sockets are heard of by their sink; a try now would be a system call for nothing.
  if (sink_ && !sink_->is_waiting()) send_pass();
}

void StreamConnection::on_writable() {
  send_pass();
}

void StreamConnection::on_stalled() {
  end(End::kStalled);
}

void StreamConnection::send_pass() {
  std::size_t budget = kPassBytes;
  while (state_ != State::kOver) {
    const std::string_view bytes = next_bytes();
    if (bytes.empty()) {
      if (begin_last_chunk()) continue;
      return;
    }
    if (budget == 0) break;
    const std::string_view offered = bytes.substr(0, budget);
    const auto taken = sink_->send(offered);
    if (!taken) return end(End::kPeerGone);
    advance(*taken);
    budget -= *taken;
    if (*taken < offered.size()) break;
  }
  if (state_ != State::kOver) sink_->wait();
}

std::string_view StreamConnection::next_bytes() {
  if (prefix_sent_ < prefix_.size()) return std::string_view(prefix_).substr(prefix_sent_);
  return state_ == State::kStreaming ? cursor_bytes() : std::string_view();
}

void StreamConnection::advance(std::size_t count) {
  sent_bytes_ += count;
  if (prefix_.empty()) return consume(count);
  prefix_sent_ += static_cast<std::uint32_t>(count);
  if (prefix_sent_ < prefix_.size()) return;
  std::string().swap(prefix_);  // an idle client keeps nothing of it
  prefix_sent_ = 0;
}

std::string_view StreamConnection::cursor_bytes() {
  return unchunked_ ? unchunked_->peek() : cursor_->peek();
}

void StreamConnection::consume(std::size_t count) {
  if (count == 0) return;
  if (unchunked_) {
    unchunked_->consume(count);
  } else {
    cursor_->consume(count);
  }
}

bool StreamConnection::begin_last_chunk() {
  if (state_ == State::kLastChunk) {
    end(End::kComplete);
    return false;
  }
  if (!cursor_->finished()) return false;
  state_ = State::kLastChunk;
  if (chunked_) prefix_ = kLastChunk;
  return true;
}

void StreamConnection::end(End how) {
  if (state_ == State::kOver) return;
  state_ = State::kOver;
  on_end_(how);
}

}  // namespace tailwater
