#include "client/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace tailwater {

Result<void> Output::flush() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd writable{fd_, POLLOUT, 0};  // somebody else made it non-blocking: a terminal is shared
      ::poll(&writable, 1, /*timeout=*/-1);
    } else if (errno != EINTR) {
      return fail(errno_error("write", "the output", errno));
    }
  }
  text_.clear();
  return {};
}

bool Output::has_reader() const {
  pollfd state{fd_, 0, 0};
  return ::poll(&state, 1, /*timeout=*/0) <= 0 || (state.revents & POLLERR) == 0;
}

}  // namespace tailwater
