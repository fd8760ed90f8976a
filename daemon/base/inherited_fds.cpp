#include "base/inherited_fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 1 << 20;

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value != nullptr ? value : "";
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): there is one thread
  return taken;
}

}  // namespace

Result<std::vector<InheritedFd>> take_inherited_fds() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string count_text = take_variable("LISTEN_FDS");
  const std::string names = take_variable("LISTEN_FDNAMES");
  if (count_text.empty() || parse_number<pid_t>(pid) != ::getpid()) return std::vector<InheritedFd>{};
  const auto count = parse_number<int>(count_text);
  if (!count || *count < 0 || *count > kMost) {
    return fail(ErrorCode::kInvalid, fmt::format("LISTEN_FDS={} is no number of descriptors", count_text));
  }
  std::vector<InheritedFd> taken;
  std::string_view rest = names;
  for (int i = 0; i < *count; ++i) {
    const int fd = kFirst + i;
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      return fail(errno_error("LISTEN_FDS", fmt::format("descriptor {} of {}", fd, *count), errno));
    }
    const std::size_t end = rest.find(':');
    const std::string_view name = rest.substr(0, end);
    taken.push_back({UniqueFd(fd), std::string(name.empty() ? "unknown" : name)});
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return taken;
}

bool is_listening(int fd) {
  int listening = 0;
  socklen_t length = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

}  // namespace tailwater
