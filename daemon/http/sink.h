// Sink: where the bytes of one stream go. It hides whether a socket is plain or encrypted; the stream that writes does
// not know. Client thread only; a sink never closes the socket, its connection does.
#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "event/event_loop.h"
#include "http/writable_wait.h"

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
  /// All that was taken has been given to the socket. If not, wait() sees to it.
  [[nodiscard]] virtual bool is_drained() const = 0;
  /// Calls the listener once when there is room (at the earliest in the loop's next pass), or when it has stalled.
  virtual void wait() = 0;
  [[nodiscard]] virtual bool is_waiting() const = 0;
};

/// Sends straight from the caller's bytes to the descriptor.
class PlainSink final : public Sink {
 public:
  /// `listener` outlives the sink; `fd` is open for as long.
  PlainSink(EventLoop& loop, int fd, Milliseconds stall_timeout, SinkListener& listener);
  [[nodiscard]] Result<std::size_t> send(std::span<const std::string_view> pieces) override;
  [[nodiscard]] bool is_drained() const override { return true; }
  void wait() override { wait_.start(); }  // anew after each success: the time counts from the last byte taken
  [[nodiscard]] bool is_waiting() const override { return wait_.is_waiting(); }

 private:
  SinkListener& listener_;
  WritableWait wait_;
  int fd_;
};

}  // namespace tailwater
