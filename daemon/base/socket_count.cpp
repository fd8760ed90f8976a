#include "base/socket_count.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

namespace tailwater {
namespace {

Result<std::uint64_t> bytes_acknowledged(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    return fail(errno_error("TCP_INFO", "a socket", errno));
  if (length < offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) {
    return fail(ErrorCode::kUnavailable, "this kernel does not count the bytes of a TCP socket (it is older than 4.1)");
  }
  return info.tcpi_bytes_acked;
}

}  // namespace

Result<std::uint64_t> bytes_taken_by_tcp(int fd) {
  auto acknowledged = bytes_acknowledged(fd);
  // An acknowledgement may come between the two questions.
  while (acknowledged) {
    int queued = 0;
    if (::ioctl(fd, SIOCOUTQ, &queued) != 0) return fail(errno_error("SIOCOUTQ", "a socket", errno));
    auto again = bytes_acknowledged(fd);
    if (!again) return fail(again.error());
    if (*again == *acknowledged) return *again + static_cast<std::uint64_t>(queued);
    acknowledged = again;
  }
  return fail(acknowledged.error());
}

std::uint64_t socket_cookie(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

}  // namespace tailwater
