// Taking a line apart from its left: each take_...() removes what it has found from `rest` and leaves it alone if it is
// not there. Private to runs/. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace tailwater {

inline bool take(std::string_view& rest, std::string_view text) {
  if (!rest.starts_with(text)) return false;
  rest.remove_prefix(text.size());
  return true;
}

inline std::size_t skip_blanks(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && (rest[count] == ' ' || rest[count] == '\t')) ++count;
  rest.remove_prefix(count);
  return count;
}

inline std::string_view trimmed(std::string_view text) {
  skip_blanks(text);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

/// Decimal digits, as many as there are; none if there is none or they are too many.
inline std::optional<std::uint64_t> take_digits(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') ++end;
  const auto number = parse_number<std::uint64_t>(rest.substr(0, end));
  if (number) rest.remove_prefix(end);
  return number;
}

/// What stands before `end`, which is removed, too. None, if `end` does not occur.
inline std::optional<std::string_view> take_until(std::string_view& rest, std::string_view end) {
  const std::size_t at = rest.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view found = rest.substr(0, at);
  rest.remove_prefix(at + end.size());
  return found;
}

/// 0 for what does not fit: no line of a source file.
inline std::uint32_t line_number(std::string_view text) {
  return parse_number<std::uint32_t>(text).value_or(0);
}

}  // namespace tailwater
