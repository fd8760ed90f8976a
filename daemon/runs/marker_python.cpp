// pytest and unittest.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

/// tests/test_a.py::TestC::test_x: the last part is the test.
void set_pytest_name(std::string_view id, Mark& mark) {
  const std::size_t parameters = std::min(id.find('['), id.size());
  const std::size_t colons = id.substr(0, parameters).rfind("::");
  mark.suite = colons == std::string_view::npos ? std::string_view() : id.substr(0, colons);
  mark.name = colons == std::string_view::npos ? id : id.substr(colons + 2);
}

/// `3 failed, 20 passed, 1 skipped in 1.20s`, between the signs of equality or (-q) alone.
void read_pytest_totals(std::string_view rest, Marks& marks) {
  Mark mark{.kind = MarkKind::kTotals, .source = MarkSource::kPytest, .last = true};
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  std::uint64_t passed = 0;
  bool known = rest.starts_with("no tests ran");
  while (const auto number = take_digits(rest)) {
    if (*number > UINT32_MAX || !take(rest, " ")) return;
    const std::size_t end = std::min(rest.find_first_of(", "), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    if (word == "failed" || word == "error" || word == "errors") {
      failed += *number;
    } else if (word == "passed" || word == "xpassed") {
      passed += *number;
    } else if (word == "skipped" || word == "xfailed") {
      skipped += *number;
    } else if (word != "warning" && word != "warnings" && word != "deselected" && word != "rerun") {
      return;
    }
    known = true;
    if (!take(rest, ", ")) break;
  }
  take(rest, "no tests ran");
  if (!known || !take(rest, " in ")) return;
  mark.passed = passed;
  mark.failed = failed;
  mark.skipped = skipped;
  marks.add(mark);
}

/// ====== test session starts ======
void read_pytest_rule(const MarkerLine& line, Marks& marks) {
  std::string_view text = line.text;
  while (text.starts_with('=')) text.remove_prefix(1);
  while (text.ends_with('=')) text.remove_suffix(1);
  text = trimmed(text);
  if (text == "test session starts") {
    marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kPytest});
  } else if (text == "short test summary info") {
    marks.add({.kind = MarkKind::kRepeats, .source = MarkSource::kPytest});
  } else {
    read_pytest_totals(text, marks);
  }
}

void read_pytest_quiet(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0 && line.text.ends_with('s')) read_pytest_totals(line.text, marks);
}

/// collected 23 items
void read_pytest_collected(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("collected ").size());
  const auto total = take_digits(rest);
  if (!total || !rest.starts_with(" item")) return;
  marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kPytest, .total = *total});
}

/// FAILED tests/test_a.py::test_x - AssertionError: ...
void read_pytest_summary(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  if (!take(rest, "FAILED ") && !take(rest, "ERROR ")) return;
  const std::size_t dash = rest.find(" - ");
  const std::string_view id = rest.substr(0, dash);
  if (id.find(".py") == std::string_view::npos) return;
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kPytest, .state = RunState::kFailed};
  set_pytest_name(id, mark);
  if (dash != std::string_view::npos) mark.message = rest.substr(dash + 3);
  mark.counted = false;  // the totals do
  marks.add(mark);
}

/// FAILED (failures=1, errors=2, skipped=3), OK, OK (skipped=1)
void read_unittest_end(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  if (line.indent > 0) return;
  if (!take(rest, "OK") && !take(rest, "FAILED")) return;
  Mark mark{.kind = MarkKind::kTotals, .source = MarkSource::kUnittest, .last = true};
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  if (take(rest, " (")) {
    while (const auto word = take_until(rest, "=")) {
      const auto number = take_digits(rest);
      if (!number || *number > UINT32_MAX) return;
      if (*word == "failures" || *word == "errors" || *word == "unexpected successes") failed += *number;
      if (*word == "skipped" || *word == "expected failures") skipped += *number;
      take(rest, ", ");
    }
    if (rest != ")") return;
  } else if (!rest.empty()) {
    return;
  }
  mark.failed = failed;
  mark.skipped = skipped;
  marks.add(mark);
}

void read_failed_word(const MarkerLine& line, Marks& marks) {
  read_unittest_end(line, marks);
  if (marks.empty()) read_pytest_summary(line, marks);
}

/// Ran 5 tests in 0.001s
void read_unittest_total(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("Ran ").size());
  const auto total = take_digits(rest);
  if (!total || !(rest.starts_with(" test in ") || rest.starts_with(" tests in "))) return;
  marks.add({.kind = MarkKind::kTotals, .source = MarkSource::kUnittest, .total = *total});
}

