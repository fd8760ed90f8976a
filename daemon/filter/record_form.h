// RecordForm: what a stream's configuration says about its records beyond their length: which lines belong together,
// how fields are found in them, and which of them nobody is to see. Immutable once made, shared by all who cut and
// filter; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "filter/capture_pattern.h"
#include "filter/fields.h"
#include "filter/multiline.h"
#include "filter/record_splitter.h"
#include "filter/regex_filter.h"
#include "filter/time_form.h"

namespace tailwater {

struct RecordForm {
  ParseAs parse = ParseAs::kAuto;
  std::shared_ptr<const CapturePattern> pattern;         ///< of kPattern
  std::shared_ptr<const Multiline> multiline;            ///< null: each line is a record
  std::optional<TimeForm> time;                          ///< null: as detect_time()
  std::vector<std::shared_ptr<const RegexFilter>> drop;  ///< records in which one of these occurs are sent to nobody

  /// Are the lines of the file wrappings of a container's lines?
  [[nodiscard]] bool unwraps() const { return parse == ParseAs::kDocker || parse == ParseAs::kCri; }
  /// May several lines be one record?
  [[nodiscard]] bool joins() const { return multiline != nullptr || unwraps(); }
  [[nodiscard]] bool drops(std::string_view line) const {
    for (const auto& each : drop) {
      if (each->matches(line)) return true;
    }
    return false;
  }
};

/// May several lines be one record?
[[nodiscard]] inline bool joins(const RecordRules& rules) {
  return rules.form != nullptr && rules.form->joins();
}
/// Is each line a record, and ends with each byte LF?
[[nodiscard]] inline bool is_line_by_line(const RecordRules& rules) {
  return !joins(rules) && rules.encoding == TextEncoding::kBytes;
}
/// Is a record's line what stands in the file, so that a text that is not in the file's bytes is in no record?
[[nodiscard]] inline bool shows_file_bytes(const RecordRules& rules) {
  return rules.encoding == TextEncoding::kBytes && (rules.form == nullptr || !rules.form->unwraps());
}
/// Quiet time after which a record is complete that could go on in another line.
[[nodiscard]] inline Milliseconds join_timeout(const RecordRules& rules) {
  const bool lines = rules.form != nullptr && rules.form->multiline != nullptr;
  return lines ? rules.form->multiline->timeout() : Multiline::Rule{}.timeout;
}

}  // namespace tailwater
