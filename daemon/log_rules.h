// The [[metric]] entries of a configuration as rules, and what is wrong with their patterns: config/ knows no regular
// expressions, so they are compiled here. Pure.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "config/load.h"
#include "metrics/log_metric.h"

namespace tailwater {

[[nodiscard]] std::vector<LogMetricRule> log_rules(const Configuration& configuration);

/// Empty if all is well.
[[nodiscard]] Errors check_log_rules(const Configuration& configuration);

/// load_configuration(), with the patterns and the certificate.
[[nodiscard]] tl::expected<Configuration, Errors> load_checked(const CommandLine& command_line,
                                                               const Environment& environment);

}  // namespace tailwater
