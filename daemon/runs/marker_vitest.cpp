// Vitest, in the form that it writes where nobody asks for another.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

constexpr auto kSource = MarkSource::kVitest;

/// RUN  v4.1.12 /path
void read_begin(const MarkerLine& /*line*/, Marks& marks) {
  marks.add({.kind = MarkKind::kSuiteStarted, .source = kSource});
}

/// `1 failed | 3 passed | 1 skipped`, `4 tests | 1 failed`: adds to the mark. False: it is something else.
bool read_counts(std::string_view text, Mark& mark, std::uint64_t& tests) {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  while (true) {
    const auto number = take_digits(text);
    if (!number || *number > UINT32_MAX || !take(text, " ")) return false;
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    if (word == "passed") {
      passed += *number;
    } else if (word == "failed") {
      failed += *number;
    } else if (word == "skipped" || word == "todo") {
      skipped += *number;
    } else if (word == "test" || word == "tests") {
      tests = *number;
    } else {
      return false;
    }
    if (text.empty()) break;
    if (!take(text, " | ")) return false;
  }
  if (tests > 0) passed = tests > failed + skipped ? tests - failed - skipped : 0;
  mark.passed = passed;
  mark.failed = failed;
  mark.skipped = skipped;
  return true;
}

/// A file's line: `a.test.ts (4 tests | 1 failed) 6ms`, behind a sign.
void read_file(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(line.text.find(' ') + 1);
  const auto file = take_until(rest, " (");
  const auto counts = take_until(rest, ")");
  if (!file || !counts) return;
  Mark mark{.kind = MarkKind::kTotals, .source = kSource};
  std::uint64_t tests = 0;
  if (read_counts(*counts, mark, tests) && tests > 0) marks.add(mark);
}

/// FAIL  a.test.ts > a group > is bad
void read_failure(const MarkerLine& line, Marks& marks) {
  const std::string_view rest = trimmed(line.text.substr(std::string_view("FAIL  ").size()));
  Mark mark{.kind = MarkKind::kTestEnded, .source = kSource, .state = RunState::kFailed, .counted = false};
  const std::size_t last = rest.rfind(" > ");
  mark.suite = last == std::string_view::npos ? std::string_view() : rest.substr(0, last);
  mark.name = last == std::string_view::npos ? rest : rest.substr(last + 3);
  if (!mark.name.empty()) marks.add(mark);
}

/// Tests  1 failed | 3 passed (4)
void read_totals(const MarkerLine& line, Marks& marks) {
  std::string_view rest = trimmed(line.text.substr(std::string_view("Tests  ").size()));
  const auto counts = take_until(rest, " (");
  Mark mark{.kind = MarkKind::kTotals, .source = kSource, .last = true};
  std::uint64_t tests = 0;
  if (counts && read_counts(*counts, mark, tests) && tests == 0) marks.add(mark);
}

constexpr std::array kRows{
    MarkerRow{"RUN  v", read_begin},   MarkerRow{"\u2713 ", read_file},   MarkerRow{"\u276F ", read_file},
    MarkerRow{"FAIL  ", read_failure}, MarkerRow{"Tests  ", read_totals},
};

}  // namespace

std::span<const MarkerRow> vitest_rows() {
  return kRows;
}

}  // namespace tailwater
