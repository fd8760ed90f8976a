// A strict reader of JSON objects (RFC 8259) that gives scalars with the path that leads to them. It reads a record in
// one pass and keeps nothing but the path; what is below kMaxDepth, and arrays, stay JSON.
#include <algorithm>
#include <string>

#include "filter/ascii.h"
#include "filter/field_parsers.h"
#include "filter/json_text_value.h"

namespace tailwater {
namespace {

constexpr unsigned kMaxDepth = 8;     // of names
constexpr unsigned kMaxNesting = 64;  // of what is skipped

class Reader {
 public:
  Reader(std::string_view text, Fields& fields) : text_(text), fields_(fields) {}

  bool read() {
    skip_blanks();
    if (!at('{') || !object(1)) return false;
    skip_blanks();
    return at_ == text_.size();
  }

 private:
  [[nodiscard]] bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }

  /// What is between the quotes; `escaped` says whether there are escapes in it.
  bool string(std::string_view& inside, bool& escaped) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    escaped = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        inside = text_.substr(begin, at_ - begin);
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      escaped = true;
      ++at_;
    }
    return false;
  }

  /// From the brace on, with the closing one.
  bool object(unsigned depth) {
    ++at_;
    skip_blanks();
    if (take('}')) return true;
    while (true) {
      std::string_view key;
      bool escaped = false;
      if (!string(key, escaped)) return false;
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
      if (!member(key, escaped, depth)) return false;
      skip_blanks();
      if (take('}')) return true;
      if (!take(',')) return false;
      skip_blanks();
    }
  }

  bool member(std::string_view key, bool escaped, unsigned depth) {
    if (at('{') && depth < kMaxDepth && !is_empty_object()) {
      const std::size_t before = path_.size();
      append_json_unescaped(path_, key);
      path_.push_back('.');
      const bool good = object(depth + 1);
      path_.resize(before);
      return good;
    }
    const std::size_t begin = at_;
    bool value_escaped = false;
    std::string_view value;
    FieldKind kind = FieldKind::kText;
    if (at('"')) {
      if (!string(value, value_escaped)) return false;
    } else if (at('{') || at('[')) {
      if (!skip_value(0)) return false;
      kind = FieldKind::kJson;
      value = text_.substr(begin, at_ - begin);
    } else if (!scalar(value, kind)) {
      return false;
    }
    if (fields_.full()) return true;
    if (!escaped && !value_escaped && path_.empty()) {
      fields_.add(key, value, kind);
      return true;
    }
    const std::size_t before = path_.size();
    append_json_unescaped(path_, key);
    value_.clear();
    if (value_escaped) {
      append_json_unescaped(value_, value);
      value = value_;
    }
    fields_.add_copied(path_, value, kind);
    path_.resize(before);
    return true;
  }

  [[nodiscard]] bool is_empty_object() const {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", at_ + 1);
    return next != std::string_view::npos && text_[next] == '}';
  }

  /// A number or one of the three words.
  bool scalar(std::string_view& value, FieldKind& kind) {
    const std::size_t end = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
    value = text_.substr(at_, end - at_);
    at_ = end;
    if (value == "true" || value == "false" || value == "null") {
      kind = FieldKind::kWord;
      return true;
    }
    kind = FieldKind::kNumber;
    return is_number(value);
  }

  static bool is_number(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    const auto digits = [&text] {
      std::size_t count = 0;
      while (count < text.size() && is_digit(text[count])) ++count;
      text.remove_prefix(count);
      return count;
    };
    const bool zero = !text.empty() && text.front() == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
      text.remove_prefix(1);
      if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
      if (digits() == 0) return false;
    }
    return text.empty();
  }

  /// Any value, without looking at what it says.
  bool skip_value(unsigned nesting) {
    if (nesting > kMaxNesting) return false;
    std::string_view ignored;
    bool escaped = false;
    FieldKind kind = FieldKind::kText;
    if (at('"')) return string(ignored, escaped);
    if (!at('{') && !at('[')) return scalar(ignored, kind);
    const bool is_object = at('{');
    const char close = is_object ? '}' : ']';
    ++at_;
    skip_blanks();
    if (take(close)) return true;
    while (true) {
      if (is_object) {
        if (!string(ignored, escaped)) return false;
        skip_blanks();
        if (!take(':')) return false;
        skip_blanks();
      }
      if (!skip_value(nesting + 1)) return false;
      skip_blanks();
      if (take(close)) return true;
      if (!take(',')) return false;
      skip_blanks();
    }
  }

  std::string_view text_;
  Fields& fields_;
  std::size_t at_ = 0;
  std::string path_;   // of the objects that we are in, each with a dot behind it
  std::string value_;  // the last one that had escapes
};

}  // namespace

bool add_json_fields(std::string_view text, Fields& fields) {
  const std::size_t before = fields.size();
  if (Reader(text, fields).read()) return true;
  fields.cut_to(before);
  return false;
}

}  // namespace tailwater
