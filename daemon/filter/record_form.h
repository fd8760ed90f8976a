// RecordForm: what a stream's configuration says about its records beyond their length: how fields are found in them,
// and which of them nobody is to see. Immutable once made, shared by all who cut and filter; any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "filter/capture_pattern.h"
#include "filter/fields.h"
#include "filter/regex_filter.h"

namespace tailwater {

struct RecordForm {
  ParseAs parse = ParseAs::kAuto;
  std::shared_ptr<const CapturePattern> pattern;         ///< of kPattern
  std::vector<std::shared_ptr<const RegexFilter>> drop;  ///< records in which one of these occurs are sent to nobody

  [[nodiscard]] bool drops(std::string_view line) const {
    for (const auto& each : drop) {
      if (each->matches(line)) return true;
    }
    return false;
  }
};

}  // namespace tailwater
