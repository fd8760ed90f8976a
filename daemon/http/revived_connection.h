// RevivedConnection: the socket of a stream that an earlier process had begun. evhttp does not know it: nothing is
// parsed here any more, only the stream is sent and the peer's end noticed. Client thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "event/event_loop.h"
#include "http/admission.h"
#include "http/sink.h"
#include "http/stream_connection.h"

namespace tailwater {

class RevivedConnection {
 public:
  /// `on_end` is called once, when the stream or its peer is at an end; it must not destroy this object.
  RevivedConnection(EventLoop& loop, UniqueFd fd, std::uint64_t cookie, const PeerAddress& client,
                    std::function<void()> on_end);
  RevivedConnection(const RevivedConnection&) = delete;
  RevivedConnection& operator=(const RevivedConnection&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint64_t cookie() const { return cookie_; }
  [[nodiscard]] const PeerAddress& client() const { return client_; }
  [[nodiscard]] StreamConnection& stream() { return *stream_; }
  [[nodiscard]] std::unique_ptr<Sink> make_sink(Milliseconds stall_timeout);

 private:
  void on_readable();
  void end();

  EventLoop& loop_;
  UniqueFd fd_;
  const std::uint64_t cookie_;
  const PeerAddress client_;
  std::function<void()> on_end_;
  std::size_t discarded_ = 0;
  FdWatch readable_;
  std::unique_ptr<StreamConnection> stream_;
};

}  // namespace tailwater
