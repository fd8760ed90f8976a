#include "stream/field_text.h"

#include "base/bytes.h"
#include "base/json_text.h"

namespace tailwater {
namespace {

/// JSON that a record holds, without the blanks between its tokens: line feeds among them would end our line.
void append_compact(std::string& out, std::string_view json) {
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!in_string && blank) continue;
    out.push_back(c);
    if (in_string && c == '\\' && at + 1 < json.size()) {
      out.push_back(json[++at]);
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
}

void append_value(std::string& out, const Field& field) {
  switch (field.kind) {
    case FieldKind::kText: append_json_string(out, field.value); return;
    case FieldKind::kNumber:
    case FieldKind::kWord: out.append(field.value); return;
    case FieldKind::kJson:
      if (valid_utf8_prefix(field.value) == field.value.size()) {
        append_compact(out, field.value);
      } else {
        append_json_string(out, field.value);
      }
      return;
  }
}

bool is_repeated(const Fields& fields, std::size_t index) {
  const std::string_view name = fields[index].name;
  for (std::size_t i = 0; i < index; ++i) {
    if (fields[i].name == name) return true;
  }
  return false;
}

}  // namespace

void append_fields(std::string& out, const Fields& fields) {
  if (fields.empty()) return;
  out.append(",\"fields\":{");
  bool first = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (is_repeated(fields, i)) continue;
    if (!first) out.push_back(',');
    first = false;
    const Field field = fields[i];
    append_json_string(out, field.name);
    out.push_back(':');
    append_value(out, field);
  }
  out.push_back('}');
}

}  // namespace tailwater
