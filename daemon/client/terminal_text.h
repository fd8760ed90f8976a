// Lines of strangers made fit for a terminal. A log can hold escape sequences that retitle windows, move the cursor,
// answer back or paste: nothing of that kind passes, only text, tabs and (where wanted) colours. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

enum class Colors : bool { kStripped, kKept };

/// Appends `line`, which is valid UTF-8, without its control characters (C0 but tab and newline, DEL, C1), without the
/// characters that reverse or hide text (Unicode bidi controls) and without its escape sequences (ECMA-48: CSI, OSC,
/// DCS, ...). SGR, the sequences of colour, stay with kKept, and are reset at the end. True if there was one.
bool append_terminal_text(std::string& out, std::string_view line, Colors colors);

}  // namespace tailwater
