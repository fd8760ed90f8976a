#include "runs/plain_text.h"

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr char kEscape = '\x1b';

/// Bytes of the sequence at the beginning of `text`, which begins with ESC.
std::size_t sequence_bytes(std::string_view text) {
  if (text.size() < 2) return text.size();
  std::size_t at = 2;
  switch (text[1]) {
    case '[':  // CSI: parameters, then one byte from @ to ~
      while (at < text.size() && (text[at] < '@' || text[at] > '~')) ++at;
      return std::min(at + 1, text.size());
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':  // OSC, DCS, SOS, PM, APC: up to BEL or ESC backslash
      while (at < text.size() && text[at] != '\a' && text[at] != kEscape) ++at;
      if (at + 1 < text.size() && text[at] == kEscape && text[at + 1] == '\\') ++at;
      return std::min(at + 1, text.size());
    default: return 2;
  }
}

}  // namespace

std::string_view without_escapes(std::string_view text, std::string& buffer) {
  std::size_t escape = text.find(kEscape);
  if (escape == std::string_view::npos) return text;
  buffer.clear();
  while (escape != std::string_view::npos) {
    buffer.append(text.substr(0, escape));
    text.remove_prefix(escape);
    text.remove_prefix(sequence_bytes(text));
    escape = text.find(kEscape);
  }
  return buffer.append(text);
}

std::string shown_text(std::string_view text, std::size_t max_bytes, bool lines) {
  std::string shown = to_valid_utf8(text.substr(0, max_bytes + 4));
  if (shown.size() > max_bytes) {
    shown.resize(valid_utf8_prefix(std::string_view(shown).substr(0, max_bytes)));
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    const bool c1 = byte == 0xC2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xA0;
    if (c1) shown.replace(i, 2, "  ");
    if ((byte < 0x20 && !(lines && byte == '\n')) || byte == 0x7F) shown[i] = ' ';
  }
  while (!shown.empty() && (shown.back() == ' ' || shown.back() == '\n')) shown.pop_back();
  return shown;
}

}  // namespace tailwater
