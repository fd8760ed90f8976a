#include "runs/xml_text.h"

#include "base/bytes.h"

namespace tailwater {

void append_xml_text(std::string& out, std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  const std::string valid = valid_utf8_prefix(text) == text.size() ? std::string(text) : to_valid_utf8(text);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    switch (c) {
      case '&': out += "&amp;"; continue;
      case '<': out += "&lt;"; continue;
      case '>': out += "&gt;"; continue;
      case '"': out += "&quot;"; continue;
      case '\'': out += "&#39;"; continue;
      case '\n': out += "&#10;"; continue;
      case '\t': out += "&#9;"; continue;
      default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    const std::string_view three = std::string_view(valid).substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {  // U+FFFE, U+FFFF
      out += kReplacement;
      i += 2;
    } else if (byte < 0x20) {
      out += kReplacement;
    } else {
      out += c;
    }
  }
}

std::string to_xml(std::string_view text) {
  std::string out;
  append_xml_text(out, text);
  return out;
}

}  // namespace tailwater
