// TAP (Test Anything Protocol 13 and 14), node's runner in its `spec` form, and perl's prove.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

void read_version(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kTap});
}

/// 1..N
void read_plan(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(3);
  const auto total = take_digits(rest);
  if (line.indent > 0 || !total || (!rest.empty() && !trimmed(rest).starts_with('#'))) return;
  marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kTap, .total = *total});
}

bool starts_ignoring_case(std::string_view text, std::string_view upper) {
  if (text.size() < upper.size()) return false;
  for (std::size_t i = 0; i < upper.size(); ++i) {
    const char c = text[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c) != upper[i]) return false;
  }
  return true;
}

/// `[not ]ok N - name # SKIP why`. Subtests are indented: their failures are named, but the test around them counts.
void read_point(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  const bool failed = take(rest, "not ");
  if (!take(rest, "ok ")) return;
  if (!take_digits(rest) || (!rest.empty() && rest.front() != ' ')) return;
  rest = trimmed(rest);
  if (take(rest, "-")) rest = trimmed(rest);
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kTap};
  mark.state = failed ? RunState::kFailed : RunState::kPassed;
  const std::size_t hash = rest.rfind(" #");
  const std::string_view directive = hash == std::string_view::npos && !rest.starts_with('#')
                                         ? std::string_view()
                                         : trimmed(rest.substr(rest.starts_with('#') ? 1 : hash + 2));
  if (starts_ignoring_case(directive, "SKIP") || starts_ignoring_case(directive, "TODO")) {
    mark.state = RunState::kSkipped;
    rest = rest.starts_with('#') ? std::string_view() : trimmed(rest.substr(0, hash));
  }
  mark.name = rest;
  mark.counted = line.indent == 0;
  if (mark.counted || mark.state == RunState::kFailed) marks.add(mark);
}

void read_bail_out(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("Bail out!").size());
  if (line.indent > 0) return;
  marks.add({.kind = MarkKind::kAnnotation,
             .source = MarkSource::kTap,
             .title = "Bail out!",
             .message = rest.empty() ? line.text : trimmed(rest)});
  marks.add({.kind = MarkKind::kResult, .source = MarkSource::kTap, .state = RunState::kErrored});
}

/// `pass 3`, `fail 1`...: what node's runner ends with, after "# " or "ℹ ".
void read_node_total(std::string_view rest, MarkSource source, Marks& marks) {
  const auto word = take_until(rest, " ");
  if (!word) return;
  Mark mark{.kind = MarkKind::kTotals, .source = source};
  if (*word == "duration_ms") {
    mark.last = true;
    marks.add(mark);
    return;
  }
  const auto number = take_digits(rest);
  if (!number || !rest.empty()) return;
  if (*word == "pass") {
    mark.passed = *number;
  } else if (*word == "fail" || *word == "cancelled") {
    mark.failed = *number;
  } else if (*word == "skipped" || *word == "todo") {
    mark.skipped = *number;
  } else {
    return;
  }
  marks.add(mark);
}

void read_tap_comment(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) read_node_total(line.text.substr(2), MarkSource::kTap, marks);
}

/// #   Failed test 'name'
void read_failed_test(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("#   Failed test").size());
  // Its point in the protocol counts, or (prove keeps that to itself) prove's own line.
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kTap, .state = RunState::kFailed, .counted = false};
  if (!take(rest, " '") || !rest.ends_with('\'')) return;
  mark.name = rest.substr(0, rest.size() - 1);
  marks.add(mark);
}

/// Failed 1/4 subtests, which may stand behind the file's name
void read_prove_failure(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  if (!take_until(rest, "Failed ")) return;
  const auto failed = take_digits(rest);
  if (!failed || !take(rest, "/")) return;
  const auto total = take_digits(rest);
  if (!total || *failed > *total || *total > UINT32_MAX || !rest.starts_with(" subtest")) return;
  Mark mark{.kind = MarkKind::kTotals, .source = MarkSource::kProve};
  mark.failed = *failed;
  marks.add(mark);
}

/// Files=2, Tests=6, ...
void read_prove_totals(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("Files=").size());
  if (!take_digits(rest) || !take(rest, ", Tests=")) return;
  const auto tests = take_digits(rest);
  if (!tests || !take(rest, ",")) return;
  marks.add({.kind = MarkKind::kTotals, .source = MarkSource::kProve, .last = true, .total = *tests});
}

void read_prove_result(const MarkerLine& line, Marks& marks) {
  const std::string_view word = line.text.substr(std::string_view("Result: ").size());
  if (word != "PASS" && word != "FAIL") return;
  const auto state = word == "PASS" ? RunState::kPassed : RunState::kFailed;
  marks.add({.kind = MarkKind::kResult, .source = MarkSource::kProve, .state = state});
}

/// `name (1.25ms)` behind node's signs.
std::string_view without_duration(std::string_view text) {
  if (!text.ends_with("ms)")) return text;
  const std::size_t bracket = text.rfind(" (");
  return bracket == std::string_view::npos ? text : text.substr(0, bracket);
}

void read_spec(std::string_view rest, RunState state, Marks& marks) {
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kNode, .state = state};
  std::string_view text = trimmed(rest);
  if (const std::size_t why = text.rfind("ms) # "); why != std::string_view::npos) {
    if (text.substr(why).starts_with("ms) # TODO")) state = mark.state = RunState::kSkipped;
    text = text.substr(0, why + 3);
  }
  mark.name = without_duration(text);
  // Without a duration it may be a line of any tool with a liking for signs.
  if (mark.name.empty() || mark.name.size() == text.size()) return;
  marks.add(mark);
}

/// `▶ name`; before Node 20 with a duration behind it at its end.
void read_spec_group(const MarkerLine& line, Marks& marks) {
  const std::string_view name = line.text.substr(4);
  if (without_duration(name).size() < name.size()) return;
  marks.add({.kind = MarkKind::kGroupStarted, .source = MarkSource::kNode, .name = name});
}

void read_spec_passed(const MarkerLine& line, Marks& marks) {
  read_spec(line.text.substr(4), RunState::kPassed, marks);
}

void read_spec_failed(const MarkerLine& line, Marks& marks) {
  const std::string_view rest = line.text.substr(4);
  if (rest == "failing tests:") {
    marks.add({.kind = MarkKind::kRepeats, .source = MarkSource::kNode});
  } else {
    read_spec(rest, RunState::kFailed, marks);
  }
}

void read_spec_skipped(const MarkerLine& line, Marks& marks) {
  read_spec(line.text.substr(4), RunState::kSkipped, marks);
}

void read_spec_total(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) read_node_total(line.text.substr(4), MarkSource::kNode, marks);
}

constexpr std::array kRows{
    MarkerRow{"TAP version ", read_version},
    MarkerRow{"1..", read_plan},
    MarkerRow{"ok ", read_point},
    MarkerRow{"not ok ", read_point},
    MarkerRow{"Bail out!", read_bail_out},
    MarkerRow{"#   Failed test", read_failed_test},
    MarkerRow{"# ", read_tap_comment},
    MarkerRow{"Failed ", read_prove_failure},
    MarkerRow{"Files=", read_prove_totals},
    MarkerRow{"Result: ", read_prove_result},
    MarkerRow{"\u25B6 ", read_spec_group},
    MarkerRow{"\u2714 ", read_spec_passed},
    MarkerRow{"\u2716 ", read_spec_failed},
    MarkerRow{"\uFE63 ", read_spec_skipped},
    MarkerRow{"\u2139 ", read_spec_total},
};

}  // namespace

std::span<const MarkerRow> tap_rows() {
  return kRows;
}

}  // namespace tailwater
