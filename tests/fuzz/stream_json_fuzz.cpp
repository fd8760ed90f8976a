// Any bytes as the inside of a JSON string: the result is one line, valid UTF-8, and a JSON string by RFC 8259; with
// valid input it reads back as what went in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/json_text.h"

namespace {

std::optional<unsigned> hex4(std::string_view text) {
  unsigned value = 0;
  if (text.size() < 4) return std::nullopt;
  for (const char c : text.substr(0, 4)) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return value;
}

/// What the inside of a JSON string stands for; nullopt if it is none. Escapes above U+007F are not expected.
std::optional<std::string> read_back(std::string_view text) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 || c == '"') return std::nullopt;
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (const std::size_t escape = kEscapes.find(text[i]); escape != std::string_view::npos) {
      out.push_back(kMeanings[escape]);
      continue;
    }
    const auto code = text[i] == 'u' ? hex4(text.substr(i + 1)) : std::nullopt;
    if (!code || *code > 0x7F) return std::nullopt;
    out.push_back(static_cast<char>(*code));
    i += 4;
  }
  return out;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out = "before";
  const bool valid = tailwater::append_json_text(out, text);
  require(out.compare(0, 6, "before") == 0);
  const std::string_view inside = std::string_view(out).substr(6);
  require(tailwater::valid_utf8_prefix(inside) == inside.size());
  const auto meaning = read_back(inside);
  require(meaning.has_value());
  require(*meaning == tailwater::to_valid_utf8(text));
  require(valid == (*meaning == text));
  return 0;
}
