// logfmt as Go's and Rust's loggers write it: key=value, values in double quotes where they hold blanks.
#include <algorithm>
#include <string>

#include "filter/ascii.h"
#include "filter/field_parsers.h"
#include "filter/json_text_value.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_name_byte(char c) {
  return is_alpha(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '@' || c == '/';
}

/// The beginning of the key that ends before `equals`, or kNone.
std::size_t key_begin(std::string_view text, std::size_t from, std::size_t equals, bool strict) {
  std::size_t begin = equals;
  const auto belongs = [strict](char c) {
    return strict ? static_cast<unsigned char>(c) > ' ' && c != '"' : is_name_byte(c);
  };
  while (begin > from && belongs(text[begin - 1])) --begin;
  if (begin == equals) return kNone;
  const bool at_word = begin == 0 || is_blank(text[begin - 1]) || text[begin - 1] == ',' || text[begin - 1] == '[' ||
                       text[begin - 1] == '(' || text[begin - 1] == '{' || text[begin - 1] == '\n';
  const bool named = strict || is_alpha(text[begin]) || text[begin] == '_' || text[begin] == '@';
  return at_word && named ? begin : kNone;
}

/// The closing quote of the value that begins behind the one at `quote`.
std::size_t closing_quote(std::string_view text, std::size_t quote) {
  for (std::size_t at = quote + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at;
    }
  }
  return kNone;
}

}  // namespace

bool add_logfmt_fields(std::string_view text, bool strict, Fields& fields) {
  const std::size_t before = fields.size();
  std::string plain;
  std::size_t from = 0;
  for (std::size_t equals = text.find('='); equals != kNone && !fields.full(); equals = text.find('=', from)) {
    const std::size_t begin = key_begin(text, from, equals, strict);
    from = equals + 1;
    if (begin == kNone) continue;
    const std::string_view key = text.substr(begin, equals - begin);
    if (from < text.size() && text[from] == '"') {
      const std::size_t close = closing_quote(text, from);
      if (close == kNone) break;
      const std::string_view inside = text.substr(from + 1, close - from - 1);
      from = close + 1;
      if (inside.find('\\') == kNone) {
        fields.add(key, inside, FieldKind::kText);
        continue;
      }
      plain.clear();
      append_json_unescaped(plain, inside);
      fields.add_copied(key, plain, FieldKind::kText);
      continue;
    }
    const std::string_view stops = strict ? std::string_view(" \t\r\n") : std::string_view(" \t\r\n,])}\"");
    const std::size_t end = std::min(text.find_first_of(stops, from), text.size());
    fields.add_guessed(key, text.substr(from, end - from));
    from = end;
  }
  return fields.size() > before;
}

}  // namespace tailwater
