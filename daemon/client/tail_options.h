// TailOptions: what `tailwater tail` was told, sorted: by the command line, the environment and a token's file.
#pragma once

#include <string>
#include <vector>

#include "client/endpoint.h"
#include "client/http_transfer.h"
#include "client/line_printer.h"
#include "config/command_line.h"
#include "config/environment.h"

namespace tailwater {

struct TailOptions {
  Endpoint endpoint;
  std::vector<QueryParameter> parameters;  ///< of /api/events
  HttpAccess access;
  LineStyle style;
  bool name_several_streams = false;  ///< in front of each line, once there turn out to be more than one
  std::string run;                    ///< STREAM/FILE of the run that it is all about; empty: none
  bool exit_status = false;           ///< exit as the run did
  bool json = false;
  bool retry = false;
};

/// `terminal`: the output is one. kInvalid with a message for the user.
[[nodiscard]] Result<TailOptions> tail_options(const CommandLine& command_line, const Environment& environment,
                                               bool terminal);

}  // namespace tailwater