/// `test_x (mod.Class.test_x)`, `test_x (mod.Class)`: the last part is the test.
bool set_unittest_name(std::string_view text, Mark& mark) {
  const auto name = take_until(text, " (");
  if (!name || name->empty() || name->find(' ') != std::string_view::npos) return false;
  const auto suite = take_until(text, ")");
  if (!suite) return false;
  mark.name = *name;
  mark.suite = *suite;
  if (mark.suite.size() > name->size() && mark.suite.ends_with(*name)) {
    const std::size_t dot = mark.suite.size() - name->size() - 1;
    if (mark.suite[dot] == '.') mark.suite = mark.suite.substr(0, dot);
  }
  return true;
}

/// FAIL: test_x (mod.Class), ERROR: test_x (mod.Class)
void read_unittest_failure(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  if (line.indent > 0 || !take_until(rest, ": ")) return;
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kUnittest, .state = RunState::kFailed};
  mark.counted = false;  // the totals do
  if (rest.ends_with(')') && set_unittest_name(rest, mark)) marks.add(mark);
}

/// test_x (mod.Class) ... ok|FAIL|ERROR|skipped 'why'
void read_unittest_test(const MarkerLine& line, Marks& marks) {
  const std::size_t dots = line.text.rfind(" ... ");
  if (dots == std::string_view::npos || line.indent > 0) return;
  const std::string_view word = line.text.substr(dots + 5);
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kUnittest};
  if (!set_unittest_name(line.text.substr(0, dots), mark)) return;
  if (word == "FAIL" || word == "ERROR") {
    mark.state = RunState::kFailed;
  } else if (word.starts_with("skipped")) {
    mark.state = RunState::kSkipped;
  } else if (word != "ok") {
    return;
  }
  marks.add(mark);
}

constexpr std::array kRows{
    MarkerRow{"=", read_pytest_rule},           MarkerRow{"collected ", read_pytest_collected},
    MarkerRow{"FAILED ", read_failed_word},     MarkerRow{"ERROR ", read_pytest_summary},
    MarkerRow{"OK", read_unittest_end},         MarkerRow{"Ran ", read_unittest_total},
    MarkerRow{"FAIL: ", read_unittest_failure}, MarkerRow{"ERROR: ", read_unittest_failure},
    MarkerRow{"test", read_unittest_test},      MarkerRow{"1", read_pytest_quiet},
    MarkerRow{"2", read_pytest_quiet},          MarkerRow{"3", read_pytest_quiet},
    MarkerRow{"4", read_pytest_quiet},          MarkerRow{"5", read_pytest_quiet},
    MarkerRow{"6", read_pytest_quiet},          MarkerRow{"7", read_pytest_quiet},
    MarkerRow{"8", read_pytest_quiet},          MarkerRow{"9", read_pytest_quiet},
};

}  // namespace

std::span<const MarkerRow> python_rows() {
  return kRows;
}

/// `tests/test_a.py ..F.s [ 40%]`, `tests/test_a.py::test_x PASSED [ 40%]`
void read_pytest_progress(const MarkerLine& line, Marks& marks) {
  const std::size_t bracket = line.text.rfind('[');
  if (bracket == std::string_view::npos) return;
  std::string_view number = line.text.substr(bracket + 1);
  skip_blanks(number);
  const auto percent = take_digits(number);
  std::string_view head = trimmed(line.text.substr(0, bracket));
  if (!percent || *percent > 100 || number != "%]") return;
  // Without -v there are but dots and letters behind the file's name, and not even that in a line that goes on.
  const std::size_t blank = head.rfind(' ');
  const std::string_view word = blank == std::string_view::npos ? head : head.substr(blank + 1);
  Mark test{.kind = MarkKind::kTestEnded, .source = MarkSource::kPytest};
  const bool named = head.find(".py::") != std::string_view::npos;
  if (named && (word == "PASSED" || word == "XPASS")) {
    test.state = RunState::kPassed;
  } else if (named && (word == "FAILED" || word == "ERROR")) {
    test.state = RunState::kFailed;
  } else if (named) {
    test.state = RunState::kSkipped;
  } else if (head.find_first_not_of(".FEsxXR", blank == std::string_view::npos ? 0 : blank + 1) !=
             std::string_view::npos) {
    return;
  }
  const std::string_view id = head.substr(0, head.find(' '));
  if (named) {
    set_pytest_name(id, test);
    marks.add(test);
  }
  marks.add({.kind = MarkKind::kProgress,
             .source = MarkSource::kPytest,
             .title = named || blank != std::string_view::npos ? id : std::string_view(),
             .fraction = static_cast<double>(*percent) / 100});
}

}  // namespace tailwater
