// Headings of shell scripts: `==> Title`, as Homebrew, makepkg and many others print them, and the end of such a part
// with what came of it: `<== title: 12 passed, 1 failed, 3:20`.
#include <algorithm>
#include <array>
#include <optional>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

constexpr MarkSource kSource = MarkSource::kScript;
constexpr std::size_t kArrowBytes = 4;

/// ==> ERROR: A failure occurred in build().
bool read_message(std::string_view text, Marks& marks) {
  const bool error = take(text, "ERROR: ");
  if (!error && !take(text, "WARNING: ")) return false;
  marks.add({.kind = MarkKind::kAnnotation,
             .source = kSource,
             .severity = error ? Severity::kError : Severity::kWarning,
             .message = trimmed(text)});
  return true;
}

/// ==> release. None: `==> a.log <==` of tail, `==> default: ` before each line of a machine.
void read_heading(const MarkerLine& line, Marks& marks) {
  const std::string_view title = trimmed(line.text.substr(kArrowBytes));
  if (line.indent > 0 || title.empty() || title.ends_with("<==") || read_message(title, marks)) return;
  if (title.substr(0, title.find(' ')).ends_with(':')) return;
  marks.add({.kind = MarkKind::kHeading, .source = kSource, .name = title});
}

/// 3:20, 1:03:20
std::optional<Milliseconds> read_duration(std::string_view text) {
  std::chrono::seconds sum{0};
  unsigned parts = 0;
  while (true) {
    const auto number = take_digits(text);
    if (!number || *number > 100'000 || ++parts > 3) return std::nullopt;
    sum = sum * 60 + std::chrono::seconds(*number);
    if (text.empty()) return parts > 1 ? std::optional<Milliseconds>(sum) : std::nullopt;
    if (!take(text, ":")) return std::nullopt;
  }
}

bool read_part(std::string_view part, Mark& mark) {
  if (const auto duration = read_duration(part)) {
    mark.duration = duration;
    return true;
  }
  const auto number = take_digits(part);
  if (!number) return false;
  if (part == " passed") mark.passed = number;
  if (part == " failed") mark.failed = number;
  if (part == " skipped") mark.skipped = number;
  return part == " passed" || part == " failed" || part == " skipped";
}

/// <== release: 5780 passed, 0 failed, 5:20. The name ends at the first colon if all behind it is of that kind.
void read_heading_end(const MarkerLine& line, Marks& marks) {
  const std::string_view text = trimmed(line.text.substr(kArrowBytes));
  if (line.indent > 0 || text.empty()) return;
  Mark mark{.kind = MarkKind::kHeadingEnded, .source = kSource, .name = text};
  if (const std::size_t colon = text.find(": "); colon != std::string_view::npos) {
    Mark whole = mark;
    whole.name = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 2);
    bool all = true;
    while (all && !rest.empty()) {
      const std::string_view part = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
      all = read_part(trimmed(part), whole);
    }
    if (all) mark = whole;
  }
  marks.add(mark);
}

constexpr std::array kRows{MarkerRow{"==> ", read_heading}, MarkerRow{"<== ", read_heading_end}};

}  // namespace

std::span<const MarkerRow> script_rows() {
  return kRows;
}

}  // namespace tailwater
