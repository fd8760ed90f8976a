// The earliest bounded level word of a text. A line without one is the common case and must be cheap, and what costs
// there is guessing wrong at each word: so boundaries are found 64 bytes at a time, and three table lookups, without a
// branch, leave hardly any word but a level word to be read.
#include "filter/level_word.h"

#include <array>
#include <bit>
#include <cstring>

#include "filter/level_scan.h"

namespace tailwater {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kShortestWord = 3;

using ByteSet = std::array<std::uint8_t, 256>;

constexpr void add(ByteSet& set, std::string_view bytes, std::uint8_t value) {
  for (const char c : bytes) {
    set[static_cast<unsigned char>(c)] |= value;
    if (is_alpha(c)) set[static_cast<unsigned char>(c - ('a' - 'A'))] |= value;
  }
}

std::uint8_t value_of(const ByteSet& set, char c) {
  return set[static_cast<unsigned char>(c)];
}

/// The first three letters of a level word have a bit in common here; those of hardly any other word do.
struct FirstThree {
  ByteSet first{};
  ByteSet second{};
  ByteSet third{};

  constexpr FirstThree() {
    allow(1, "twec", "r", "acnri");  // trace, trc, wrn, err, crit
    allow(2, "dsv", "e", "bvr");     // debug, severe, verbose
    allow(4, "i", "n", "f");         // info
    allow(8, "wfp", "a", "rtn");     // warn, fatal, panic
    allow(16, "d", "bp", "ga");      // dbg, dpanic
    allow(32, "f", "it", "nl");      // fine, ftl
    allow(64, "en", "mo", "et");     // emerg, notice
    allow(128, "a", "l", "e");       // alert
  }

 private:
  constexpr void allow(std::uint8_t bit, std::string_view firsts, std::string_view seconds, std::string_view thirds) {
    add(first, firsts, bit);
    add(second, seconds, bit);
    add(third, thirds, bit);
  }
};
constexpr FirstThree kFirstThree;

constexpr ByteSet make_right_boundaries() {
  ByteSet set{};
  add(set, " \t[({\"'|])}:,!\\\x1b", 1);
  return set;
}
// Without '=': what stands before one is a key (`err=nil`), not a level.
constexpr ByteSet kRight = make_right_boundaries();

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

/// Does a level word begin with these three bytes?
bool may_begin_level(const char* word) {
  return (value_of(kFirstThree.first, word[0]) & value_of(kFirstThree.second, word[1]) &
          value_of(kFirstThree.third, word[2])) != 0;
}

/// The level that the word at `begin` states, if it is a level word and ends there. `left` is what bounds it.
std::optional<Level> level_at(std::string_view line, std::size_t begin, char left) {
  std::size_t end = begin;
  std::uint64_t packed = 0;
  while (end < line.size() && is_alpha(line[end])) {
    if (end - begin == 8) return std::nullopt;
    packed = packed << 8 | static_cast<unsigned char>(to_lower(line[end++]));
  }
  const auto word = level_word(packed);
  if (!word) return std::nullopt;
  const std::string_view letters = line.substr(begin, end - begin);
  const bool may_be_numbered = packed == packed_word("trace") || packed == packed_word("debug");
  if (may_be_numbered && end < line.size() && is_digit(line[end])) ++end;  // Apache's trace1 to trace8
  if (end < line.size() && value_of(kRight, line[end]) == 0) return std::nullopt;
  const bool in_brackets = left == '[' && end < line.size() && line[end] == ']';
  if (is_key(line, end) || !(word->plain || in_brackets || is_upper(letters))) return std::nullopt;
  return word->level;
}

/// Apache's `[module:level]`, whose bracket is at `bracket`.
std::optional<Level> module_level(std::string_view line, std::size_t bracket) {
  std::size_t at = bracket + 1;
  while (at < line.size() && (is_alpha(line[at]) || is_digit(line[at]) || line[at] == '_')) ++at;
  if (at >= line.size() || line[at] != ':') return std::nullopt;
  const std::size_t close = line.find_first_of("] ", at);
  if (close == std::string_view::npos || line[close] != ']') return std::nullopt;
  return level_at(line, at + 1, '[');
}

/// The level of the word behind a byte that may be its left boundary.
std::optional<Level> level_behind(std::string_view line, std::size_t boundary) {
  std::size_t begin = boundary + 1;
  if (line[boundary] == kEscape) {
    // A colour: ESC [ numbers m (ECMA-48 SGR).
    if (begin >= line.size() || line[begin] != '[') return std::nullopt;
    do ++begin;
    while (begin < line.size() && (is_digit(line[begin]) || line[begin] == ';'));
    if (begin >= line.size() || line[begin] != 'm') return std::nullopt;
    ++begin;
  }
  if (const auto level = level_at(line, begin, line[boundary])) return level;
  return line[boundary] == '[' ? module_level(line, boundary) : std::nullopt;
}

// A vector extension of GCC and clang on every architecture; comparing gives 0xff or 0 in each byte.
using Bytes16 [[gnu::vector_size(16)]] = unsigned char;
constexpr std::size_t kChunk = 64;

/// Eight bytes that are each 0xff or 0, as eight bits; the first byte is the least significant.
std::uint64_t one_bit_per_byte(std::uint64_t bytes) {
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return (bytes & 0x0101010101010101U) * 0x0102040810204080U >> 56;
}

/// One bit for each of 64 bytes that may bound a word on its left.
std::uint64_t boundary_bits(const char* bytes) {
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at < kChunk; at += sizeof(Bytes16)) {
    Bytes16 b;
    std::memcpy(&b, bytes + at, sizeof b);
    const auto found = (b == ' ') | (b == '\t') | (b == '"') | (b == '\'') | (b == '(') | (b == '=') | (b == '[') |
                       (b == '{') | (b == '|') | (b == static_cast<unsigned char>(kEscape));
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &found, sizeof halves);
    bits |= (one_bit_per_byte(halves[0]) | one_bit_per_byte(halves[1]) << 8) << at;
  }
  return bits;
}

