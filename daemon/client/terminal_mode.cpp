#include "client/terminal_mode.h"

#include <unistd.h>

namespace tailwater {

bool TerminalMode::make_raw() {
  if (raw_) return true;
  // From the background it would stop us (SIGTTOU).
  if (::tcgetpgrp(fd_) != ::getpgrp() || ::tcgetattr(fd_, &saved_) != 0) return false;
  termios raw = saved_;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd_, TCSADRAIN, &raw) != 0) return false;
  raw_ = true;
  return true;
}

void TerminalMode::restore() {
  if (!raw_) return;
  // Also where a shell has taken the foreground meanwhile; SIGTTOU is blocked by run_command().
  ::tcsetattr(fd_, TCSADRAIN, &saved_);
  raw_ = false;
}

winsize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size;
  size.ws_col = 80;
  size.ws_row = 24;
  return size;
}

}  // namespace tailwater
