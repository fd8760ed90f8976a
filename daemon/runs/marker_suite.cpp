// GoogleTest and ctest.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

/// Suite.Name, with `, where GetParam() = ...` behind it and ` (3 ms)` at its end; the latter is only where a test
/// ends.
bool read_gtest_name(std::string_view rest, bool needs_time, Mark& mark) {
  const std::size_t bracket = rest.rfind(" (");
  const bool timed = bracket != std::string_view::npos && rest.ends_with(" ms)");
  if (needs_time && !timed) return false;
  if (timed) rest = rest.substr(0, bracket);
  rest = rest.substr(0, rest.find(", where "));
  const std::size_t dot = rest.find('.');
  if (dot == std::string_view::npos || dot == 0 || rest.find(' ') != std::string_view::npos) return false;
  mark.suite = rest.substr(0, dot);
  mark.name = rest.substr(dot + 1);
  return true;
}

void read_gtest_run(const MarkerLine& line, Marks& marks) {
  Mark mark{.kind = MarkKind::kTestStarted, .source = MarkSource::kGoogleTest};
  if (read_gtest_name(line.text.substr(13), /*needs_time=*/false, mark)) marks.add(mark);
}

void read_gtest_end(const MarkerLine& line, Marks& marks) {
  Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kGoogleTest};
  if (line.text.starts_with("[  FAILED  ]")) mark.state = RunState::kFailed;
  if (line.text.starts_with("[  SKIPPED ]")) mark.state = RunState::kSkipped;
  // At the end of the program each is named once more, without its time.
  if (read_gtest_name(line.text.substr(13), /*needs_time=*/true, mark)) marks.add(mark);
}

/// [==========] Running 4 tests from 1 test suite., [==========] 4 tests from 1 test suite ran. (0 ms total)
void read_gtest_program(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(13);
  const bool begins = take(rest, "Running ");
  const auto number = take_digits(rest);
  if (!number || !(rest.starts_with(" test ") || rest.starts_with(" tests "))) return;
  if (begins) {
    marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kGoogleTest, .total = *number});
  } else if (rest.find(" ran.") != std::string_view::npos) {
    marks.add({.kind = MarkKind::kTotals, .source = MarkSource::kGoogleTest, .last = true});
  }
}

/// Test project /path
void read_ctest_begin(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) marks.add({.kind = MarkKind::kSuiteStarted, .source = MarkSource::kCTest});
}

/// Start 3: name
void read_ctest_start(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("Start ").size());
  skip_blanks(rest);
  if (line.indent == 0 || !take_digits(rest) || !take(rest, ": ")) return;
  marks.add({.kind = MarkKind::kTestStarted, .source = MarkSource::kCTest, .name = rest});
}

struct Outcome {
  std::string_view text;
  RunState state;
};
constexpr std::array kOutcomes{
    Outcome{"   Passed ", RunState::kPassed},
    Outcome{"***Failed", RunState::kFailed},
    Outcome{"***Timeout", RunState::kFailed},
    Outcome{"***Exception", RunState::kFailed},
    Outcome{"***Not Run (Disabled)", RunState::kSkipped},
    Outcome{"***Not Run", RunState::kFailed},
    Outcome{"***Skipped", RunState::kSkipped},
    Outcome{"***Required regular expression not found", RunState::kFailed},
    Outcome{"***Error regular expression found in output", RunState::kFailed},
};

/// 3/10 Test  #3: name .............   Passed    0.02 sec
void read_ctest_test(std::string_view rest, std::uint64_t done, std::uint64_t total, Marks& marks) {
  skip_blanks(rest);
  if (!take(rest, "#") || !take_digits(rest) || !take(rest, ": ")) return;
  for (const Outcome& outcome : kOutcomes) {
    const std::size_t at = rest.rfind(outcome.text);
    if (at == std::string_view::npos) continue;
    std::string_view name = trimmed(rest.substr(0, at));
    while (name.ends_with('.')) name.remove_suffix(1);
    name = trimmed(name);
    if (name.empty() || done > total) return;
    Mark mark{.kind = MarkKind::kTestEnded, .source = MarkSource::kCTest, .state = outcome.state, .name = name};
    if (outcome.state == RunState::kFailed && outcome.text != "***Failed") {
      const std::string_view why = rest.substr(at + 3);
      mark.message = why.substr(0, why.find("  "));
    }
    marks.add(mark);
    marks.add({.kind = MarkKind::kProgress, .source = MarkSource::kCTest, .title = name, .done = done, .total = total});
    return;
  }
}

/// 90% tests passed, 1 tests failed out of 10
void read_ctest_totals(std::string_view rest, Marks& marks) {
  const auto failed = take_digits(rest);
  if (!failed || !(take(rest, " tests failed out of ") || take(rest, " test failed out of "))) return;
  const auto total = take_digits(rest);
  if (!total || *failed > *total) return;
  // Their total may have the skipped ones among those that passed.
  Mark mark{.kind = MarkKind::kTotals, .source = MarkSource::kCTest, .last = true};
  mark.failed = *failed;
  marks.add(mark);
}

void read_number(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  const auto number = take_digits(rest);
  if (!number) return;
  if (take(rest, "/")) {
    const auto total = take_digits(rest);
    if (total && take(rest, " Test")) read_ctest_test(rest, *number, *total, marks);
  } else if (take(rest, "% tests passed, ")) {
    read_ctest_totals(rest, marks);
  }
}

constexpr std::array kRows{
    MarkerRow{"[ RUN      ] ", read_gtest_run},
    MarkerRow{"[       OK ] ", read_gtest_end},
    MarkerRow{"[  FAILED  ] ", read_gtest_end},
    MarkerRow{"[  SKIPPED ] ", read_gtest_end},
    MarkerRow{"[==========] ", read_gtest_program},
    MarkerRow{"Test project ", read_ctest_begin},
    MarkerRow{"Start ", read_ctest_start},
    MarkerRow{"0", read_number},
    MarkerRow{"1", read_number},
    MarkerRow{"2", read_number},
    MarkerRow{"3", read_number},
    MarkerRow{"4", read_number},
    MarkerRow{"5", read_number},
    MarkerRow{"6", read_number},
    MarkerRow{"7", read_number},
    MarkerRow{"8", read_number},
    MarkerRow{"9", read_number},
};

}  // namespace

std::span<const MarkerRow> suite_rows() {
  return kRows;
}

}  // namespace tailwater
