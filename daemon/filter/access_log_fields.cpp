#include <algorithm>

#include "filter/ascii.h"
#include "filter/field_parsers.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// Takes the word up to the next blank, and the blank.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

/// Takes "..." and the blank behind it; servers write a quote inside as \" or \x22.
bool take_quoted(std::string_view& text, std::string_view& inside) {
  if (text.empty() || text.front() != '"') return false;
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return false;
  inside = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return true;
}

/// "-" says that there is none.
void add_unless_none(Fields& fields, std::string_view name, std::string_view value) {
  if (value != "-" && !value.empty()) fields.add(name, value, FieldKind::kText);
}

void add_request(Fields& fields, std::string_view request) {
  const std::size_t first = request.find(' ');
  const std::size_t last = request.rfind(' ');
  if (first == kNone) return add_unless_none(fields, "request", request);
  fields.add("method", request.substr(0, first), FieldKind::kText);
  if (first == last) return fields.add("path", request.substr(first + 1), FieldKind::kText);  // HTTP/0.9
  fields.add("path", request.substr(first + 1, last - first - 1), FieldKind::kText);
  fields.add("protocol", request.substr(last + 1), FieldKind::kText);
}

bool is_status(std::string_view text) {
  return text.size() == 3 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]) && text[0] != '0';
}

}  // namespace

bool add_access_log_fields(std::string_view text, Fields& fields) {
  const std::size_t bracket = text.find(" [");
  const std::size_t close = bracket == kNone ? kNone : text.find("] \"", bracket);
  if (close == kNone) return false;
  std::string_view head = text.substr(0, bracket);
  std::string_view rest = text.substr(close + 2);
  const auto words = std::count(head.begin(), head.end(), ' ') + 1;
  if (words != 3 && words != 4) return false;
  std::string_view request;
  if (!take_quoted(rest, request)) return false;
  const std::string_view status = take_word(rest);
  if (!is_status(status)) return false;
  const std::string_view bytes = take_word(rest);
  if (bytes != "-" && !is_json_number(bytes)) return false;

  if (words == 4) fields.add("vhost", take_word(head), FieldKind::kText);
  fields.add("client", take_word(head), FieldKind::kText);
  take_word(head);
  add_unless_none(fields, "user", head);
  fields.add("time", text.substr(bracket + 2, close - bracket - 2), FieldKind::kText);
  add_request(fields, request);
  fields.add("status", status, FieldKind::kNumber);
  if (bytes != "-") fields.add("bytes", bytes, FieldKind::kNumber);
  std::string_view inside;
  if (take_quoted(rest, inside)) add_unless_none(fields, "referer", inside);
  if (take_quoted(rest, inside)) add_unless_none(fields, "user_agent", inside);
  add_logfmt_fields(rest, /*strict=*/false, fields);  // what people append: rt=0.012
  return true;
}

}  // namespace tailwater
