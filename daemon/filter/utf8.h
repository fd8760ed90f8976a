// One code point as UTF-8. Private to filter/. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace tailwater {

/// Surrogates and what is beyond Unicode become U+FFFD.
inline void append_utf8(std::string& out, std::uint32_t code_point) {
  if ((code_point >= 0xD800 && code_point < 0xE000) || code_point > 0x10FFFF) code_point = 0xFFFD;
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) {
    byte(0xC0 | code_point >> 6);
    return byte(0x80 | (code_point & 0x3F));
  }
  if (code_point < 0x10000) {
    byte(0xE0 | code_point >> 12);
  } else {
    byte(0xF0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3F));
  }
  byte(0x80 | (code_point >> 6 & 0x3F));
  byte(0x80 | (code_point & 0x3F));
}

}  // namespace tailwater
