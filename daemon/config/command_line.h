// CommandLine: the words of a command line, sorted: which command, which PATHs, which options. Values are not looked
// at here; load_configuration() puts them over those of the file. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tailwater {

struct CommandLine {
  enum class Command { kServe, kTail, kPush, kRun, kCheck, kToken, kPassword, kHelp, kVersion };

  /// `tailwater token VERB [NAME]`.
  struct TokenRequest {
    enum class Verb { kAdd, kList, kRevoke };
    Verb verb = Verb::kList;
    std::string name;     ///< kAdd, kRevoke; or an id
    std::string file;     ///< empty: that of the configuration
    std::string expires;  ///< kAdd, as written; empty: never
    std::vector<std::string> groups;
    std::vector<std::string> streams;
    bool administrator = false;
  };

  /// One option as it was given; `flag` is a row's of the option table (kTail, kPush, kRun: of the client's flags), a
  /// flag without argument has the value "true".
  struct Given {
    std::string_view flag;
    std::vector<std::string> values;
  };

  Command command = Command::kHelp;
  std::string topic;                       ///< kHelp: of what; empty: the overview
  std::string generate;                    ///< kHelp: a kind of generated_text(), instead of help; else empty
  std::optional<std::string> config_file;  ///< kServe, kCheck
  std::vector<std::string> paths;          ///< kServe; kTail, kPush, kRun: URLs or names of streams
  std::vector<std::string> words;          ///< kRun: the command, what stands behind two dashes
  std::vector<Given> given;                ///< kServe, kTail, kPush, kRun
  TokenRequest token;                      ///< kToken
};

/// `arguments` as main() gets them, the program's name first. kInvalid with a message for the user: exit code 2.
[[nodiscard]] Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

struct CommandInfo {
  std::string_view name;
  std::string_view synopsis;
  std::string_view help;
};
/// The commands that there are, in the order in which help lists them.
[[nodiscard]] std::span<const CommandInfo> commands();

}  // namespace tailwater
