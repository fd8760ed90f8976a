// From a command line to a Configuration: defaults, then the file, then the flags; then what must hold over all of it.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/error.h"
#include "config/command_line.h"
#include "config/configuration.h"
#include "config/environment.h"

namespace tailwater {

/// Everything that is wrong, in the order in which it was found; never empty.
using Errors = std::vector<Error>;

/// Reads the file that --config names, else /etc/tailwater/tailwater.toml if there is one. All errors have the form
/// "PLACE: what is wrong (what to do)". A reload calls it again with the same command line.
[[nodiscard]] tl::expected<Configuration, Errors> load_configuration(const CommandLine& command_line,
                                                                     const Environment& environment);

/// Keys that differ and that a reload cannot put into effect: they wait for the next start.
[[nodiscard]] std::vector<std::string> changes_for_next_start(const Configuration& running,
                                                              const Configuration& loaded);

}  // namespace tailwater
