#include "http/sink.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace tailwater {

PlainSink::PlainSink(EventLoop& loop, int fd, Milliseconds stall_timeout, SinkListener& listener)
    : loop_(loop), listener_(listener), fd_(fd), stall_ms_(static_cast<std::uint32_t>(stall_timeout.count())) {}

Result<std::size_t> PlainSink::send(std::span<const std::string_view> pieces) {
  assert(!pieces.empty() && pieces.size() <= kMaxPieces);
  std::array<iovec, kMaxPieces> parts{};
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

void PlainSink::wait() {
  if (!writable_) {
    writable_.reset(event_new(
        loop_.base(), fd_, EV_WRITE,
        [](evutil_socket_t, short events, void* self) { static_cast<PlainSink*>(self)->on_event(events); }, this));
  }
  // Armed anew after each success, so the time counts from the last byte that was taken.
  const timeval stall{static_cast<time_t>(stall_ms_ / 1000), static_cast<suseconds_t>(stall_ms_ % 1000 * 1000)};
  if (writable_ && event_add(writable_.get(), &stall) == 0) waiting_ = true;
}

void PlainSink::on_event(short events) {
  waiting_ = false;
  if ((events & EV_WRITE) != 0) {
    listener_.on_writable();
  } else {
    listener_.on_stalled();
  }
}

}  // namespace tailwater
