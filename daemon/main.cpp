#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <spdlog/spdlog.h>

#include "access/private_file.h"
#include "base/build_variant.h"
#include "base/inherited_fds.h"
#include "base/time_text.h"
#include "client/push.h"
#include "client/run.h"
#include "client/run_leftovers.h"
#include "client/tail.h"
#include "config/command_line.h"
#include "config/generated_text.h"
#include "config/help.h"
#include "config/load.h"
#include "config/state_directory.h"
#include "daemon.h"
#include "keeper.h"
#include "log_rules.h"
#include "logging.h"
#include "token_command.h"

namespace tailwater {
namespace {

// The exit codes of the command line's contract.
constexpr int kClean = 0;
constexpr int kRuntimeFailure = 1;
constexpr int kBadUsage = 2;

int print_errors(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "tailwater: {}\n", error.message);
  return kBadUsage;
}

int help(const CommandLine& command_line) {
  const auto text =
      command_line.generate.empty() ? help_text(command_line.topic) : generated_text(command_line.generate);
  if (!text) {
    fmt::print(stderr, "tailwater: {}\n", text.error().message);
    return kBadUsage;
  }
  fmt::print("{}", *text);
  return kClean;
}

int check(const CommandLine& command_line) {
  const auto configuration = load_checked(command_line, Environment::of_process());
  if (!configuration) return print_errors(configuration.error());
  for (const std::string& warning : configuration->warnings) fmt::print(stderr, "tailwater: warning: {}\n", warning);
  fmt::print("{}: good, {} streams\n", configuration->file.empty() ? "no file, defaults" : configuration->file,
             configuration->streams.size());
  return kClean;
}

int print_output(const Result<CommandOutput>& output) {
  if (!output) {
    fmt::print(stderr, "tailwater: {}\n", output.error().message);
    return output.error().code == ErrorCode::kInvalid || output.error().code == ErrorCode::kNotFound ? kBadUsage
                                                                                                     : kRuntimeFailure;
  }
  fmt::print("{}", output->out);
  fmt::print(stderr, "{}", output->note);
  return kClean;
}

int token(const CommandLine& command_line) {
  std::string file = command_line.token.file;
  if (file.empty()) {
    const auto configuration = load_configuration(command_line, Environment::of_process());
    if (!configuration) return print_errors(configuration.error());
    file = configuration->auth.tokens;
  }
  if (file.empty()) {
    return print_errors(
        {{ErrorCode::kInvalid,
          "no file of tokens is known (set auth.tokens in the configuration, or name it with --file)"}});
  }
  const auto path = secret_path(file);
  if (!path) return print_errors({path.error()});
  return print_output(run_token_command(command_line.token, *path, SystemClock().wall_now()));
}

int serve(const CommandLine& command_line, std::span<const char* const> arguments) {
  auto inherited = take_inherited_fds();
  if (!inherited) return print_errors({inherited.error()});
  const Environment environment = Environment::of_process();
  auto configuration = load_checked(command_line, environment);
  if (!configuration) return print_errors(configuration.error());
  // Under a service manager, and so as the keeper's child, there is one already.
  if (configuration->server.keeper && std::getenv("NOTIFY_SOCKET") == nullptr) {
    return run_keeper(arguments, std::move(*inherited));
  }
  if (auto logging = set_up_logging(configuration->server.log_level, configuration->server.log_format); !logging) {
    return print_errors({logging.error()});
  }
  for (const std::string& warning : configuration->warnings) spdlog::warn("{}", warning);

  const auto reload = [&command_line]() -> tl::expected<Configuration, Errors> {
    return load_checked(command_line, Environment::of_process());
  };
  StateDirectory state = state_directory(configuration->server.state_dir, environment);
  auto daemon = Daemon::start(std::move(*configuration), std::move(state), reload, std::move(*inherited));
  if (!daemon) {
    fmt::print(stderr, "tailwater: {}\n", daemon.error().message);
    return daemon.error().code == ErrorCode::kInvalid ? kBadUsage : kRuntimeFailure;
  }
  for (const std::string& line : (*daemon)->greeting()) fmt::print("{}\n", line);
  std::fflush(stdout);
  (*daemon)->run();
  return kClean;
}

int tail(const CommandLine& command_line) {
  const auto options = tail_options(command_line, Environment::of_process(), ::isatty(STDOUT_FILENO) == 1);
  if (!options) return print_errors({options.error()});
  return run_tail(*options);
}

int push(const CommandLine& command_line) {
  const auto options = push_options(command_line, Environment::of_process());
  if (!options) return print_errors({options.error()});
  return static_cast<int>(run_push(*options, STDIN_FILENO));
}

/// A name that no other run has: when it began, and some chance.
RunCircumstances circumstances() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  const std::string now = to_rfc3339(SystemClock().wall_now());  // 2026-01-02T03:04:05.678Z
  RunCircumstances here;
  for (const char c : std::string_view(now).substr(0, 19)) {
    if (c != '-' && c != ':') here.unique += c == 'T' ? '-' : c;
  }
  here.unique += '-';
  std::random_device random;
  for (int i = 0; i < 4; ++i) here.unique += kLetters[random() % kLetters.size()];
  utsname system{};
  if (::uname(&system) == 0) here.host = system.nodename;
  here.user = ::getuid();
  return here;
}

int run_job(const CommandLine& command_line) {
  const auto options = run_options(command_line, Environment::of_process(), circumstances());
  if (!options) return print_errors({options.error()});
  return options->send ? static_cast<int>(send_left_behind(*options)) : run_command(*options);
}

int run(std::span<const char* const> arguments) {
  const auto command_line = parse_command_line(arguments);
  if (!command_line) {
    fmt::print(stderr, "tailwater: {}\n", command_line.error().message);
    return kBadUsage;
  }
  switch (command_line->command) {
    case CommandLine::Command::kServe: return serve(*command_line, arguments);
    case CommandLine::Command::kTail: return tail(*command_line);
    case CommandLine::Command::kPush: return push(*command_line);
    case CommandLine::Command::kRun: return run_job(*command_line);
    case CommandLine::Command::kCheck: return check(*command_line);
    case CommandLine::Command::kToken: return token(*command_line);
    case CommandLine::Command::kPassword: return print_output(run_password_command());
    case CommandLine::Command::kHelp: return help(*command_line);
    case CommandLine::Command::kVersion:
      fmt::print("tailwater {}{}\n", TAILWATER_VERSION, kStaticProgram ? " (static)" : "");
      return kClean;
  }
  return kBadUsage;
}

}  // namespace
}  // namespace tailwater

int main(int argc, char** argv) {
  try {
    return tailwater::run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tailwater: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
