#include "client/command_process.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>

#include "client/command_monitor.h"

namespace tailwater {
namespace {

struct Ends {
  UniqueFd reading;
  UniqueFd writing;
};

Result<Ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error("make", "a pipe", errno));
  return Ends{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Of a command's output: roomy, so that it writes on while we are busy.
Result<Ends> make_output_pipe() {
  auto ends = make_pipe();
  if (ends) (void)::fcntl(ends->writing.get(), F_SETPIPE_SZ, static_cast<int>(CommandProcess::kPipeBytes));
  return ends;
}

Result<Ends> make_terminal(const winsize& size) {
  int master = -1;
  int slave = -1;
  if (::openpty(&master, &slave, /*name=*/nullptr, /*termp=*/nullptr, &size) != 0) {
    return fail(errno_error("make", "a terminal for the command (--no-pty does without)", errno));
  }
  Ends ends{UniqueFd(master), UniqueFd(slave)};
  for (const int end : {master, slave}) (void)::fcntl(end, F_SETFD, FD_CLOEXEC);
  return ends;
}

/// False: it was closed before there was all of it.
bool read_whole(int fd, void* out, std::size_t size) {
  ssize_t count = -1;
  do {
    count = ::read(fd, out, size);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

Error start_error(const std::string& program, int error) {
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kDenied;
  return {code, errno_error("run", program, error).message};
}

}  // namespace

Result<CommandProcess> CommandProcess::start(const CommandSettings& settings) {
  auto output = settings.terminal ? make_terminal(settings.size) : make_output_pipe();
  if (!output) return fail(output.error());
  const bool separate = !settings.terminal || !settings.errors_by_terminal;
  auto errors = separate ? make_output_pipe() : Result<Ends>(Ends{});
  if (!errors) return fail(errors.error());
  auto failure = make_pipe();
  if (!failure) return fail(failure.error());

  auto reports = settings.terminal ? make_pipe() : Result<Ends>(Ends{});
  if (!reports) return fail(reports.error());

  CommandPlan plan;
  std::vector<std::string> words = settings.command;
  for (std::string& word : words) plan.arguments.push_back(word.data());
  plan.arguments.push_back(nullptr);
  for (const auto& [name, value] : settings.environment) {
    ::setenv(name.c_str(), value.c_str(), /*replace=*/1);  // NOLINT(concurrency-mt-unsafe): there is one thread yet
  }
  plan.output = output->writing.get();
  plan.errors = separate ? errors->writing.get() : plan.output;
  if (settings.input_by_terminal) plan.input = plan.output;
  plan.failure = failure->writing.get();
  plan.mask = &settings.mask;

  const pid_t pid = ::fork();
  if (pid < 0) return fail(errno_error("start", settings.command.front(), errno));
  if (pid == 0 && settings.terminal) monitor_command(plan, plan.output, reports->writing.get());
  if (pid == 0) become_command(plan);
  failure->writing.reset();
  reports->writing.reset();
  int error = 0;
  if (read_whole(failure->reading.get(), &error, sizeof error)) {
    ::waitpid(pid, nullptr, 0);
    return fail(start_error(settings.command.front(), error));
  }
  CommandProcess process(pid, std::move(output->reading), std::move(errors->reading));
  if (settings.terminal && !process.meet(std::move(reports->reading))) {
    return fail(ErrorCode::kUnavailable, fmt::format("run {}: its monitor has died", settings.command.front()));
  }
  return process;
}

bool CommandProcess::meet(UniqueFd reports) {
  monitor_ = std::exchange(pid_, 0);
  reports_ = std::move(reports);
  MonitorReport first{};
  if (!read_whole(reports_.get(), &first, sizeof first)) return false;
  pid_ = first.pid;
  return ::fcntl(reports_.get(), F_SETFL, O_NONBLOCK) == 0;
}

CommandProcess::Change CommandProcess::look() {
  if (ended_) return Change::kNone;
  int status = 0;
  if (monitor_ == 0) return ::waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_ ? take(status) : Change::kNone;
  MonitorReport report{};
  const ssize_t count = ::read(reports_.get(), &report, sizeof report);
  if (count < 0) return Change::kNone;
  if (count == sizeof report) return take(report.status);
  return take(SIGKILL);  // nobody but the kernel can have killed the monitor
}

CommandProcess::Change CommandProcess::take(int status) {
  if (WIFSTOPPED(status)) return Change::kStopped;
  ended_ = true;
  reports_.reset();
  if (monitor_ != 0) ::waitpid(monitor_, nullptr, 0);
  if (WIFSIGNALED(status)) {
    end_.signal = WTERMSIG(status);
  } else {
    end_.exit_code = WEXITSTATUS(status);
  }
  return Change::kEnded;
}

void CommandProcess::send_signal(int number) const {
  if (!ended_) ::kill(pid_, number);
}

void CommandProcess::send_to_foreground(int number) const {
  const pid_t group = output_ ? ::tcgetpgrp(output_.get()) : -1;
  if (group > 0) {
    ::kill(-group, number);
  } else {
    send_signal(number);
  }
}

void CommandProcess::set_size(const winsize& size) const {
  if (output_) ::ioctl(output_.get(), TIOCSWINSZ, &size);
}

}  // namespace tailwater
