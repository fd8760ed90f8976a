#include "base/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace tailwater {

Result<UniqueFd> connect_to_service_manager() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr || *name == '\0') return UniqueFd();
  const std::string_view path(name);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((path.front() != '/' && path.front() != '@') || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, "NOTIFY_SOCKET is neither a path nor an abstract socket name");
  }
  path.copy(address.sun_path, path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());

  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("socket", path, errno));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return fail(errno_error("notify", path, errno));
  }
  return fd;
}

Result<void> notify_service_manager(std::string_view state) {
  const auto fd = connect_to_service_manager();
  if (!fd) return fail(fd.error());
  if (!*fd) return {};
  if (::send(fd->get(), state.data(), state.size(), MSG_NOSIGNAL) < 0) {
    return fail(errno_error("notify", "NOTIFY_SOCKET", errno));
  }
  return {};
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const char* microseconds = std::getenv("WATCHDOG_USEC");
  if (microseconds == nullptr) return std::nullopt;
  const char* pid = std::getenv("WATCHDOG_PID");
  if (pid != nullptr && parse_number<pid_t>(pid) != ::getpid()) return std::nullopt;
  const auto interval = parse_number<std::uint64_t>(microseconds);
  if (!interval || *interval < 2) return std::nullopt;
  return std::chrono::microseconds(*interval / 2);
}

}  // namespace tailwater
