#include "filter/quoted.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxShown = 60;

}  // namespace

std::string quoted(std::string_view text) {
  std::string_view shown = text.substr(0, kMaxShown);
  const bool shortened = shown.size() < text.size();
  // Not in the middle of a UTF-8 character.
  while (shortened && !shown.empty() && (text[shown.size()] & '\xC0') == '\x80') shown.remove_suffix(1);
  std::string result = "\"";
  for (const char c : to_valid_utf8(shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + (shortened ? "...\"" : "\"");
}

}  // namespace tailwater
