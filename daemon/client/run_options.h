// RunOptions: what `tailwater run` was told, sorted: by the command line, and by the environment that CI systems make
// for their jobs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "client/http_transfer.h"
#include "config/command_line.h"
#include "config/environment.h"

namespace tailwater {

struct RunOptions {
  enum class Terminal { kAsOutput, kAlways, kNever };

  std::vector<std::string> command;
  std::string url;    ///< of the run's resource below /api/ingest
  std::string page;   ///< where people watch it
  std::string name;   ///< STREAM/NAME
  std::string start;  ///< query of the call that begins it, but for the time
  HttpAccess access;
  Terminal terminal = Terminal::kAsOutput;
  bool quiet = false;
  bool strict = false;
  std::optional<Milliseconds> wait;            ///< for the server, once the command has ended; none: for ever
  std::vector<std::string> spool_directories;  ///< the first that can be written to
  ByteCount spool_bytes = 0;

  bool send = false;                ///< no command, but what earlier runs left behind
  std::vector<std::string> spools;  ///< of them; empty: all
};

/// What is so only here and now.
struct RunCircumstances {
  std::string unique;  ///< part of a name that no other run has: a time and some chance
  std::string host;
  unsigned user = 0;
};

/// kInvalid with a message for the user.
[[nodiscard]] Result<RunOptions> run_options(const CommandLine& command_line, const Environment& environment,
                                             const RunCircumstances& circumstances);

}  // namespace tailwater
