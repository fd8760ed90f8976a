// `tailwater run --send`: what runs have left behind in their spools when the server was away.
#pragma once

#include "client/client_exit.h"
#include "client/run_options.h"

namespace tailwater {

/// Sends the spools that are named, else all of them whose runs have ended, and takes away what has arrived. The first
/// thing that was wrong.
[[nodiscard]] ClientExit send_left_behind(const RunOptions& options);

}  // namespace tailwater
