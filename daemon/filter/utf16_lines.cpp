#include "filter/utf16_lines.h"

#include <algorithm>

namespace tailwater {
namespace {

std::string_view without_return(std::string_view line, TextEncoding encoding) {
  if (ends_with_return(line, encoding)) line.remove_suffix(2);
  return line;
}

}  // namespace

Utf16Lines::Utf16Lines(std::string_view bytes, std::uint64_t begin, bool in_line, bool partial, std::size_t limit,
                       TextEncoding encoding) {
  text_.reserve(bytes.size());
  for (std::string_view rest = bytes; !rest.empty();) {
    Line line;
    line.truncated = in_line;
    // Two code units past the limit: the CR and LF of a line that just fits.
    const std::size_t newline = find_newline(rest.substr(0, limit + 4), encoding);
    const bool whole =
        newline != std::string_view::npos && without_return(rest.substr(0, newline), encoding).size() <= limit;
    std::size_t taken = 0;
    const std::size_t at = text_.size();
    if (whole) {
      taken = newline + 2;
      append_utf16_line(text_, without_return(rest.substr(0, newline), encoding), in_line, encoding);
      line.length = text_.size() - at;
      text_.push_back('\n');
    } else {
      taken = std::min(limit, rest.size());
      append_utf16_line(text_, rest.substr(0, taken), in_line, encoding);
      line.length = text_.size() - at;
      line.partial = partial && taken == rest.size();
      line.truncated = line.truncated || !line.partial;
    }
    line.taken = text_.size() - at;
    begin += taken;
    line.end = begin;
    line.open = in_line = !whole;
    lines_.push_back(line);
    rest.remove_prefix(taken);
  }
}

void append_utf16_line(std::string& out, std::string_view line, bool in_line, TextEncoding encoding) {
  if (!in_line && encoding_of(line) == encoding) line.remove_prefix(2);
  append_utf16(out, line, encoding);
}

}  // namespace tailwater
