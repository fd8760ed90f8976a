#include "http/sink.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace tailwater {

PlainSink::PlainSink(EventLoop& loop, int fd, Milliseconds stall_timeout, SinkListener& listener)
    : listener_(listener),
      wait_(
          loop, fd, stall_timeout,
          [](void* self, bool writable) {
            SinkListener& own = static_cast<PlainSink*>(self)->listener_;
            writable ? own.on_writable() : own.on_stalled();
          },
          this),
      fd_(fd) {}

Result<std::size_t> PlainSink::send(std::span<const std::string_view> pieces) {
  assert(!pieces.empty() && pieces.size() <= kMaxPieces);
  std::array<iovec, kMaxPieces> parts;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    parts[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};  // sendmsg(2) only reads
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = pieces.size();
  while (true) {
    // Nearly always there is one, and send(2) has less to copy in.
    const ssize_t sent = pieces.size() == 1
                             ? ::send(fd_, pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                             : ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return std::size_t{0};
    if (errno != EINTR) return fail(errno_error("send to", "a client", errno));
  }
}

}  // namespace tailwater
