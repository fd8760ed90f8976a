// How options, their types and their values are written: in help, in the reference and in messages.
#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/time_text.h"
#include "config/option_table.h"

namespace tailwater {
namespace {

/// A basic TOML string. Values that reach this have no control characters.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// "64MiB": the largest unit that divides `bytes`; a text that parse_byte_count reads back.
std::string exact_bytes(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && bytes != 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", bytes, kUnits[unit]);
}

std::string number_text(ValueKind kind, std::uint64_t value) {
  if (kind == ValueKind::kBytes) return exact_bytes(value);
  if (kind == ValueKind::kDuration) return to_duration_text(Milliseconds(static_cast<std::int64_t>(value)));
  return fmt::format("{}", value);
}

std::string range_text(const Option& option) {
  return fmt::format("{} to {}", number_text(option.kind, option.minimum), number_text(option.kind, option.maximum));
}

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a` (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // the rows of a's last two prefixes
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> next(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, std::move(next));
  }
  return row.back();
}

}  // namespace

std::string option_key(const OptionSection& section, const Option& option) {
  return fmt::format("{}.{}", section.name, option.name);
}

std::string value_text(const Option& option, FieldRef field) {
  if (std::string** text = std::get_if<std::string*>(&field)) return quoted(**text);
  if (bool** flag = std::get_if<bool*>(&field)) return **flag ? "true" : "false";
  if (Milliseconds** duration = std::get_if<Milliseconds*>(&field)) return quoted(to_duration_text(**duration));
  if (std::uint64_t** number = std::get_if<std::uint64_t*>(&field)) {
    const std::string text = number_text(option.kind, **number);
    return option.kind == ValueKind::kBytes ? quoted(text) : text;
  }
  if (std::vector<double>** numbers = std::get_if<std::vector<double>*>(&field)) {
    return fmt::format("[{}]", fmt::join(**numbers, ", "));
  }
  std::vector<std::string> items;
  for (const std::string& item : *std::get<std::vector<std::string>*>(field)) items.push_back(quoted(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string default_text(const OptionSection& section, const Option& option) {
  if (!option.default_text.empty()) return std::string(option.default_text);
  if (option.required) return "required";
  Configuration fresh;
  return value_text(option, option.field(section_of(fresh, section)));
}

std::string type_text(const Option& option) {
  switch (option.kind) {
    case ValueKind::kText:
      return option.choices.empty() ? "a text" : fmt::format("one of {}", fmt::join(option.choices, ", "));
    case ValueKind::kTextList: return "a list of texts";
    case ValueKind::kNumberList: return "a list of numbers";
    case ValueKind::kFlag: return "true or false";
    case ValueKind::kCount: return fmt::format("a number, {}", range_text(option));
    case ValueKind::kBytes: return fmt::format("a number of bytes, {}", range_text(option));
    case ValueKind::kDuration: return fmt::format("a duration, {}", range_text(option));
  }
  return {};
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongestWord = 64;  // input is hostile and the distance is quadratic
  if (word.size() > kLongestWord) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tailwater
