#include "filter/json_scan.h"

#include <algorithm>

#include "filter/ascii.h"

namespace tailwater {

/// The index of the quote that closes the string opened at `quote`, or the text's end.
std::size_t JsonScan::string_end(std::size_t quote) const {
  std::size_t at = quote + 1;
  while (at < text_.size()) {
    at = text_.find('"', at);
    if (at == std::string_view::npos) return text_.size();
    std::size_t slashes = 0;
    while (text_[at - 1 - slashes] == '\\') ++slashes;  // stops at the opening quote at the latest
    if (slashes % 2 == 0) return at;
    ++at;
  }
  return text_.size();
}

std::size_t JsonScan::skip_blanks(std::size_t at) const {
  while (at < text_.size() && is_blank(text_[at])) ++at;
  return at;
}

/// The member whose key was just read, if its value is a scalar; at_ is then just past the value.
std::optional<JsonField> JsonScan::field_at(std::size_t key_begin, std::size_t key_end) {
  at_ = skip_blanks(key_end + 1);
  if (at_ >= text_.size() || text_[at_] != ':') return std::nullopt;
  at_ = skip_blanks(at_ + 1);
  if (at_ >= text_.size() || text_[at_] == '{' || text_[at_] == '[') return std::nullopt;
  JsonField field{text_.substr(key_begin, key_end - key_begin), {}, depth_};
  if (text_[at_] == '"') {
    const std::size_t end = string_end(at_);
    if (end == text_.size()) {
      at_ = end;
      return std::nullopt;
    }
    field.value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return field;
  }
  const std::size_t end = std::min(text_.find_first_of(",}] \t", at_), text_.size());
  field.value = text_.substr(at_, end - at_);
  at_ = end;
  return field;
}

std::optional<JsonField> JsonScan::next() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      const std::size_t begin = at_ + 1;
      const std::size_t end = string_end(at_);
      if (end == text_.size()) {
        at_ = end;
        break;
      }
      if (auto field = field_at(begin, end)) return field;
      continue;
    }
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && depth_ > 0 && --depth_ == 0) at_ = text_.size();
    ++at_;
  }
  return std::nullopt;
}

std::string_view json_part(std::string_view line) {
  std::size_t begin = 0;
  while (begin < line.size() && is_blank(line[begin])) ++begin;
  if (begin == line.size()) return {};
  if (line[begin] == '{') return line.substr(begin);
  std::size_t last = line.size() - 1;
  while (is_blank(line[last])) --last;  // stops at `begin` at the latest
  if (line[last] != '}') return {};
  const std::size_t brace = line.find("{\"", begin);
  return brace == std::string_view::npos ? std::string_view{} : line.substr(brace);
}

}  // namespace tailwater
