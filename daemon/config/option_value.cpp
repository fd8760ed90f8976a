#include "config/option_value.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/time_text.h"

namespace tailwater {
namespace {

bool in_range(const Option& option, std::uint64_t value) {
  return option.minimum <= value && value <= option.maximum;
}

tl::unexpected<Error> out_of_range(const Option& option, std::string_view written) {
  return fail(ErrorCode::kInvalid, fmt::format("{} is out of range (it takes {})", written, type_text(option)));
}

/// Texts end up in messages, paths and headers: one with a line break or a NUL is never meant.
Result<void> check_text(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  const auto found = std::find_if(text.begin(), text.end(), control);
  if (found == text.end()) return {};
  return fail(ErrorCode::kInvalid, fmt::format("the text has the control character 0x{:02x} in it (remove it)",
                                               static_cast<unsigned char>(*found)));
}

Result<void> set_text(const Option& option, std::string& field, std::string_view text) {
  if (auto good = check_text(text); !good) return good;
  if (text.empty() && option.required) return fail(ErrorCode::kInvalid, "the text is empty (write one)");
  if (!option.choices.empty() &&
      std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end()) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is not known (it takes {})", text, type_text(option)));
  }
  field = text;
  return {};
}

Result<void> set_duration(const Option& option, Milliseconds& field, std::string_view text) {
  const Result<Milliseconds> duration = parse_duration(text);
  if (!duration) return fail(duration.error());
  if (!in_range(option, static_cast<std::uint64_t>(duration->count()))) {
    return out_of_range(option, to_duration_text(*duration));
  }
  field = *duration;
  return {};
}

Result<void> set_bytes(const Option& option, FieldRef field, std::string_view text) {
  const Result<ByteCount> bytes = parse_byte_count(text);
  if (!bytes) return fail(bytes.error());
  return set_number(option, field, *bytes);
}

Result<void> set_count(const Option& option, FieldRef field, std::string_view text) {
  const auto count = parse_number<std::uint64_t>(text);
  if (!count)
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is not a whole number (it takes {})", text, type_text(option)));
  return set_number(option, field, *count);
}

}  // namespace

Result<void> set_number(const Option& option, FieldRef field, std::uint64_t number) {
  if (!in_range(option, number)) return out_of_range(option, std::to_string(number));
  *std::get<std::uint64_t*>(field) = number;
  return {};
}

Result<void> set_from_text(const Option& option, FieldRef field, std::string_view text) {
  switch (option.kind) {
    case ValueKind::kText: return set_text(option, *std::get<std::string*>(field), text);
    case ValueKind::kTextList:
      if (auto good = check_text(text); !good) return good;
      std::get<std::vector<std::string>*>(field)->emplace_back(text);
      return {};
    case ValueKind::kNumberList: return fail(ErrorCode::kInternal, "a list of numbers stands in a file alone");
    case ValueKind::kFlag:
      if (text != "true" && text != "false") {
        return fail(ErrorCode::kInvalid, fmt::format("'{}' is neither true nor false (it takes one of them)", text));
      }
      *std::get<bool*>(field) = text == "true";
      return {};
    case ValueKind::kCount: return set_count(option, field, text);
    case ValueKind::kBytes: return set_bytes(option, field, text);
    case ValueKind::kDuration: return set_duration(option, *std::get<Milliseconds*>(field), text);
  }
  return {};
}

}  // namespace tailwater
