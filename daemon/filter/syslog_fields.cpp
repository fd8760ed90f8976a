#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "filter/ascii.h"
#include "filter/field_parsers.h"
#include "filter/time_stamp.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kSeverities[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

void add_unless_nil(Fields& fields, std::string_view name, std::string_view value) {
  if (value != "-" && !value.empty()) fields.add_guessed(name, value);
}

/// "<34>" (RFC 5424 section 6.2.1), if it is there.
bool take_priority(std::string_view& text, Fields& fields) {
  if (!text.starts_with('<')) return true;
  const std::size_t close = text.substr(0, 5).find('>');
  if (close == kNone) return false;
  const auto priority = parse_number<unsigned>(text.substr(1, close - 1));
  if (!priority || *priority > 191) return false;
  fields.add_copied("facility", std::to_string(*priority / 8), FieldKind::kNumber);
  fields.add("severity", kSeverities[*priority % 8], FieldKind::kText);
  text.remove_prefix(close + 1);
  return true;
}

/// [id name="value" ...] (section 6.3): id.name. False if it is none.
bool take_structured_data(std::string_view& text, Fields& fields) {
  if (text.starts_with('-')) {
    text.remove_prefix(std::min<std::size_t>(2, text.size()));
    return true;
  }
  while (text.starts_with('[')) {
    const std::size_t id_end = text.find_first_of(" ]");
    if (id_end == kNone) return false;
    const std::string_view id = text.substr(1, id_end - 1);
    text.remove_prefix(id_end);
    while (text.starts_with(' ')) {
      text.remove_prefix(1);
      const std::size_t equals = text.find("=\"");
      if (equals == kNone) return false;
      const std::string name = std::string(id) + "." + std::string(text.substr(0, equals));
      text.remove_prefix(equals + 2);
      std::string value;
      while (!text.empty() && text.front() != '"') {
        if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
        value.push_back(text.front());
        text.remove_prefix(1);
      }
      if (text.empty()) return false;
      text.remove_prefix(1);
      fields.add_copied(name, value, FieldKind::kText);
    }
    if (!text.starts_with(']')) return false;
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return true;
}

bool add_rfc5424(std::string_view text, Fields& fields) {
  const std::string_view time = take_word(text);
  if (time != "-" && !read_stamp(time)) return false;
  add_unless_nil(fields, "host", take_word(text));
  add_unless_nil(fields, "app", take_word(text));
  add_unless_nil(fields, "pid", take_word(text));
  add_unless_nil(fields, "msgid", take_word(text));
  if (!take_structured_data(text, fields)) return false;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.empty()) fields.add("message", text, FieldKind::kText);
  return true;
}

/// Past "Nov 20 09:00:00 " or "2026-11-20T09:00:00.123456+01:00 ".
bool take_time(std::string_view& text) {
  if (!text.empty() && is_digit(text.front())) {
    const std::string_view word = take_word(text);
    return word.find('T') != kNone && read_stamp(word).has_value();
  }
  constexpr std::size_t kLength = 15;
  if (text.size() <= kLength || text[kLength] != ' ' || !read_stamp(text.substr(0, kLength))) return false;
  text.remove_prefix(kLength + 1);
  return true;
}

/// "app[123]: " or "app: "; other names than those of programs do not end in a colon.
bool take_tag(std::string_view& text, Fields& fields) {
  const std::size_t end = text.find_first_of(": [");
  if (end == kNone || end == 0) return false;
  const std::string_view app = text.substr(0, end);
  std::string_view pid;
  std::string_view rest = text.substr(end);
  if (rest.front() == '[') {
    const std::size_t close = rest.find(']');
    if (close == kNone) return false;
    pid = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  }
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  fields.add("app", app, FieldKind::kText);
  if (!pid.empty()) fields.add_guessed("pid", pid);
  text = rest;
  return true;
}

bool add_header(std::string_view text, Fields& fields) {
  if (!take_priority(text, fields)) return false;
  if (!fields.empty() && text.starts_with("1 ")) return add_rfc5424(text.substr(2), fields);
  if (!take_time(text)) return false;
  const std::string_view host = take_word(text);
  if (host.empty() || host.find_first_of("[]:=\"") != kNone) return false;
  fields.add("host", host, FieldKind::kText);
  if (!take_tag(text, fields)) return false;
  if (!text.empty()) fields.add("message", text, FieldKind::kText);
  return true;
}

}  // namespace

bool add_syslog_fields(std::string_view text, Fields& fields) {
  if (!fields.empty()) return false;  // a header stands at the front of a record, before everything else
  if (add_header(text, fields)) return true;
  fields.cut_to(0);
  return false;
}

}  // namespace tailwater
