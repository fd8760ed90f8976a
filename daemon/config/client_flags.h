// The flags of the commands that do not start a daemon, each once, as a row: the command line, `tailwater help`
// and the client itself are made from them. Constant data, any thread.
#pragma once

#include <span>
#include <string_view>

namespace tailwater {

struct ClientFlag {
  std::string_view name;             ///< "--lines"
  std::string_view short_name = {};  ///< "-n"; empty: none
  std::string_view argument = {};    ///< what help calls its value; empty: it takes none
  std::string_view parameter = {};   ///< of /api/events, which its value becomes; empty: the client's own matter
  std::string_view value = {};       ///< of the parameter, where the flag takes none
  bool repeatable = false;           ///< else the last one counts
  std::string_view help;             ///< sentences
};

/// Those of `command` ("tail", "token"); none for any other.
[[nodiscard]] std::span<const ClientFlag> client_flags(std::string_view command);

}  // namespace tailwater
