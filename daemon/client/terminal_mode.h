// TerminalMode: the user's terminal, handed through to a command that has one of its own: raw while that one is in the
// foreground, so that its keys are the command's, and as it was whenever we are not. Thread: one, but for is_raw().
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <atomic>

namespace tailwater {

class TerminalMode {
 public:
  explicit TerminalMode(int fd) : fd_(fd) {}
  ~TerminalMode() { restore(); }
  TerminalMode(const TerminalMode&) = delete;
  TerminalMode& operator=(const TerminalMode&) = delete;

  /// Nothing happens, and false, if we are not in its foreground.
  bool make_raw();
  void restore();
  /// Does a line need a CR at its end? Any thread.
  [[nodiscard]] bool is_raw() const { return raw_.load(std::memory_order_relaxed); }

 private:
  int fd_;
  termios saved_{};
  std::atomic<bool> raw_{false};
};

/// Of the terminal at `fd`; 80 columns of 24 lines where there is none.
[[nodiscard]] winsize terminal_size(int fd);

}  // namespace tailwater
