#include "http/stream_connection.h"

#include <algorithm>
#include <utility>

#include "http/send_round.h"

namespace tailwater {
namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::size_t total_size(std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  return size;
}

}  // namespace

StreamConnection::StreamConnection(std::string head, bool chunked, OnEnd on_end, SendRound* round)
    : on_end_(std::move(on_end)), round_(round), prefix_(std::move(head)), chunked_(chunked) {}

StreamConnection::~StreamConnection() {
  if (in_round_) round_->forget(*this);
}

void StreamConnection::start(std::unique_ptr<Sink> sink, std::unique_ptr<Cursor> cursor) {
  sink_ = std::move(sink);
  cursor_ = std::move(cursor);
  if (!chunked_) unchunked_ = std::make_unique<UnchunkedView>(*cursor_);
  Offer offer;
  send_pass(offer);
}

void StreamConnection::on_ready() {
  // Full sockets are heard of by their sink; a try now would be a system call for nothing.
  if (!sink_ || sink_->is_waiting()) return;
  if (round_ != nullptr && !cursor_->sends_alone()) {
    if (!std::exchange(in_round_, true)) round_->add(*this);
    return;
  }
  Offer offer;
  send_pass(offer);
}

bool StreamConnection::begin_turn(Offer& offer) {
  in_round_ = false;
  return !sink_->is_waiting() && make(offer);
}

void StreamConnection::end_turn(Offer& offer, const Result<std::size_t>& taken) {
  if (settle(offer, taken)) send_pass(offer);
}

void StreamConnection::on_writable() {
  Offer offer;
  send_pass(offer);
}

void StreamConnection::on_stalled() {
  end(End::kStalled);
}

void StreamConnection::send_pass(Offer& offer) {
  while (make(offer) && settle(offer, send(offer))) continue;
}

/// False if there is nothing to send now; then all is done that was to be done about it.
bool StreamConnection::make(Offer& offer) {
  while (state_ != State::kOver) {
    gather(offer);
    if (offer.count > 0) {
      cursor_->will_send();
      return true;
    }
    if (offer.budget == 0 || !sink_->is_drained()) {
      sink_->wait();
      return false;
    }
    if (!begin_last_chunk()) return false;
  }
  return false;
}

void StreamConnection::gather(Offer& offer) {
  std::size_t count = 0;
  if (prefix_sent_ < prefix_.size()) offer.pieces[count++] = std::string_view(prefix_).substr(prefix_sent_);
  if (state_ == State::kStreaming) {
    if (unchunked_) {
      offer.pieces[count] = unchunked_->peek();
      if (!offer.pieces[count].empty()) ++count;
    } else {
      count += cursor_->gather(std::span(offer.pieces).subspan(count));
    }
  }
  std::size_t left = offer.budget;
  for (offer.count = 0; offer.count < count && left > 0; ++offer.count) {
    std::string_view& piece = offer.pieces[offer.count];
    piece = piece.substr(0, left);
    left -= piece.size();
  }
}

/// False if the pass is over.
bool StreamConnection::settle(Offer& offer, const Result<std::size_t>& taken) {
  if (!taken) {
    end(End::kPeerGone);
    return false;
  }
  advance(*taken);
  offer.budget -= *taken;
  if (*taken == total_size(offer.view())) return true;
  if (state_ != State::kOver) sink_->wait();
  return false;
}

void StreamConnection::advance(std::size_t count) {
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
