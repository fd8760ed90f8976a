// What a line of a job's output looks like once a terminal has shown it: without escape sequences, and in parts where a
// CR let it be written over. And texts from it that may be shown: valid UTF-8, no control characters. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace tailwater {

/// `text` without escape sequences (ECMA-48 CSI, OSC, APC...); itself if it has none, else in `buffer`.
[[nodiscard]] std::string_view without_escapes(std::string_view text, std::string& buffer);

/// Calls visit(part) for each part of `line` between CRs that is not empty, without escape sequences, of at most
/// `max_bytes` each. The part lives until the next one.
template <typename Visit>
void visit_parts(std::string_view line, std::size_t max_bytes, std::string& buffer, Visit&& visit) {
  while (!line.empty()) {
    const std::size_t end = std::min(line.find('\r'), line.size());
    const std::string_view part = without_escapes(line.substr(0, std::min(end, max_bytes)), buffer);
    if (!part.empty()) visit(part);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

/// `text` fit to be shown: its first `max_bytes`, valid UTF-8, a blank for each control character (but LF, if
/// `lines`).
[[nodiscard]] std::string shown_text(std::string_view text, std::size_t max_bytes, bool lines = false);

}  // namespace tailwater
