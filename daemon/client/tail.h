// `tailwater tail`: follows /api/events and prints, reconnects, and goes on just past the last record that it printed.
#pragma once

#include "client/tail_options.h"

namespace tailwater {

/// The exit codes of `tailwater tail`, told by its help.
enum class TailExit : int {
  kEnded = 0,
  kFailed = 1,
  kBadUsage = 2,  ///< the server refuses a parameter
  kDenied = 3,
  kNotFound = 4,
};

/// Until the stream ends or cannot be had. Prints to stdout, and to stderr what happens to the connection.
[[nodiscard]] TailExit run_tail(const TailOptions& options);

}  // namespace tailwater
