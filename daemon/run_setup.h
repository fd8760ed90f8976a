// The [[runs]] entries of a configuration as what the run table takes, and what is wrong with their patterns: config/
// knows no regular expressions, so they are compiled here. Pure.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "config/load.h"
#include "runs/run_table.h"
#include "spools.h"

namespace tailwater {

/// Of a configuration that has been checked.
[[nodiscard]] std::vector<RunStream> run_streams(const Configuration& configuration, const Spools& spools);

/// Empty if all is well.
[[nodiscard]] Errors check_runs(const Configuration& configuration);

}  // namespace tailwater
