// Sink: where the bytes of one stream go. It hides whether a socket is plain or encrypted; the stream that writes does
// not know. Client thread only; a sink never closes the socket, its connection does.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "event/event_loop.h"

namespace tailwater {

/// Hears from a sink, never from inside one of its members.
class SinkListener {
 public:
  virtual ~SinkListener() = default;
  /// There is room again.
  virtual void on_writable() = 0;
  /// Nothing was taken for the whole stall time.
  virtual void on_stalled() = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  static constexpr std::size_t kMaxPieces = 4;
  /// Takes as many leading bytes of the pieces, in their order, as fit without waiting; 0 if none do. At most
  /// kMaxPieces. An error means that the peer is gone.
  [[nodiscard]] virtual Result<std::size_t> send(std::span<const std::string_view> pieces) = 0;
  /// Calls the listener once when there is room (at the earliest in the loop's next pass), or when it has stalled.
  virtual void wait() = 0;
  [[nodiscard]] virtual bool is_waiting() const = 0;
};

/// Sends straight from the caller's bytes to the descriptor. The write event is made when it is first needed: most
/// clients never let their socket fill.
class PlainSink final : public Sink {
 public:
  /// `listener` outlives the sink; `fd` is open for as long.
  PlainSink(EventLoop& loop, int fd, Milliseconds stall_timeout, SinkListener& listener);
  [[nodiscard]] Result<std::size_t> send(std::span<const std::string_view> pieces) override;
  void wait() override;
  [[nodiscard]] bool is_waiting() const override { return waiting_; }

 private:
  void on_event(short events);

  EventLoop& loop_;
  SinkListener& listener_;
  EventPtr writable_;
  int fd_;
  std::uint32_t stall_ms_;
  bool waiting_ = false;
};

}  // namespace tailwater
