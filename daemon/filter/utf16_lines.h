// Utf16Lines: the lines of UTF-16 bytes as UTF-8 text, one behind the other, with the places in the file where they
// end. Pure. Lines are cut as RecordSplitter cuts those of other files, in code units; a byte order mark at the
// beginning of one (a file that was made of several has more than the first) is not shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "filter/text_encoding.h"

namespace tailwater {

class Utf16Lines {
 public:
  /// A line, or a part of one that is too long.
  struct Line {
    std::size_t length = 0;  ///< of its text, without its ending
    std::size_t taken = 0;   ///< of text(): with its newline
    std::uint64_t end = 0;   ///< file offset just past it
    bool truncated = false;
    bool partial = false;
    bool open = false;  ///< it has no newline
  };

  /// `bytes`, `begin` (even), `in_line` and `partial` as RecordSplitter's; `limit` is that of the rules.
  Utf16Lines(std::string_view bytes, std::uint64_t begin, bool in_line, bool partial, std::size_t limit,
             TextEncoding encoding);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

 private:
  std::string text_;
  std::vector<Line> lines_;
};

/// UTF-16 from the beginning of a line, or from inside one, as UTF-8 without a byte order mark at its beginning.
void append_utf16_line(std::string& out, std::string_view line, bool in_line, TextEncoding encoding);

}  // namespace tailwater
