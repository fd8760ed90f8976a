// The ways in which lines state their level, one function each; detect_level() asks them in order. Private to filter/.
// Pure: each looks at the whole of `line`, which the caller has bounded, and returns nullopt where its form is absent.
#pragma once

#include <optional>
#include <string_view>

#include "filter/ascii.h"
#include "filter/level.h"

namespace tailwater {

/// A level key of a JSON object that is the line, or that ends it behind a prefix; at depth 1, else at depth 2.
[[nodiscard]] std::optional<Level> json_level(std::string_view line);
/// `level=warn`, `lvl="error"` and their like anywhere in the line.
[[nodiscard]] std::optional<Level> logfmt_level(std::string_view line);
/// `<34>` at the start: RFC 5424 section 6.2.1.
[[nodiscard]] std::optional<Level> priority_level(std::string_view line);
/// `E0512 ` at the start, as glog and klog write it.
[[nodiscard]] std::optional<Level> glog_level(std::string_view line);
/// The status of a line in the common or combined format: 5xx error, 4xx warn, else info.
[[nodiscard]] std::optional<Level> access_log_level(std::string_view line);
/// The earliest bounded level word: ` ERROR `, `[warn]`, `INFO:`.
[[nodiscard]] std::optional<Level> word_level(std::string_view line);

}  // namespace tailwater
