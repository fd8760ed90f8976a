// WrappedLine: a line of a container's log file, as Docker's json-file driver or a CRI runtime writes it, and the
// container's own line inside. Pure. Both cut long lines (at 16 KiB) into several, of which all but the last are open.
//   {"log":"hello\n","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}
//   2026-01-02T03:04:05.123456789Z stdout F hello
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "filter/fields.h"

namespace tailwater {

/// Views into the line.
struct WrappedLine {
  std::string_view text;    ///< as it stands in the line: a JSON string's inside, if `escaped`
  std::string_view output;  ///< stdout or stderr
  std::string_view time;
  bool escaped = false;
  bool open = false;  ///< the container's line goes on in the next one
};

/// `form` is kDocker or kCri. nullopt: it is not of that form.
[[nodiscard]] std::optional<WrappedLine> unwrap(std::string_view line, ParseAs form);

/// Appends what the container wrote.
void append_text(std::string& out, const WrappedLine& line);

}  // namespace tailwater
