// `tailwater tail`: follows /api/events and prints, reconnects, and goes on just past the last record that it printed.
#pragma once

#include "client/client_exit.h"
#include "client/tail_options.h"

namespace tailwater {

/// Until the stream ends or cannot be had. Prints to stdout, and to stderr what happens to the connection. An exit code
/// of the client's, or that of the run.
[[nodiscard]] int run_tail(const TailOptions& options);

}  // namespace tailwater