/// One bit for each boundary among the 64 bytes at `at`, and before `end`, that a level may stand behind.
std::uint64_t candidates(std::string_view line, std::size_t at, std::size_t end) {
  std::uint64_t boundaries = 0;
  if (end - at >= kChunk) {
    boundaries = boundary_bits(line.data() + at);
  } else {
    std::array<char, kChunk> last{};
    std::memcpy(last.data(), line.data() + at, end - at);
    boundaries = boundary_bits(last.data());
  }
  std::uint64_t found = 0;
  for (; boundaries != 0; boundaries &= boundaries - 1) {
    const char* boundary = line.data() + at + std::countr_zero(boundaries);
    const bool leads_on = (*boundary == kEscape) | ((*boundary == '[') & is_alpha(boundary[1]));
    const std::uint64_t lowest_bit = boundaries & (~boundaries + 1);
    found |= (may_begin_level(boundary + 1) | leads_on) ? lowest_bit : 0;
  }
  return found;
}

}  // namespace

std::optional<Level> word_level(std::string_view line) {
  if (line.size() < kShortestWord) return std::nullopt;
  if (const auto level = level_at(line, 0, ' ')) return level;
  // A boundary is looked at only where a word fits behind it.
  const std::size_t end = line.size() - kShortestWord;
  for (std::size_t at = 0; at < end; at += kChunk) {
    for (std::uint64_t bits = candidates(line, at, end); bits != 0; bits &= bits - 1) {
      const std::size_t boundary = at + static_cast<std::size_t>(std::countr_zero(bits));
      if (const auto level = level_behind(line, boundary)) return level;
    }
  }
  return std::nullopt;
}

}  // namespace tailwater
