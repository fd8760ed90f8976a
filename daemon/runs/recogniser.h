// Recogniser: what one line of a job's output says in the language of a CI system or a tool. Pure and without memory;
// lines are what a job printed, hostile. A line that is no marker costs a look into a table by its first byte and one
// search for a place in a source file. The forms are those of docs/runs.md.
#pragma once

#include <string_view>

#include "runs/mark.h"

namespace tailwater {

/// Of a longer line only so much is looked at.
inline constexpr std::size_t kMaxMarkerBytes = 4096;

/// Replaces `marks` by what `line` says. `line` has no line ending, no CR and no escape sequences (plain_text.h).
void recognise(std::string_view line, Marks& marks);

}  // namespace tailwater
