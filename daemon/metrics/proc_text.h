// Reading the text of /proc: lines, words and numbers, without allocating. Pure; views point into the text. The kernel
// is trusted to write what proc(5) says, but a text may be cut short anywhere: what is not there is not found.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

/// Takes the next line off `text`; false at its end. Without its newline.
inline bool take_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const std::size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

/// Takes the next word off `line`; empty if there is none. Words are separated by spaces and tabs.
inline std::string_view take_word(std::string_view& line) {
  std::size_t begin = 0;
  while (begin < line.size() && (line[begin] == ' ' || line[begin] == '\t')) ++begin;
  std::size_t end = begin;
  while (end < line.size() && line[end] != ' ' && line[end] != '\t') ++end;
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

[[nodiscard]] inline std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The next word as a number; nothing if it is none.
inline std::optional<std::uint64_t> take_number(std::string_view& line) {
  return number_of(take_word(line));
}

/// "12.34", as the kernel writes averages and seconds; never an exponent.
[[nodiscard]] inline std::optional<double> decimal_of(std::string_view word) {
  const std::size_t dot = word.find('.');
  const auto whole = number_of(word.substr(0, dot));
  if (!whole) return std::nullopt;
  if (dot == std::string_view::npos) return static_cast<double>(*whole);
  const std::string_view digits = word.substr(dot + 1);
  const auto fraction = number_of(digits);
  if (!fraction) return std::nullopt;
  double scale = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  return static_cast<double>(*whole) + static_cast<double>(*fraction) / scale;
}

}  // namespace tailwater
