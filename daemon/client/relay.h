// Relay: a command's output on its way to here and to a run's lines, and keys and signals on their way to the command.
// It reads no more than it can hand on here: the command is as fast as whoever reads its output, as on any pipe.
// Thread: one.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "base/blocked_signals.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "client/command_process.h"
#include "client/output_lines.h"
#include "client/terminal_mode.h"

namespace tailwater {

class Relay {
 public:
  struct Settings {
    bool terminal = false;           ///< the command has one of its own
    bool input_by_terminal = false;  ///< our terminal is its input
    bool quiet = false;              ///< nothing is shown here
  };
  /// All of them outlive it. `record` gets marked lines.
  Relay(const Settings& settings, CommandProcess& command, const BlockedSignals& signals, TerminalMode& mode,
        std::function<void(std::string_view lines, WallTime now)> record);

  /// Until the command has ended, and what it had written has been handed on.
  void run();
  /// It was told to end.
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  /// What is shown here.
  struct Sink {
    explicit Sink(int the_fd);
    int fd;
    UniqueFd own = {};         ///< the same pipe, opened so that a write waits for nobody
    bool takes_much = false;   ///< at once, without keeping us
    std::string pending = {};  ///< empty: all has been written
    std::size_t written = 0;   ///< of it
    bool open = true;
  };
  void wait();
  void take_signals();
  void take_signal(const signalfd_siginfo& info);
  void look();
  void stop_with_command();
  void go_on();
  void read_output(OutputLines::Source source);
  void show(OutputLines::Source source, std::string_view bytes);
  void write_some(OutputLines::Source source);
  std::size_t write_now(OutputLines::Source source, std::string_view bytes);
  void read_keys();
  void write_keys();
  void close(OutputLines::Source source);
  [[nodiscard]] int fd_of(OutputLines::Source source) const;
  [[nodiscard]] Sink& sink(OutputLines::Source source) { return sinks_[static_cast<std::size_t>(source)]; }
  [[nodiscard]] bool is_over() const;

  const Settings settings_;
  CommandProcess& command_;
  const BlockedSignals& signals_;
  TerminalMode& mode_;
  const std::function<void(std::string_view, WallTime)> record_;
  SystemClock clock_;
  OutputLines lines_;
  std::array<Sink, 2> sinks_;
  std::string buffer_;
  std::string marked_;
  std::string keys_;  // not taken by the command yet
  bool keys_open_;
  bool stopped_ = false;
  bool ended_ = false;
  std::size_t bytes_since_end_ = 0;
  SteadyTime quiet_since_{};  // once it has ended
};

}  // namespace tailwater
