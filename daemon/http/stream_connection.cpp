#include "http/stream_connection.h"

#include <algorithm>
#include <utility>

namespace tailwater {
namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::size_t total_size(std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  return size;
}

}  // namespace

StreamConnection::StreamConnection(std::string head, bool chunked, OnEnd on_end)
    : on_end_(std::move(on_end)), prefix_(std::move(head)), chunked_(chunked) {}

void StreamConnection::start(std::unique_ptr<Sink> sink, std::unique_ptr<Cursor> cursor) {
  sink_ = std::move(sink);
  cursor_ = std::move(cursor);
  if (!chunked_) unchunked_ = std::make_unique<UnchunkedView>(*cursor_);
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
    Pieces pieces;
    const auto offered = next_pieces(pieces, budget);
    if (offered.empty()) {
      if (budget == 0 || !sink_->is_drained()) break;
      if (begin_last_chunk()) continue;
      return;
    }
    cursor_->will_send();
    const auto taken = sink_->send(offered);
    if (!taken) return end(End::kPeerGone);
    if (!advance(*taken)) return;
    budget -= *taken;
    if (*taken < total_size(offered)) break;
  }
  if (state_ != State::kOver) sink_->wait();
}

/// What is to be sent next: our own bytes, then the cursor's; at most so many.
std::span<std::string_view> StreamConnection::next_pieces(Pieces& pieces, std::size_t most_bytes) {
  std::size_t count = 0;
  if (prefix_sent_ < prefix_.size()) pieces[count++] = std::string_view(prefix_).substr(prefix_sent_);
  if (state_ == State::kStreaming) {
    if (unchunked_) {
      pieces[count] = unchunked_->peek();
      if (!pieces[count].empty()) ++count;
    } else {
      count += cursor_->gather(std::span(pieces).subspan(count));
    }
  }
  std::size_t kept = 0;
  for (; kept < count && most_bytes > 0; ++kept) {
    pieces[kept] = pieces[kept].substr(0, most_bytes);
    most_bytes -= pieces[kept].size();
  }
  return std::span(pieces).first(kept);
}

/// False if there is no more now.
bool StreamConnection::advance(std::size_t count) {
  sent_bytes_ += count;
  const std::size_t own = std::min(count, prefix_.size() - prefix_sent_);
  prefix_sent_ += static_cast<std::uint32_t>(own);
  if (own > 0 && prefix_sent_ == prefix_.size()) {
    std::string().swap(prefix_);  // an idle client keeps nothing of it
    prefix_sent_ = 0;
  }
  count -= own;
  if (!unchunked_) return cursor_->consume(count);
  if (count > 0) unchunked_->consume(count);
  return true;
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
