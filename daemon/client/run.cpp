#include "client/run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/blocked_signals.h"
#include "base/time_text.h"
#include "client/endpoint.h"
#include "client/relay.h"
#include "client/run_end.h"
#include "client/run_signals.h"
#include "client/run_spool.h"
#include "client/run_upload.h"
#include "client/terminal_text.h"

namespace tailwater {
namespace {

constexpr int kNotRunnable = 126;
constexpr int kNotFound = 127;
constexpr int kNotArrived = 125;
constexpr ByteCount kMemorySpoolBytes = 32U << 20;
constexpr Milliseconds kWorthAWord{2'000};
constexpr Milliseconds kLongestPoll{60'000};

/// Says on stderr what happens beside the command, also while its terminal is raw. Any thread.
class Voice {
 public:
  explicit Voice(const TerminalMode& mode) : mode_(mode) {}
  void operator()(std::string_view text) const {
    std::string line = mode_.is_raw() ? "\r" : "";
    line += "tailwater: ";
    append_terminal_text(line, text, Colors::kStripped);
    line += mode_.is_raw() ? "\r\n" : "\n";
    std::fputs(line.c_str(), stderr);
  }

 private:
  const TerminalMode& mode_;
};

RunSpool::Target target_of(const RunOptions& options, WallTime now) {
  return {options.url, options.access.unix_socket, options.name,
          fmt::format("{}&time={}", options.start, percent_encoded(to_rfc3339(now)))};
}

/// In the first of the directories that can be written to, else in memory.
Result<std::unique_ptr<RunSpool>> make_spool(const RunOptions& options, WallTime now, const Voice& say) {
  std::string why;
  for (const std::string& directory : options.spool_directories) {
    auto spool = RunSpool::create(directory, target_of(options, now), options.spool_bytes);
    if (spool) return spool;
    if (why.empty()) why = spool.error().message;
  }
  say(fmt::format("{}; while the server is away, {} of output are kept in memory (--spool DIR names a place)", why,
                  to_byte_text(std::min(kMemorySpoolBytes, options.spool_bytes))));
  return RunSpool::create("", target_of(options, now), std::min(kMemorySpoolBytes, options.spool_bytes));
}

class Run {
 public:
  Run(const RunOptions& options, std::unique_ptr<RunSpool> spool, bool terminal, TerminalMode& mode, const Voice& say)
      : options_(options),
        spool_(std::move(spool)),
        terminal_(terminal),
        mode_(mode),
        say_(say),
        signals_(run_signals(/*job_control=*/terminal)),
        done_(::eventfd(0, EFD_CLOEXEC)) {}

  int run();

 private:
  [[nodiscard]] CommandSettings command_settings() const;
  RunEnd run_command();
  RunEnd not_run(const Error& error);
  /// For the server to have all of it, as long as the user wants.
  void wait_for_arrival();
  /// False: not all has arrived.
  bool wind_up();
  void record(std::string_view lines, WallTime now) {
    spool_->append(lines, now);
    if (upload_) upload_->notify();
  }

  const RunOptions& options_;
  const std::unique_ptr<RunSpool> spool_;
  const bool terminal_;
  TerminalMode& mode_;
  const Voice& say_;
  const BlockedSignals signals_;
  SystemClock clock_;
  UniqueFd done_;
  std::unique_ptr<RunUpload> upload_;
};

int Run::run() {
  RunEnd end = run_command();
  spool_->set_end(end_query(end, clock_.wall_now()), clock_.wall_now());
  upload_->finish();
  wait_for_arrival();
  upload_->stop();
  const bool arrived = wind_up();
  const int status = exit_status(end);
  return status == 0 && options_.strict && !arrived ? kNotArrived : status;
}

CommandSettings Run::command_settings() const {
  CommandSettings settings;
  settings.command = options_.command;
  settings.environment = {{"TAILWATER_RUN", options_.name}, {"TAILWATER_RUN_URL", options_.page}};
  settings.terminal = terminal_;
  settings.input_by_terminal = terminal_ && ::isatty(STDIN_FILENO) == 1;
  settings.errors_by_terminal =
      terminal_ && (options_.terminal == RunOptions::Terminal::kAlways || ::isatty(STDERR_FILENO) == 1);
  settings.size = terminal_size(settings.input_by_terminal ? STDIN_FILENO : STDOUT_FILENO);
  settings.mask = signals_.before();
  return settings;
}

RunEnd Run::run_command() {
  const CommandSettings settings = command_settings();
  auto command = CommandProcess::start(settings);  // before there are threads
  std::signal(SIGPIPE, SIG_IGN);
  upload_ = std::make_unique<RunUpload>(
      *spool_, options_.access, [this](std::string_view text) { say_(text); },
      [fd = done_.get()] { ::eventfd_write(fd, 1); });
  if (!command) return not_run(command.error());
  Relay relay({settings.terminal, settings.input_by_terminal, options_.quiet}, *command, signals_, mode_,
              [this](std::string_view lines, WallTime now) { record(lines, now); });
  relay.run();
  RunEnd end = command->end();
  end.stopped = relay.stopped();
  return end;
}

RunEnd Run::not_run(const Error& error) {
  say_(error.message);
  std::string line;
  append_marked_note(line, "tailwater: " + error.message, clock_.wall_now());
  record(line, clock_.wall_now());
  RunEnd end;
  end.unstarted = true;
  end.exit_code = error.code == ErrorCode::kNotFound ? kNotFound : kNotRunnable;
  return end;
}

void Run::wait_for_arrival() {
  const SteadyTime begin = clock_.steady_now();
  bool told = false;
  while (true) {
    const auto waited = std::chrono::duration_cast<Milliseconds>(clock_.steady_now() - begin);
    if (options_.wait && waited >= *options_.wait) return;
    if (!told && waited >= kWorthAWord) {
      say_(fmt::format("the command has ended; {} of its output are still on their way (Ctrl-C keeps them for later)",
                       to_byte_text(spool_->unsent_bytes())));
      told = true;
    }
    const Milliseconds look_again = told ? kLongestPoll : kWorthAWord - waited;
    const Milliseconds left = options_.wait ? *options_.wait - waited : kLongestPoll;
    pollfd fds[] = {{done_.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    ::poll(fds, std::size(fds), static_cast<int>(std::min(look_again, left).count()) + 1);
    if (fds[0].revents != 0) return;
    while (const auto info = signals_.next()) {
      if (asks_to_end(static_cast<int>(info->ssi_signo))) return;
    }
  }
}

bool Run::wind_up() {
  if (upload_->all_arrived()) {
    spool_->remove();
    return spool_->dropped_bytes() == 0;
  }
  if (spool_->path().empty()) {
    say_(fmt::format("what {} does not have yet is lost: there was no place for a spool", options_.url));
  } else {
    say_(fmt::format("the server does not have all of {} yet; tailwater run --send '{}' sends the rest", options_.name,
                     spool_->path()));
  }
  return false;
}

}  // namespace

int run_command(const RunOptions& options) {
  TerminalMode mode(STDIN_FILENO);
  const Voice say(mode);
  auto spool = make_spool(options, SystemClock().wall_now(), say);
  if (!spool) {
    say(spool.error().message);
    return kNotArrived;
  }
  const bool terminal = options.terminal == RunOptions::Terminal::kAlways ||
                        (options.terminal == RunOptions::Terminal::kAsOutput && ::isatty(STDOUT_FILENO) == 1);
  if (!options.quiet) say(fmt::format("watch {} at {}", options.name, options.page));
  return Run(options, std::move(*spool), terminal, mode, say).run();
}

}  // namespace tailwater
