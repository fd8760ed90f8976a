#include "filter/json_text_value.h"

#include <cstdint>
#include <optional>

#include "filter/utf8.h"

namespace tailwater {
namespace {

std::optional<std::uint32_t> four_hex_digits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

/// At "\uXXXX", which may be the first half of a pair; how many bytes were used, 0 if it is no such escape.
std::size_t append_code_unit(std::string& out, std::string_view text) {
  const auto first = four_hex_digits(text.substr(2));
  if (!first) return 0;
  const bool high = *first >= 0xD800 && *first < 0xDC00;
  if (high && text.substr(6, 2) == "\\u") {
    const auto second = four_hex_digits(text.substr(8));
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      return 12;
    }
  }
  append_utf8(out, *first);
  return 6;
}

}  // namespace

void append_json_unescaped(std::string& out, std::string_view inside) {
  while (true) {
    const std::size_t slash = inside.find('\\');
    out.append(inside.substr(0, slash));
    if (slash == std::string_view::npos) return;
    inside.remove_prefix(slash);
    if (inside.size() < 2) {
      out.append(inside);
      return;
    }
    std::size_t used = 2;
    switch (inside[1]) {
      case 'n': out.push_back('\n'); break;
      case 't': out.push_back('\t'); break;
      case 'r': out.push_back('\r'); break;
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case '"':
      case '\\':
      case '/': out.push_back(inside[1]); break;
      case 'u':
        used = append_code_unit(out, inside);
        if (used != 0) break;
        [[fallthrough]];
      default: out.append(inside.substr(0, 2)); used = 2;
    }
    inside.remove_prefix(used);
  }
}

}  // namespace tailwater
