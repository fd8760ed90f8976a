#include "sdjournal/sequence_marks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::size_t kIdDigits = 32;

bool is_id(std::string_view text) {
  return text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::optional<std::uint64_t> SequenceMarks::of(std::string_view sequence) const {
  for (const auto& [name, number] : marks_) {
    if (name == sequence) return number;
  }
  return std::nullopt;
}

void SequenceMarks::raise(std::string_view sequence, std::uint64_t number) {
  if (!is_id(sequence)) return;
  const auto known =
      std::find_if(marks_.begin(), marks_.end(), [sequence](const auto& mark) { return mark.first == sequence; });
  if (known == marks_.end()) {
    if (marks_.size() == kMax) marks_.pop_back();
    marks_.emplace_front(sequence, number);
    return;
  }
  known->second = std::max(known->second, number);
  if (known != marks_.begin()) marks_.splice(marks_.begin(), marks_, known);
}

std::string SequenceMarks::to_text() const {
  std::string text;
  for (const auto& [name, number] : marks_) {
    if (!text.empty()) text += ',';
    text += fmt::format("{}={}", name, number);
  }
  return text.empty() ? "-" : text;
}

std::optional<SequenceMarks> SequenceMarks::parse(std::string_view text) {
  SequenceMarks marks;
  if (text == "-") return marks;
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    if (!is_id(part.substr(0, part.find('=')))) return std::nullopt;
    const auto number = parse_number<std::uint64_t>(part.substr(std::min(kIdDigits + 1, part.size())));
    const bool is_new = !marks.of(part.substr(0, kIdDigits));
    if (!number || !is_new || marks.marks_.size() == kMax) return std::nullopt;
    marks.marks_.emplace_back(part.substr(0, kIdDigits), *number);
    if (part.size() == text.size()) return marks;
    text.remove_prefix(part.size() + 1);
  }
}

}  // namespace tailwater
