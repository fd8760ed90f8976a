// A recursive-descent reader of JSON. Every function returns false at the first thing that RFC 8259 does not allow.
#include "support/json_value.h"

#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"

namespace tailwater {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  bool whole(JsonValue& value) {
    if (!read(value, 0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  static constexpr int kMaxDepth = 64;

  void skip_space() {
    const std::size_t end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  bool take(std::string_view word) {
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool read(JsonValue& value, int depth) {
    skip_space();
    if (rest_.empty() || depth > kMaxDepth) return false;
    switch (rest_.front()) {
      case '{': return read_object(value, depth);
      case '[': return read_array(value, depth);
      case '"': value.kind_ = JsonValue::Kind::kString; return read_string(value.text_);
      case 't':
        value.kind_ = JsonValue::Kind::kBool;
        value.number_ = 1;
        return take("true");
      case 'f': value.kind_ = JsonValue::Kind::kBool; return take("false");
      case 'n': return take("null");
      default: return read_number(value);
    }
  }

  bool read_object(JsonValue& value, int depth) {
    value.kind_ = JsonValue::Kind::kObject;
    rest_.remove_prefix(1);
    skip_space();
    if (take("}")) return true;
    do {
      skip_space();
      std::string key;
      if (!read_string(key)) return false;
      skip_space();
      JsonValue member;
      if (!take(":") || !read(member, depth + 1)) return false;
      if (!value.members_.emplace(std::move(key), std::move(member)).second) return false;
      skip_space();
    } while (take(","));
    return take("}");
  }

  bool read_array(JsonValue& value, int depth) {
    value.kind_ = JsonValue::Kind::kArray;
    rest_.remove_prefix(1);
    skip_space();
    if (take("]")) return true;
    do {
      if (!read(value.items_.emplace_back(), depth + 1)) return false;
      skip_space();
    } while (take(","));
    return take("]");
  }

  bool read_number(JsonValue& value) {
    const std::size_t end = std::min(rest_.find_first_not_of("+-.0123456789eE"), rest_.size());
    const std::string digits(rest_.substr(0, end));
    char* stop = nullptr;
    value.kind_ = JsonValue::Kind::kNumber;
    value.number_ = std::strtod(digits.c_str(), &stop);
    value.text_ = digits;
    rest_.remove_prefix(end);
    const bool starts_well = !digits.empty() && digits[0] != '+' && digits[0] != '.';
    return starts_well && stop == digits.c_str() + digits.size();
  }

  bool read_string(std::string& out) {
    if (!take("\"")) return false;
    while (!rest_.empty()) {
      const char next = rest_.front();
      if (static_cast<unsigned char>(next) < 0x20) return false;
      rest_.remove_prefix(1);
      if (next == '"') return valid_utf8_prefix(out) == out.size();
      if (next != '\\') {
        out.push_back(next);
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return false;
  }

  bool read_escape(std::string& out) {
    if (rest_.empty()) return false;
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = kNames.find(kind); at != std::string_view::npos) {
      out.push_back(kMeanings[at]);
      return true;
    }
    std::uint32_t code = 0;
    if (kind != 'u' || !read_hex(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
      std::uint32_t low = 0;
      if (!take("\\u") || !read_hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(code, out);
    return true;
  }

  bool read_hex(std::uint32_t& code) {
    if (rest_.size() < 4) return false;
    const std::string digits(rest_.substr(0, 4));
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return false;
    code = static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
    rest_.remove_prefix(4);
    return true;
  }

  static void append_utf8(std::uint32_t code, std::string& out) {
    const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F))); };
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0 | (code >> 6)));
      tail(0);
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (code >> 12)));
      tail(6), tail(0);
    } else {
      out.push_back(static_cast<char>(0xF0 | (code >> 18)));
      tail(12), tail(6), tail(0);
    }
  }

  std::string_view rest_;
};

std::optional<JsonValue> JsonValue::parse(std::string_view text) {
  JsonValue value;
  if (!JsonReader(text).whole(value)) return std::nullopt;
  return value;
}

const JsonValue& JsonValue::operator[](const std::string& key) const {
  static const JsonValue kAbsent;
  const auto found = members_.find(key);
  return found == members_.end() ? kAbsent : found->second;
}

}  // namespace tailwater
