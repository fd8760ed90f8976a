// cargo and go: their test runners and what their compilers say.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

/// running 3 tests
void read_cargo_running(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("running ").size());
  const auto total = take_digits(rest);
  if (line.indent > 0 || !total || (rest != " test" && rest != " tests")) return;
  marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kCargo, .total = *total});
}

/// test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
void read_cargo_totals(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("test result: ").size());
  if (!take(rest, "ok. ") && !take(rest, "FAILED. ")) return;
  const auto passed = take_digits(rest);
  if (!passed || !take(rest, " passed; ")) return;
  const auto failed = take_digits(rest);
  if (!failed || !take(rest, " failed; ")) return;
  const auto ignored = take_digits(rest);
  if (!ignored || !take(rest, " ignored;")) return;
  Mark mark{.kind = MarkKind::kTotals, .source = MarkSource::kCargo, .last = true};
  mark.passed = *passed;
  mark.failed = *failed;
  mark.skipped = *ignored;
  marks.add(mark);
}

/// test module::name ... ok|FAILED|ignored[, why]; of doc tests: test src/lib.rs - name (line 3) ... ok
void read_cargo_test(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("test ").size());
  const std::size_t dots = rest.rfind(" ... ");
  if (dots == std::string_view::npos || line.indent > 0) return;
  const std::string_view word = rest.substr(dots + 5);
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kCargo, .name = rest.substr(0, dots)};
  if (mark.name.ends_with(" - should panic")) mark.name.remove_suffix(15);
  if (word.starts_with("FAILED")) {
    mark.state = RunState::kFailed;
  } else if (word.starts_with("ignored")) {
    mark.state = RunState::kSkipped;
  } else if (!word.starts_with("ok")) {
    return;
  }
  marks.add(mark);
}

/// thread 'tests::name' panicked at 'why', src/lib.rs:8:9, or (from 1.73 on) at src/lib.rs:8:9:
void read_cargo_panic(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("thread '").size());
  const auto name = take_until(rest, "'");
  if (!name || !take_until(rest, "panicked at ")) return;
  std::string_view why;
  if (take(rest, "'")) why = rest.substr(0, rest.rfind("', "));
  marks.add({.kind = MarkKind::kTestSaid, .source = MarkSource::kCargo, .name = *name, .message = why});
}

/// Running unittests src/lib.rs (target/debug/deps/...), Doc-tests name, Compiling name v0.1.0
void read_cargo_phase(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) return;
  std::string_view rest = line.text;
  constexpr auto kSource = MarkSource::kCargo;
  if (take(rest, "Running ")) {
    if (!rest.ends_with(')')) return;
    rest = rest.substr(0, rest.find(" ("));
    marks.add({.kind = MarkKind::kPhase, .source = kSource, .name = marks.keep("cargo test: " + std::string(rest))});
  } else if (rest.starts_with("Doc-tests ")) {
    marks.add({.kind = MarkKind::kPhase, .source = kSource, .name = marks.keep("cargo test: " + std::string(rest))});
  } else if (take(rest, "Compiling ") || take(rest, "Checking ")) {
    const auto name = take_until(rest, " v");
    if (!name) return;
    marks.add({.kind = MarkKind::kProgress, .source = kSource, .title = *name, .fraction = -1});
  }
}

/// error: could not compile `name` ..., error: test failed, to rerun pass `--lib`
void read_cargo_error(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("error: ").size());
  if (line.indent > 0) return;
  if (rest.starts_with("could not compile ") || rest.starts_with("test failed, to rerun pass ") ||
      rest.starts_with("doctest failed, to rerun pass ") || rest.ends_with(" targets failed:") ||
      rest == "1 target failed:") {
    marks.add({.kind = MarkKind::kResult, .source = MarkSource::kCargo, .state = RunState::kFailed});
  }
}

/// === RUN   TestX
void read_go_run(const MarkerLine& line, Marks& marks) {
  const std::string_view name = trimmed(line.text.substr(std::string_view("=== RUN").size()));
  marks.add({.kind = MarkKind::kTestStarted, .source = MarkSource::kGo, .name = name});
}

/// --- FAIL: TestX (0.00s)
void read_go_test(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("--- ").size());
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kGo};
  if (take(rest, "FAIL: ")) {
    mark.state = RunState::kFailed;
  } else if (take(rest, "SKIP: ")) {
    mark.state = RunState::kSkipped;
  } else if (!take(rest, "PASS: ")) {
    return;
  }
  if (!rest.ends_with("s)")) return;
  mark.name = rest.substr(0, rest.rfind(" ("));
  marks.add(mark);
}

/// FAIL<tab>package<tab>0.005s, FAIL<tab>package [build failed], FAIL
void read_go_failed(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("FAIL").size());
  if (line.indent > 0 || (!rest.empty() && rest.front() != '\t')) return;
  if (take(rest, "\t")) {
    const std::string_view package = rest.substr(0, rest.find_first_of("\t "));
    marks.add({.kind = MarkKind::kSuiteNamed, .source = MarkSource::kGo, .suite = package});
  }
  marks.add({.kind = MarkKind::kResult, .source = MarkSource::kGo, .state = RunState::kFailed});
}

/// ok  <tab>package<tab>0.005s
void read_go_passed(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("ok  \t").size());
  if (line.indent > 0 || rest.find('\t') == std::string_view::npos) return;
  marks.add({.kind = MarkKind::kResult, .source = MarkSource::kGo, .state = RunState::kPassed});
}

constexpr std::array kRows{
    MarkerRow{"running ", read_cargo_running}, MarkerRow{"test result: ", read_cargo_totals},
    MarkerRow{"test ", read_cargo_test},       MarkerRow{"thread '", read_cargo_panic},
    MarkerRow{"Running ", read_cargo_phase},   MarkerRow{"Doc-tests ", read_cargo_phase},
    MarkerRow{"Compiling ", read_cargo_phase}, MarkerRow{"Checking ", read_cargo_phase},
    MarkerRow{"error: ", read_cargo_error},    MarkerRow{"=== RUN", read_go_run},
    MarkerRow{"--- ", read_go_test},           MarkerRow{"FAIL", read_go_failed},
    MarkerRow{"ok  \t", read_go_passed},
};

}  // namespace

std::span<const MarkerRow> language_rows() {
  return kRows;
}

}  // namespace tailwater
