#include "client/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "client/run_signals.h"

namespace tailwater {
namespace {

using Source = OutputLines::Source;

constexpr std::size_t kReadBytes = OutputLines::kMostAtOnce;
/// As much as a pipe or terminal takes without blocking, once it is ready at all (pipe(7): PIPE_BUF).
constexpr std::size_t kWriteBytes = 4096;
/// Others, which the command has left running, may hold its output open: they are not waited for.
constexpr Milliseconds kQuietAfterEnd{500};
constexpr int kForEver = -1;

/// The pipe anew, for us alone: where others share what we were given, it must stay as it is. Empty if it is none.
UniqueFd open_without_waiting(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) return {};
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

/// Files, and devices like /dev/null: nobody has to read first.
bool waits_for_nobody(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  return S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && ::isatty(fd) == 0);
}

}  // namespace

Relay::Sink::Sink(int the_fd) : fd(the_fd), own(open_without_waiting(the_fd)) {
  if (own) fd = own.get();
  takes_much = own || waits_for_nobody(the_fd);
}

Relay::Relay(const Settings& settings, CommandProcess& command, const BlockedSignals& signals, TerminalMode& mode,
             std::function<void(std::string_view, WallTime)> record)
    : settings_(settings),
      command_(command),
      signals_(signals),
      mode_(mode),
      record_(std::move(record)),
      lines_(settings.terminal),
      sinks_{Sink{STDOUT_FILENO}, Sink{STDERR_FILENO}},
      buffer_(kReadBytes, '\0'),
      keys_open_(settings.input_by_terminal) {
  if (settings.input_by_terminal) mode_.make_raw();
}

int Relay::fd_of(Source source) const {
  return source == Source::kStdout ? command_.output() : command_.errors();
}

bool Relay::is_over() const {
  if (!ended_ || std::any_of(sinks_.begin(), sinks_.end(), [](const Sink& each) { return !each.pending.empty(); })) {
    return false;
  }
  if (command_.output() < 0 && command_.errors() < 0) return true;
  return bytes_since_end_ > CommandProcess::kPipeBytes || clock_.steady_now() - quiet_since_ >= kQuietAfterEnd;
}

void Relay::run() {
  while (!is_over()) {
    wait();
    marked_.clear();
    lines_.flush_old(clock_.wall_now(), marked_);
    if (!marked_.empty()) record_(marked_, clock_.wall_now());
  }
  mode_.restore();
  marked_.clear();
  lines_.end(clock_.wall_now(), marked_);
  record_(marked_, clock_.wall_now());
}

void Relay::wait() {
  std::vector<pollfd> fds{{signals_.fd(), POLLIN, 0}};
  std::vector<void (*)(Relay&)> actions{[](Relay& relay) { relay.take_signals(); }};
  const auto add = [&](int fd, short events, void (*action)(Relay&)) {
    fds.push_back({fd, events, 0});
    actions.push_back(action);
  };
  if (command_.changes() >= 0) add(command_.changes(), POLLIN, [](Relay& relay) { relay.look(); });
  if (!sinks_[0].pending.empty()) {
    add(sinks_[0].fd, POLLOUT, [](Relay& relay) { relay.write_some(Source::kStdout); });
  } else if (command_.output() >= 0) {
    add(command_.output(), POLLIN, [](Relay& relay) { relay.read_output(Source::kStdout); });
  }
  if (!sinks_[1].pending.empty()) {
    add(sinks_[1].fd, POLLOUT, [](Relay& relay) { relay.write_some(Source::kStderr); });
  } else if (command_.errors() >= 0) {
    add(command_.errors(), POLLIN, [](Relay& relay) { relay.read_output(Source::kStderr); });
  }
  if (keys_open_ && mode_.is_raw() && keys_.empty()) {
    add(STDIN_FILENO, POLLIN, [](Relay& relay) { relay.read_keys(); });
  }
  if (!keys_.empty() && command_.output() >= 0) {
    add(command_.output(), POLLOUT, [](Relay& relay) { relay.write_keys(); });
  }
  const auto patience = OutputLines::kPatience / 4;
  const int timeout = ended_ || lines_.has_pending() ? static_cast<int>(patience.count()) : kForEver;
  if (::poll(fds.data(), fds.size(), timeout) <= 0) return;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (fds[i].revents != 0) actions[i](*this);
  }
}

