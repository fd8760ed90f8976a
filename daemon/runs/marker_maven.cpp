// Maven with Surefire, and the last line of Gradle and Ant.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

constexpr auto kSource = MarkSource::kMaven;

/// --- maven-surefire-plugin:2.22.3:test (default-test) @ app ---, or surefire:3.2.5:test: "surefire:test @ app"
bool read_plugin(std::string_view rest, Marks& marks) {
  if (!take(rest, "--- ") || !rest.ends_with(" ---")) return false;
  rest.remove_suffix(4);
  auto plugin = take_until(rest, ":");
  if (!plugin || !take_until(rest, ":")) return false;
  const auto goal = take_until(rest, " (");
  const auto execution = take_until(rest, ") @ ");
  if (!goal || !execution) return false;
  if (take(*plugin, "maven-") && plugin->ends_with("-plugin")) plugin->remove_suffix(7);
  std::string name(*plugin);
  name.append(":").append(*goal).append(" @ ").append(rest);
  marks.add({.kind = MarkKind::kPhase, .source = kSource, .name = marks.keep(std::move(name))});
  return true;
}

/// Building app 1.0  [2/5]
bool read_module(std::string_view rest, Marks& marks) {
  if (!take(rest, "Building ") || !rest.ends_with(']')) return false;
  std::string_view name = rest;
  const auto title = take_until(name, " [");
  const auto done = take_digits(name);
  if (!title || !done || !take(name, "/")) return false;
  const auto total = take_digits(name);
  if (!total || *done == 0 || *done > *total) return false;
  // The module that begins is not done yet.
  marks.add(
      {.kind = MarkKind::kProgress, .source = kSource, .title = trimmed(*title), .done = *done - 1, .total = *total});
  return true;
}

std::optional<std::uint64_t> take_field(std::string_view& rest, std::string_view name) {
  if (!take(rest, name)) return std::nullopt;
  const auto number = take_digits(rest);
  take(rest, ", ");
  return number;
}

/// Tests run: 3, Failures: 1, Errors: 0, Skipped: 0[, Time elapsed: 0.1 s ... - in ClassTest]
bool read_totals(std::string_view rest, Marks& marks) {
  const auto run = take_field(rest, "Tests run: ");
  const auto failures = take_field(rest, "Failures: ");
  const auto errors = take_field(rest, "Errors: ");
  const auto skipped = take_field(rest, "Skipped: ");
  if (!run || !failures || !errors || !skipped) return false;
  const std::uint64_t failed = *failures + *errors;
  if (*run > UINT32_MAX || failed > *run || *skipped > *run - failed) return false;
  Mark mark{.kind = MarkKind::kTotals, .source = kSource};
  mark.passed = *run - failed - *skipped;
  mark.failed = failed;
  mark.skipped = *skipped;
  // A line with a time is of one class and adds to those before it; the one without is of all of them.
  mark.last = !rest.starts_with("Time elapsed: ");
  marks.add(mark);
  return true;
}

/// testX(org.ClassTest)  Time elapsed: 0.003 s  <<< FAILURE!, or org.ClassTest.testX -- Time elapsed: 0.003 s <<<
/// ERROR!
bool read_failed_test(std::string_view rest, Marks& marks) {
  if (!rest.ends_with("<<< FAILURE!") && !rest.ends_with("<<< ERROR!")) return false;
  const auto head = take_until(rest, "Time elapsed: ");
  if (!head || head->empty()) return false;
  std::string_view name = trimmed(*head);
  if (name.ends_with("--")) name = trimmed(name.substr(0, name.size() - 2));
  Mark mark{.kind = MarkKind::kTestEnded, .source = kSource, .state = RunState::kFailed, .counted = false};
  if (const std::size_t bracket = name.find('('); bracket != std::string_view::npos && name.ends_with(')')) {
    mark.suite = name.substr(bracket + 1, name.size() - bracket - 2);
    mark.name = name.substr(0, bracket);
  } else {
    const std::size_t dot = name.rfind('.');
    mark.suite = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
    mark.name = dot == std::string_view::npos ? name : name.substr(dot + 1);
  }
  if (!mark.name.empty()) marks.add(mark);
  return !mark.name.empty();
}

/// /src/App.java:[5,9] cannot find symbol
bool read_place(std::string_view rest, Severity severity, Marks& marks) {
  const auto file = take_until(rest, ":[");
  if (!file) return false;
  const auto line = take_digits(rest);
  if (!line || !take(rest, ",")) return false;
  const auto column = take_digits(rest);
  if (!column || !take(rest, "]")) return false;
  Mark mark{.kind = MarkKind::kAnnotation, .source = kSource, .severity = severity};
  mark.file = *file;
  mark.line = static_cast<std::uint32_t>(std::min<std::uint64_t>(*line, UINT32_MAX));
  mark.column = static_cast<std::uint32_t>(std::min<std::uint64_t>(*column, UINT32_MAX));
  mark.message = trimmed(rest);
  marks.add(mark);
  return true;
}

void read_result(std::string_view rest, Marks& marks) {
  const bool failed = rest.starts_with("BUILD FAIL");
  if (!failed && !rest.starts_with("BUILD SUCCESS")) return;
  marks.add({.kind = MarkKind::kResult, .source = kSource, .state = failed ? RunState::kFailed : RunState::kPassed});
}

void read_info(const MarkerLine& line, Marks& marks) {
  const std::string_view rest = line.text.substr(std::string_view("[INFO] ").size());
  if (read_plugin(rest, marks) || read_module(rest, marks) || read_totals(rest, marks)) return;
  read_result(rest, marks);
}

void read_warning(const MarkerLine& line, Marks& marks) {
  const std::string_view rest = line.text.substr(std::string_view("[WARNING] ").size());
  if (!read_totals(rest, marks)) read_place(rest, Severity::kWarning, marks);
}

void read_error(const MarkerLine& line, Marks& marks) {
  const std::string_view rest = line.text.substr(std::string_view("[ERROR] ").size());
  if (read_totals(rest, marks) || read_failed_test(rest, marks) || read_place(rest, Severity::kError, marks)) return;
  read_result(rest, marks);
}

void read_bare(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) read_result(line.text, marks);
}

constexpr std::array kRows{
    MarkerRow{"[INFO] ", read_info},
    MarkerRow{"[WARNING] ", read_warning},
    MarkerRow{"[ERROR] ", read_error},
    MarkerRow{"BUILD ", read_bare},
};

}  // namespace

std::span<const MarkerRow> maven_rows() {
  return kRows;
}

}  // namespace tailwater
