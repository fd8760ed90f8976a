#include "runs/marker_escapes.h"

#include <array>
#include <charconv>
#include <utility>

namespace tailwater {
namespace {

constexpr std::array kPercent{
    std::pair{std::string_view{"%AZP25"}, '%'}, std::pair{std::string_view{"%25"}, '%'},
    std::pair{std::string_view{"%0A"}, '\n'},   std::pair{std::string_view{"%0a"}, '\n'},
    std::pair{std::string_view{"%0D"}, '\r'},   std::pair{std::string_view{"%0d"}, '\r'},
    std::pair{std::string_view{"%3A"}, ':'},    std::pair{std::string_view{"%2C"}, ','},
    std::pair{std::string_view{"%3B"}, ';'},    std::pair{std::string_view{"%5D"}, ']'},
};

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out.push_back(static_cast<char>(value)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | code >> 6U);
    return byte(0x80U | (code & 0x3FU));
  }
  byte(0xE0U | code >> 12U);
  byte(0x80U | (code >> 6U & 0x3FU));
  byte(0x80U | (code & 0x3FU));
}

/// The four hexadecimal digits behind `|0x`; what is no character by itself (half of a pair) becomes U+FFFD.
bool append_code_point(std::string& out, std::string_view digits) {
  unsigned code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (digits.size() != 4 || error != std::errc{} || end != digits.data() + digits.size()) return false;
  append_utf8(out, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code);
  return true;
}

}  // namespace

std::string from_percent_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('%'), text.size());
    out.append(text.substr(0, at));
    text.remove_prefix(at);
    if (text.empty()) break;
    std::size_t taken = 0;
    for (const auto& [escape, meaning] : kPercent) {
      if (!text.starts_with(escape)) continue;
      out.push_back(meaning);
      taken = escape.size();
      break;
    }
    if (taken == 0) out.push_back('%');
    text.remove_prefix(taken == 0 ? 1 : taken);
  }
  return out;
}

std::string from_bar_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '|' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char escape = text[++i];
    if (escape == '0' && text.substr(i, 2) == "0x" && append_code_point(out, text.substr(i + 2, 4))) {
      i += 5;
    } else if (escape == 'n' || escape == 'x' || escape == 'l' || escape == 'p') {
      out.push_back('\n');
    } else if (escape == 'r') {
      out.push_back('\r');
    } else {
      out.push_back(escape);
    }
  }
  return out;
}

}  // namespace tailwater
