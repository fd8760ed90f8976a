// `tailwater run`: a command as if it ran by itself, while its output goes to a server, too. The command waits for
// nobody but whoever reads its output here: the server gets its part from a spool, on a thread of its own.
#pragma once

#include "client/run_options.h"

namespace tailwater {

/// Runs the command to its end, and waits a while for the server. Its exit status, 128+N for a signal; 126 and 127
/// where it cannot be run, 125 with `strict` where not all has arrived.
[[nodiscard]] int run_command(const RunOptions& options);

}  // namespace tailwater
