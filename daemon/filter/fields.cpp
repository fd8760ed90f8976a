#include "filter/fields.h"

#include <algorithm>
#include <array>

#include "filter/ascii.h"
#include "filter/capture_pattern.h"
#include "filter/field_parsers.h"
#include "filter/json_scan.h"

namespace tailwater {
namespace {

constexpr std::size_t kExactDigits = 15;

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

/// The object that ends a line behind a prefix is parsed as well: "INFO {...}".
bool add_json_part(std::string_view line, Fields& fields) {
  const std::string_view part = json_part(line);
  return !part.empty() && add_json_fields(part, fields);
}

/// What a message says beside what its header did.
void add_message_fields(std::string_view message, Fields& fields) {
  if (!add_json_part(message, fields)) add_logfmt_fields(message, /*strict=*/false, fields);
}

void add_any(std::string_view line, Fields& fields) {
  if (add_json_part(line, fields)) return;
  if (add_access_log_fields(line, fields)) return;
  if (add_syslog_fields(line, fields)) {
    const auto message = fields.find("message");
    if (message) add_message_fields(message->value, fields);
    return;
  }
  add_logfmt_fields(line, /*strict=*/false, fields);
}

void add_captures(std::string_view line, const CapturePattern& pattern, Fields& fields) {
  std::array<std::string_view, CapturePattern::kMaxGroups> values;
  const std::size_t count = pattern.names().size();
  if (!pattern.capture(line, std::span(values).first(count))) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i].data() != nullptr) fields.add_guessed(pattern.names()[i], values[i]);
  }
}

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t at = !text.empty() && text.front() == '-' ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  std::size_t digits = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return false;
    digits += fraction;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0 || exponent > 2) return false;
    at += exponent;
  }
  return at == text.size() && digits <= kExactDigits;
}

Fields Fields::of(std::string_view text, ParseAs parse, const CapturePattern* pattern) {
  Fields fields;
  switch (parse) {
    case ParseAs::kAuto:
    case ParseAs::kCri:
    case ParseAs::kDocker: add_any(text, fields); break;
    case ParseAs::kNone: break;
    case ParseAs::kJson: add_json_part(text, fields); break;
    case ParseAs::kLogfmt: add_logfmt_fields(text, /*strict=*/true, fields); break;
    case ParseAs::kSyslog: add_syslog_fields(text, fields); break;
    case ParseAs::kCombined: add_access_log_fields(text, fields); break;
    case ParseAs::kPattern:
      if (pattern != nullptr) add_captures(text, *pattern, fields);
      break;
  }
  return fields;
}

Field Fields::operator[](std::size_t index) const {
  const Stored& stored = stored_[index];
  Field field;
  field.name = {stored.name == nullptr ? own_.data() + stored.name_at : stored.name, stored.name_size};
  field.value = {stored.value == nullptr ? own_.data() + stored.value_at : stored.value, stored.value_size};
  field.kind = stored.kind;
  return field;
}

std::optional<Field> Fields::find(std::string_view name) const {
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    if (stored_[i].name_size != name.size()) continue;
    const Field field = (*this)[i];
    if (field.name == name) return field;
  }
  return std::nullopt;
}

void Fields::add(std::string_view name, std::string_view value, FieldKind kind) {
  if (full()) return;
  Stored stored;
  stored.name = name.data();
  stored.value = value.data();
  stored.name_size = static_cast<std::uint32_t>(name.size());
  stored.value_size = static_cast<std::uint32_t>(value.size());
  stored.kind = kind;
  stored_.push_back(stored);
}

void Fields::add_copied(std::string_view name, std::string_view value, FieldKind kind) {
  if (full()) return;
  Stored stored;
  stored.name_at = static_cast<std::uint32_t>(own_.size());
  stored.name_size = static_cast<std::uint32_t>(name.size());
  stored.value_at = stored.name_at + stored.name_size;
  stored.value_size = static_cast<std::uint32_t>(value.size());
  stored.kind = kind;
  own_.append(name).append(value);
  stored_.push_back(stored);
}

void Fields::add_guessed(std::string_view name, std::string_view value) {
  const bool word = value == "true" || value == "false" || value == "null";
  add(name, value, word ? FieldKind::kWord : is_json_number(value) ? FieldKind::kNumber : FieldKind::kText);
}

}  // namespace tailwater
