// `tailwater push`: its input to /api/ingest, every byte exactly once: what the server has not acknowledged is kept,
// and after each doubt the server is asked how much it has.
#pragma once

#include <string>

#include "client/client_exit.h"
#include "client/http_transfer.h"
#include "config/command_line.h"
#include "config/environment.h"

namespace tailwater {

struct PushOptions {
  std::string url;  ///< of the name's resource
  HttpAccess access;
  bool continues = false;
  bool retry = false;
};

/// kInvalid with a message for the user.
[[nodiscard]] Result<PushOptions> push_options(const CommandLine& command_line, const Environment& environment);

/// Until `input` ends and the server has all of it. Tells on stderr what happens to the connection.
[[nodiscard]] ClientExit run_push(const PushOptions& options, int input);

}  // namespace tailwater