void Relay::read_output(Source source) {
  const int fd = fd_of(source);
  if (fd < 0) return;
  const ssize_t count = ::read(fd, buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) return close(source);  // EIO: a terminal that nobody has open any more
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
  if (!settings_.quiet && sink(source).open) show(source, bytes);
  if (ended_) {
    bytes_since_end_ += bytes.size();
    quiet_since_ = clock_.steady_now();
  }
  const WallTime now = clock_.wall_now();
  marked_.clear();
  lines_.take(source, bytes, now, marked_);
  if (!marked_.empty()) record_(marked_, now);
}

void Relay::close(Source source) {
  if (source == Source::kStdout) {
    command_.close_output();
  } else {
    command_.close_errors();
  }
}

/// What is not taken at once waits: nothing more is read until it is.
void Relay::show(Source source, std::string_view bytes) {
  Sink& to = sink(source);
  if (to.takes_much) bytes.remove_prefix(write_now(source, bytes));
  if (to.open) to.pending.assign(bytes);
}

void Relay::write_some(Source source) {
  Sink& to = sink(source);
  to.written += write_now(source, std::string_view(to.pending).substr(to.written));
  if (to.open && to.written < to.pending.size()) return;
  to.pending.clear();
  to.written = 0;
}

/// How much of it was taken.
std::size_t Relay::write_now(Source source, std::string_view bytes) {
  Sink& to = sink(source);
  const ssize_t written =
      ::write(to.fd, bytes.data(), to.takes_much ? bytes.size() : std::min(bytes.size(), kWriteBytes));
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EINTR || errno == EAGAIN) return 0;
  // Nobody reads it any more. The command learns it by its own pipe, as if we were not there.
  to.open = false;
  if (!settings_.terminal) close(source);
  return 0;
}

void Relay::read_keys() {
  const ssize_t count = ::read(STDIN_FILENO, buffer_.data(), kWriteBytes);
  if (count > 0) {
    keys_.assign(buffer_.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
    keys_open_ = false;
  }
}

void Relay::write_keys() {
  if (command_.output() < 0) return keys_.clear();
  const ssize_t written = ::write(command_.output(), keys_.data(), keys_.size());
  if (written > 0) {
    keys_.erase(0, static_cast<std::size_t>(written));
  } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
    keys_.clear();
  }
}

void Relay::take_signals() {
  while (const auto info = signals_.next()) take_signal(*info);
}

void Relay::take_signal(const signalfd_siginfo& info) {
  const int number = static_cast<int>(info.ssi_signo);
  // What the kernel sends, for keys and terminals, goes to a whole process group: on pipes the command is in ours.
  const bool by_kernel = info.ssi_code > 0;
  if (number == SIGCHLD) return settings_.terminal ? void() : look();
  if (number == SIGCONT) return go_on();
  if (number == SIGWINCH && settings_.terminal) {
    return command_.set_size(terminal_size(settings_.input_by_terminal ? STDIN_FILENO : STDOUT_FILENO));
  }
  if (asks_to_end(number)) stopped_ = true;
  if (settings_.terminal && (by_kernel || number == SIGTSTP || number == SIGHUP)) {
    command_.send_to_foreground(number);
  } else if (!by_kernel) {
    command_.send_signal(number);
  }
}

void Relay::look() {
  const CommandProcess::Change change = command_.look();
  if (change == CommandProcess::Change::kStopped && settings_.terminal) stop_with_command();
  if (change != CommandProcess::Change::kEnded) return;
  ended_ = true;
  quiet_since_ = clock_.steady_now();
}

void Relay::stop_with_command() {
  mode_.restore();
  stop_here();
  go_on();
}

void Relay::go_on() {
  if (settings_.input_by_terminal) mode_.make_raw();
  command_.set_size(terminal_size(settings_.input_by_terminal ? STDIN_FILENO : STDOUT_FILENO));
  command_.send_to_foreground(SIGCONT);
}

}  // namespace tailwater
