// Any line in each form: fields that are bounded, whose numbers and words are such, and JSON of them that is one line.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "filter/fields.h"
#include "stream/field_text.h"

namespace {

using tailwater::FieldKind;
using tailwater::ParseAs;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view line, ParseAs parse) {
  const tailwater::Fields fields = tailwater::Fields::of(line, parse);
  require(fields.size() <= tailwater::Fields::kMaxFields);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const tailwater::Field field = fields[i];
    require(fields.find(field.name).has_value());
    if (field.kind == FieldKind::kWord) {
      require(field.value == "true" || field.value == "false" || field.value == "null");
    }
    if (field.kind == FieldKind::kNumber) {
      require(!field.value.empty() && field.value.find_first_not_of("0123456789+-.eE") == std::string_view::npos);
    }
  }
  std::string text;
  append_fields(text, fields);
  require(text.empty() == fields.empty());
  require(tailwater::valid_utf8_prefix(text) == text.size());
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const ParseAs parse : {ParseAs::kAuto, ParseAs::kJson, ParseAs::kLogfmt, ParseAs::kSyslog, ParseAs::kCombined}) {
    check(line, parse);
  }
  return 0;
}
