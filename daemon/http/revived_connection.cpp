#include "http/revived_connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "http/connection.h"

namespace tailwater {

RevivedConnection::RevivedConnection(EventLoop& loop, UniqueFd fd, std::uint64_t cookie, const PeerAddress& client,
                                     std::function<void()> on_end)
    : loop_(loop),
      fd_(std::move(fd)),
      cookie_(cookie),
      client_(client),
      on_end_(std::move(on_end)),
      readable_(loop, fd_.get(), FdWatch::Interest::kRead, [this] { on_readable(); }),
      stream_(std::make_unique<StreamConnection>(std::string(), /*chunked=*/true,
                                                 [this](StreamConnection::End) { end(); })) {
  readable_.enable();
}

std::unique_ptr<Sink> RevivedConnection::make_sink(Milliseconds stall_timeout) {
  return std::make_unique<PlainSink>(loop_, fd_.get(), stall_timeout, *stream_);
}

/// What a client says during a stream does not matter; that it has ended does.
void RevivedConnection::on_readable() {
  std::array<char, 4096> ignored;
  const ssize_t size = ::recv(fd_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (size > 0) discarded_ += static_cast<std::size_t>(size);
  if (size <= 0 || discarded_ > Connection::kMaxStreamInput) end();
}

void RevivedConnection::end() {
  readable_.disable();
  std::exchange(on_end_, [] {})();
}

}  // namespace tailwater
