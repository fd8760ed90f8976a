// StreamConnection: moves one cursor's bytes to one client's socket, straight from the shared blocks, from the reply's
// head to the last chunk. It owns the cursor, not the socket; who owns the socket is told when it is over and destroys
// this object then, never from inside one of its members. Client thread only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/sink.h"
#include "http/unchunked_view.h"
#include "stream/stream_service.h"

namespace tailwater {

class SendRound;

class StreamConnection final : public SinkListener {
 public:
  /// What one client may send before the others get their turn.
  static constexpr std::size_t kPassBytes = 256 << 10;

  enum class End : std::uint8_t { kComplete, kStalled, kPeerGone };
  using OnEnd = std::function<void(End)>;

  /// `head` is the reply's, not yet sent. Without `chunked` the client gets the data bare and learns of its end by the
  /// connection's. `on_end` is called once; it must not destroy this object.
  /// With `round`, which outlives the object, it sends what becomes ready together with others.
  StreamConnection(std::string head, bool chunked, OnEnd on_end, SendRound* round);
  ~StreamConnection() override;
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  /// Sends the head and what the cursor has. Call once.
  void start(std::unique_ptr<Sink> sink, std::unique_ptr<Cursor> cursor);
  /// The cursor has bytes, or is finished.
  void on_ready();

  /// What is to be sent next: our own bytes, then the cursor's; no more than what is left of this pass.
  struct Offer {
    std::array<std::string_view, Sink::kMaxPieces> pieces;
    std::size_t count = 0;
    std::size_t budget = kPassBytes;
    [[nodiscard]] std::span<const std::string_view> view() const { return std::span(pieces).first(count); }
  };
  /// Its turn in a round: begin_turn(), and if that has something to offer, send() and end_turn().
  [[nodiscard]] bool begin_turn(Offer& offer);
  [[nodiscard]] Result<std::size_t> send(const Offer& offer) { return sink_->send(offer.view()); }
  void end_turn(Offer& offer, const Result<std::size_t>& taken);

  void on_writable() override;
  void on_stalled() override;

  /// Bytes that the socket has taken, head included.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  enum class State : std::uint8_t { kStreaming, kLastChunk, kOver };

  [[nodiscard]] bool make(Offer& offer);
  void gather(Offer& offer);
  [[nodiscard]] bool settle(Offer& offer, const Result<std::size_t>& taken);
  void advance(std::size_t count);
  void send_pass(Offer& offer);
  bool begin_last_chunk();
  void end(End how);

  OnEnd on_end_;
  SendRound* const round_;
  std::unique_ptr<Cursor> cursor_;
  std::unique_ptr<UnchunkedView> unchunked_;  // for HTTP/1.0; reads from cursor_
  std::unique_ptr<Sink> sink_;
  std::string prefix_;  // our own bytes, sent before the cursor's
  std::uint64_t sent_bytes_ = 0;
  std::uint32_t prefix_sent_ = 0;
  State state_ = State::kStreaming;
  bool chunked_;
  bool in_round_ = false;
};

}  // namespace tailwater
