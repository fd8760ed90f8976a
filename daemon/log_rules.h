// The [[metric]] entries of a configuration and its redactions as rules, and what is wrong with their patterns: config/
// knows no regular expressions, so they are compiled here. Pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/configuration.h"
#include "config/load.h"
#include "filter/mask_rules.h"
#include "filter/redactor.h"
#include "metrics/log_metric.h"

namespace tailwater {

[[nodiscard]] std::vector<LogMetricRule> log_rules(const Configuration& configuration);

/// Empty if all is well.
[[nodiscard]] Errors check_log_rules(const Configuration& configuration);

/// The redactors of streams. Those that hide the same are one, also over a reload: then nothing has changed.
class Redactors {
 public:
  /// Of a configuration that has been checked. Null: nothing is hidden.
  [[nodiscard]] std::shared_ptr<const Redactor> of(const StreamConfig& stream);
  /// Null: the stream's files are no runs, whose lines could announce secrets.
  [[nodiscard]] std::shared_ptr<const MaskRules> masks_of(const StreamConfig& stream,
                                                          const Configuration& configuration);

 private:
  std::map<std::vector<std::string>, std::shared_ptr<const Redactor>> made_;
  std::map<std::pair<std::vector<std::string>, std::vector<std::string>>, std::shared_ptr<const MaskRules>> masks_;
};

/// load_configuration(), with the patterns and the certificate.
[[nodiscard]] tl::expected<Configuration, Errors> load_checked(const CommandLine& command_line,
                                                               const Environment& environment);

}  // namespace tailwater
