#include "base/bytes.h"

#include <xxhash.h>

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace tailwater {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kUnits{
    Unit{"", 1},
    Unit{"B", 1},
    Unit{"K", 1024},
    Unit{"KiB", 1024},
    Unit{"kB", 1e3},
    Unit{"KB", 1e3},
    Unit{"M", 1048576},
    Unit{"MiB", 1048576},
    Unit{"MB", 1e6},
    Unit{"G", 1073741824},
    Unit{"GiB", 1073741824},
    Unit{"GB", 1e9},
    Unit{"T", 1099511627776},
    Unit{"TiB", 1099511627776},
    Unit{"TB", 1e12},
};

/// One row of Unicode 15 table 3-7: which second bytes may follow a lead byte, and how long the sequence is.
struct Utf8Lead {
  unsigned length;  // 0: not a lead byte
  unsigned char second_low;
  unsigned char second_high;
};

constexpr Utf8Lead utf8_lead(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Bytes of the well-formed sequence at the start of `text`, or the negated length of the maximal invalid subpart.
int utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const Utf8Lead lead = utf8_lead(byte(0));
  if (lead.length == 0) return -1;
  for (unsigned i = 1; i < lead.length; ++i) {
    const unsigned char low = i == 1 ? lead.second_low : 0x80;
    const unsigned char high = i == 1 ? lead.second_high : 0xBF;
    if (i >= text.size() || byte(i) < low || byte(i) > high) return -static_cast<int>(i);
  }
  return static_cast<int>(lead.length);
}

}  // namespace

Result<ByteCount> parse_byte_count(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && (std::isdigit(static_cast<unsigned char>(text[digits])) != 0 || text[digits] == '.')) {
    ++digits;
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (digits > 0 && error == std::errc{} && stop == text.data() + digits) {
    for (const Unit& known : kUnits) {
      if (unit != known.name) continue;
      const double bytes = number * known.factor;
      if (bytes > 9e18) break;
      return static_cast<ByteCount>(std::llround(bytes));
    }
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("'{}' is not a size: write a number of bytes or one with KiB, MiB, GiB, kB, MB or GB", text));
}

std::string to_byte_text(ByteCount bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      text.copy(reinterpret_cast<char*>(&eight), sizeof eight, at);
      if ((eight & 0x8080808080808080ULL) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const int length = utf8_sequence(text.substr(at));
    if (length < 0) return at;
    at += static_cast<std::size_t>(length);
  }
  return at;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t valid = valid_utf8_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    out.append("\xEF\xBF\xBD");
    text.remove_prefix(static_cast<std::size_t>(-utf8_sequence(text)));
  }
  return out;
}

std::uint64_t fingerprint(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace tailwater
