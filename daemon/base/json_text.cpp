// Most lines are printable ASCII without a quote: such runs are found 16 bytes at a time and copied whole.
#include "base/json_text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>

namespace tailwater {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// How many bytes from the front need neither escaping nor a look at their UTF-8.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    // Signed: bytes of 0x80 and above are negative, so one comparison finds them and the control characters.
    __m128i special = _mm_cmplt_epi8(bytes, space);
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, quote));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

struct Utf8Part {
  std::size_t length = 1;
  bool valid = false;  // else `length` is that of the maximal invalid part
};

/// What `text`, which starts with a byte of 0x80 or above, starts with (Unicode 15, table 3-7).
Utf8Part utf8_part(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;   // overlong
    if (lead == 0xED) high = 0x9F;  // surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;   // overlong
    if (lead == 0xF4) high = 0x8F;  // above U+10FFFF
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: break;
  }
  out.append("\\u00");
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

}  // namespace

bool append_json_text(std::string& out, std::string_view text) {
  bool valid = true;
  while (true) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) return valid;
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < 0x80) {
      append_escape(out, byte);
      text.remove_prefix(1);
      continue;
    }
    const Utf8Part part = utf8_part(text);
    out.append(part.valid ? text.substr(0, part.length) : kReplacement);
    text.remove_prefix(part.length);
    valid = valid && part.valid;
  }
}

bool append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const bool valid = append_json_text(out, text);
  out.push_back('"');
  return valid;
}

std::string to_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace tailwater
