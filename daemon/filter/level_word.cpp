// The earliest bounded level word of a text. One pass over table lookups: most bytes are looked at once.
#include "filter/level_word.h"

#include <array>

#include "filter/level_scan.h"

namespace tailwater {
namespace {

constexpr char kEscape = '\x1b';

// What a byte can be on the left of a word, and which words may begin with it there.
constexpr std::uint8_t kPlain = 1;      // any level word in its usual place
constexpr std::uint8_t kBracketed = 2;  // also words that count in brackets only

using ByteClasses = std::array<std::uint8_t, 256>;

constexpr ByteClasses make_left_classes() {
  ByteClasses classes{};
  // ':' and 'm' are boundaries in `[core:error]` and behind a colour, `ESC[31mERROR`; left_bounds() looks closer.
  for (const char c : std::string_view(" \t({\"'=|:m")) classes[static_cast<unsigned char>(c)] = kPlain;
  classes[static_cast<unsigned char>('[')] = kPlain | kBracketed;
  classes[static_cast<unsigned char>(':')] = kPlain | kBracketed;
  return classes;
}

constexpr ByteClasses make_first_classes() {
  ByteClasses classes{};
  for (const char c : std::string_view("tdiwecfTDIWECFVNSAP")) classes[static_cast<unsigned char>(c)] = kPlain;
  for (const char c : std::string_view("vnsap")) classes[static_cast<unsigned char>(c)] = kBracketed;
  return classes;
}

constexpr ByteClasses make_right_classes() {
  ByteClasses classes{};
  for (const char c : std::string_view(" \t[({\"'|])}:,!\\\x1b")) classes[static_cast<unsigned char>(c)] = kPlain;
  return classes;
}

constexpr ByteClasses kLeft = make_left_classes();
constexpr ByteClasses kFirst = make_first_classes();
constexpr ByteClasses kRight = make_right_classes();

std::uint8_t class_of(const ByteClasses& classes, char c) {
  return classes[static_cast<unsigned char>(c)];
}

/// Is the byte before `word`, which the table took for a boundary, really one?
bool left_bounds(std::string_view line, std::size_t word, bool closes_bracket) {
  if (word == 0) return true;
  std::size_t at = word - 1;
  if (line[at] == ':') {
    // Apache: [module:level].
    while (at > 0 && (is_alpha(line[at - 1]) || is_digit(line[at - 1]) || line[at - 1] == '_')) --at;
    return closes_bracket && at > 0 && line[at - 1] == '[';
  }
  if (line[at] == 'm') {
    // ECMA-48 SGR: ESC [ numbers m.
    while (at > 0 && (is_digit(line[at - 1]) || line[at - 1] == ';')) --at;
    return at > 1 && line[at - 1] == '[' && line[at - 2] == kEscape;
  }
  return true;
}

/// `"error": null` and `{\"error\":1}` name a field: what ends at `end` is no level.
bool is_key(std::string_view line, std::size_t end) {
  std::size_t at = end;
  if (at < line.size() && line[at] == '\\') ++at;
  if (at >= line.size() || (line[at] != '"' && line[at] != '\'')) return false;
  ++at;
  while (at < line.size() && is_blank(line[at])) ++at;
  return at < line.size() && line[at] == ':';
}

bool is_upper(std::string_view word) {
  for (const char c : word) {
    if (c < 'A' || c > 'Z') return false;
  }
  return true;
}

/// The level that the word at `begin` states, if it is a level word and stands alone.
std::optional<Level> level_at(std::string_view line, std::size_t begin) {
  std::size_t end = begin;
  std::uint64_t packed = 0;
  while (end < line.size() && is_alpha(line[end])) {
    if (end - begin == 8) return std::nullopt;
    packed = packed << 8 | static_cast<unsigned char>(to_lower(line[end++]));
  }
  const auto word = level_word(packed);
  if (!word) return std::nullopt;
  const std::size_t letters = end - begin;
  const bool numbered = packed == packed_word("trace") || packed == packed_word("debug");
  if (numbered && end < line.size() && is_digit(line[end])) ++end;  // Apache's trace1 to trace8
  if (end < line.size() && class_of(kRight, line[end]) == 0) return std::nullopt;
  const bool closes_bracket = end < line.size() && line[end] == ']';
  if (!left_bounds(line, begin, closes_bracket) || is_key(line, end)) return std::nullopt;
  if (word->plain || is_upper(line.substr(begin, letters))) return word->level;
  const bool bracketed = closes_bracket && begin > 0 && (line[begin - 1] == '[' || line[begin - 1] == ':');
  return bracketed ? std::optional(word->level) : std::nullopt;
}

}  // namespace

std::optional<Level> word_level(std::string_view line) {
  std::uint8_t left = kPlain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((left & class_of(kFirst, line[i])) != 0) {
      if (const auto level = level_at(line, i)) return level;
    }
    left = class_of(kLeft, line[i]);
  }
  return std::nullopt;
}

}  // namespace tailwater
