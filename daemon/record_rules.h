// How the records of each stream of a configuration are cut and read: its patterns, compiled, and what is wrong with
// them: config/ knows no regular expressions. Pure.
#pragma once

#include "config/configuration.h"
#include "config/load.h"
#include "filter/record_splitter.h"

namespace tailwater {

/// The rules of a stream whose patterns are right: check_record_rules().
[[nodiscard]] RecordRules record_rules(const StreamConfig& stream);

/// Empty if all is well.
[[nodiscard]] Errors check_record_rules(const Configuration& configuration);

}  // namespace tailwater
