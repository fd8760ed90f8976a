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

class StreamConnection final : public SinkListener, public CursorListener {
 public:
  /// What one client may send before the others get their turn.
  static constexpr std::size_t kPassBytes = 256 << 10;

  enum class End : std::uint8_t { kComplete, kStalled, kPeerGone };
  using OnEnd = std::function<void(End)>;

  /// `head` is the reply's, not yet sent. Without `chunked` the client gets the data bare and learns of its end by the
  /// connection's. `on_end` is called once; it must not destroy this object.
  StreamConnection(std::string head, bool chunked, OnEnd on_end);
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  /// Sends the head and what the cursor has. Call once.
  void start(std::unique_ptr<Sink> sink, std::unique_ptr<Cursor> cursor);
  void on_ready() override;
  void prefetch() const override { __builtin_prefetch(sink_.get()); }

  void on_writable() override;
  void on_stalled() override;

  /// Bytes that the socket has taken, head included.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  enum class State : std::uint8_t { kStreaming, kLastChunk, kOver };

  using Pieces = std::array<std::string_view, Sink::kMaxPieces>;

  [[nodiscard]] std::span<std::string_view> next_pieces(Pieces& pieces, std::size_t most_bytes);
  bool advance(std::size_t count);
  void send_pass();
  bool begin_last_chunk();
  void end(End how);

  OnEnd on_end_;
  std::unique_ptr<Cursor> cursor_;
  std::unique_ptr<UnchunkedView> unchunked_;  // for HTTP/1.0; reads from cursor_
  std::unique_ptr<Sink> sink_;
  std::string prefix_;  // our own bytes, sent before the cursor's
  std::uint64_t sent_bytes_ = 0;
  std::uint32_t prefix_sent_ = 0;
  State state_ = State::kStreaming;
  bool chunked_;
};

}  // namespace tailwater
