// MessageLine: what a line says about the failed test or the annotation before it, by the ways of the tool that told of
// it. Private to runs/. Pure.
#pragma once

#include <string_view>

#include "runs/mark.h"

namespace tailwater {

struct MessageLine {
  enum class Verdict {
    kNothing,  ///< not yet: look at the next line
    kPart,     ///< this, and what follows
    kWhole,    ///< this, and no more
    kEnd,      ///< nothing more will come
  };
  Verdict verdict = Verdict::kNothing;
  std::string_view text = {};
};

/// `first`: no part of the message has been found so far. `line` has no escape sequences.
[[nodiscard]] MessageLine read_message_line(MarkSource source, std::string_view line, bool first);
/// How many lines to look at.
[[nodiscard]] unsigned message_lines_after(MarkSource source);

}  // namespace tailwater
