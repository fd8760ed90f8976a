// ClientExit: the exit codes of the commands that talk to a server, as their help tells them; and words for the person
// who sees one. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

enum class ClientExit : int {
  kEnded = 0,
  kFailed = 1,
  kBadUsage = 2,  ///< the server refuses a parameter
  kDenied = 3,
  kNotFound = 4,
};

/// Of an answer that is an error and will stay one.
[[nodiscard]] ClientExit exit_of_status(long status);
/// May it be another answer later?
[[nodiscard]] bool may_pass(long status);
/// The words of a problem document (RFC 9457), or of whatever came instead.
[[nodiscard]] std::string problem_text(long status, std::string_view body);
/// A line on stderr, fit for a terminal whatever is in it.
void tell(std::string_view text);

}  // namespace tailwater
