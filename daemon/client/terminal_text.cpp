#include "client/terminal_text.h"

#include <algorithm>

namespace tailwater {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kResetColors = "\x1b[0m";
constexpr std::size_t kLongestColor = 64;

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == '\x7f';
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Bytes of a C1 control (U+0080..U+009F, C2 80..C2 9F) or of a bidi control (U+202A..U+202E, U+2066..U+2069,
/// U+200E, U+200F) at the front; 0 if there is none.
std::size_t hidden_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) == 0xC2) return byte(1) >= 0x80 && byte(1) <= 0x9F ? 2 : 0;
  if (byte(0) != 0xE2) return 0;
  const bool marks = byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE));
  const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
  return marks || isolates ? 3 : 0;
}

/// Control string (OSC, DCS, SOS, PM, APC): to BEL or ST, else to the end of the line.
std::size_t control_string_length(std::string_view text) {
  const std::size_t bell = text.find('\a');
  const std::size_t terminator = text.find("\x1b\\");
  const std::size_t newline = std::min(text.find('\n'), text.size());
  if (terminator < bell && terminator < newline) return terminator + 2;
  return bell < newline ? bell + 1 : newline;
}

struct Sequence {
  std::size_t length = 0;
  bool color = false;
};

/// CSI: parameters 0x30-0x3F, intermediates 0x20-0x2F, one final byte 0x40-0x7E. `begin` is behind its introducer.
Sequence control_sequence(std::string_view text, std::size_t begin) {
  const auto in = [&](std::size_t i, char low, char high) {
    return i < text.size() && text[i] >= low && text[i] <= high;
  };
  std::size_t at = begin;
  while (in(at, 0x30, 0x3F)) ++at;
  const std::string_view parameters = text.substr(begin, at - begin);
  const std::size_t intermediates = at;
  while (in(at, 0x20, 0x2F)) ++at;
  if (!in(at, 0x40, 0x7E)) return {at, false};  // broken off: what was read of it goes
  const bool color = text[at] == 'm' && at == intermediates &&
                     parameters.find_first_not_of("0123456789;:") == std::string_view::npos &&
                     parameters.size() <= kLongestColor;
  return {at + 1, color};
}

/// The escape sequence at the front of `text`.
Sequence escape_sequence(std::string_view text) {
  if (text.size() < 2) return {text.size(), false};
  switch (text[1]) {
    case '[': return control_sequence(text, 2);
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': return {control_string_length(text), false};
    default: break;
  }
  std::size_t at = 1;
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;  // intermediates: ESC ( B
  const bool final_byte = at < text.size() && text[at] >= 0x30 && text[at] <= 0x7E;
  return {at + (final_byte ? 1U : 0U), false};
}

bool is_plain(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](char c) {
    return is_control(c) || static_cast<unsigned char>(c) == 0xC2 || static_cast<unsigned char>(c) == 0xE2;
  });
}

}  // namespace

bool append_terminal_text(std::string& out, std::string_view line, Colors colors) {
  if (is_plain(line)) {
    out.append(line);
    return false;
  }
  bool colored = false;
  while (!line.empty()) {
    std::size_t taken = 1;
    if (line.front() == kEscape) {
      const Sequence sequence = escape_sequence(line);
      taken = sequence.length;
      if (sequence.color && colors == Colors::kKept) {
        out.append(line.substr(0, taken));
        colored = true;
      }
    } else if (starts_with(line, "\xC2\x9B")) {  // CSI as one character
      taken = control_sequence(line, 2).length;
    } else if (const std::size_t hidden = hidden_character(line); hidden > 0) {
      taken = hidden;
    } else if (!is_control(line.front())) {
      out.push_back(line.front());
    }
    line.remove_prefix(std::min(taken, line.size()));
  }
  if (colored) out.append(kResetColors);
  return colored;
}

}  // namespace tailwater
