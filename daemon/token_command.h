// `tailwater token` and `tailwater password`: what they do, without the daemon, which notices the file's change. Main
// thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/command_line.h"

namespace tailwater {

struct CommandOutput {
  std::string out;   ///< for standard output
  std::string note;  ///< for the person, on standard error
};

/// `file` is the token file. kInvalid and kNotFound are the user's mistakes.
[[nodiscard]] Result<CommandOutput> run_token_command(const CommandLine::TokenRequest& request, const std::string& file,
                                                      WallTime now);

/// Of the first line of standard input, which a terminal does not echo.
[[nodiscard]] Result<CommandOutput> run_password_command();

}  // namespace tailwater
