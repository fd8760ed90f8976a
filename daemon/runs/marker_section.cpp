// Sections as GitLab, Travis, Buildkite and Jenkins write them, and the lines with which their jobs end.
#include <array>

#include "runs/line_parts.h"
#include "runs/marker_table.h"

namespace tailwater {
namespace {

std::optional<WallTime> seconds_since_epoch(std::string_view text) {
  const auto seconds = parse_number<std::uint32_t>(text);
  if (!seconds) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

/// section_start:1560896352:name[collapsed=true], section_end:1560896353:name
void read_gitlab_section(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text;
  const bool starts = take(rest, "section_start:");
  if (!starts && !take(rest, "section_end:")) return;
  const auto seconds = take_until(rest, ":");
  const auto time = seconds ? seconds_since_epoch(*seconds) : std::nullopt;
  const std::string_view name = rest.substr(0, rest.find('['));
  if (!time || name.empty()) return;
  const auto kind = starts ? MarkKind::kStageOpened : MarkKind::kStageClosed;
  marks.add({.kind = kind, .source = MarkSource::kGitLab, .name = name, .time = time});
}

void add_end(MarkSource source, RunState state, Marks& marks) {
  marks.add({.kind = MarkKind::kResult, .source = source, .state = state, .last = true});
}

void read_gitlab_success(const MarkerLine& line, Marks& marks) {
  if (line.text == "Job succeeded") add_end(MarkSource::kGitLab, RunState::kPassed, marks);
}

/// ERROR: Job failed: exit code 1, ERROR: Job failed (system failure): ..., ERROR: Job failed: canceled
void read_gitlab_failure(const MarkerLine& line, Marks& marks) {
  const std::string_view why = line.text.substr(std::string_view("ERROR: Job failed").size());
  const bool system = why.starts_with(" (");
  const bool canceled = why.starts_with(": canceled");
  add_end(MarkSource::kGitLab, system ? RunState::kErrored : canceled ? RunState::kCanceled : RunState::kFailed, marks);
}

/// travis_fold:start:name, travis_fold:end:name
void read_travis_fold(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("travis_fold:").size());
  const bool starts = take(rest, "start:");
  if ((!starts && !take(rest, "end:")) || rest.empty()) return;
  const auto kind = starts ? MarkKind::kStageOpened : MarkKind::kStageClosed;
  marks.add({.kind = kind, .source = MarkSource::kTravis, .name = rest});
}

/// A number behind `key` in "start=...,finish=...,duration=...", in nanoseconds; as milliseconds.
std::optional<Milliseconds> travis_nanoseconds(std::string_view text, std::string_view key) {
  if (!take_until(text, key)) return std::nullopt;
  const auto number = take_digits(text);
  if (!number || *number > INT64_MAX) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(*number / 1'000'000));
}

/// travis_time:end:0b3f1f2a:start=1520000000000000000,finish=1520000001000000000,duration=1000000000
void read_travis_time(const MarkerLine& line, Marks& marks) {
  const auto start = travis_nanoseconds(line.text, "start=");
  const auto duration = travis_nanoseconds(line.text, "duration=");
  if (!start || !duration) return;
  marks.add(
      {.kind = MarkKind::kStageTimed, .source = MarkSource::kTravis, .time = WallTime(*start), .duration = *duration});
}

RunState by_exit_code(std::string_view code) {
  return code == "0" ? RunState::kPassed : RunState::kFailed;
}

/// Done. Your build exited with 1.
void read_travis_end(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("Done. Your build exited with ").size());
  if (const auto code = take_until(rest, ".")) add_end(MarkSource::kTravis, by_exit_code(*code), marks);
}

/// The command "make" exited with 2.
void read_travis_command(const MarkerLine& line, Marks& marks) {
  constexpr std::string_view kExited = "\" exited with ";
  const std::size_t at = line.text.rfind(kExited);
  if (at == std::string_view::npos) return;
  std::string_view rest = line.text.substr(at + kExited.size());
  const auto code = take_until(rest, ".");
  if (!code || *code == "0") return;
  marks.add({.kind = MarkKind::kResult, .source = MarkSource::kTravis, .state = RunState::kFailed});
}

/// --- name, +++ name, ~~~ name; what looks so and is none: the head of a diff, a test of Go's.
void read_buildkite(const MarkerLine& line, Marks& marks) {
  const std::string_view name = trimmed(line.text.substr(4));
  if (line.indent > 0 || name.empty() || name.find('\t') != std::string_view::npos) return;
  for (const std::string_view no : {"a/", "b/", "/dev/null", "FAIL: ", "PASS: ", "SKIP: ", "BENCH: ", "---", "+++"}) {
    if (name.starts_with(no)) return;
  }
  marks.add({.kind = MarkKind::kHeading, .source = MarkSource::kBuildkite, .last = line.text[0] == '+', .name = name});
}

void read_buildkite_failure(const MarkerLine& line, Marks& marks) {
  if (line.text == "^^^ +++") marks.add({.kind = MarkKind::kStageFailed, .source = MarkSource::kBuildkite});
}

void read_diff(const MarkerLine& line, Marks& marks) {
  if (line.indent == 0) marks.add({.kind = MarkKind::kDiff, .source = MarkSource::kBuildkite});
}

/// [Pipeline] { (Build), [Pipeline] {, [Pipeline] }
void read_jenkins_pipeline(const MarkerLine& line, Marks& marks) {
  std::string_view rest = line.text.substr(std::string_view("[Pipeline] ").size());
  if (rest == "}") {
    marks.add({.kind = MarkKind::kStageClosed, .source = MarkSource::kJenkins});
  } else if (take(rest, "{")) {
    rest = trimmed(rest);
    if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
    marks.add({.kind = MarkKind::kStageOpened, .source = MarkSource::kJenkins, .name = rest});
  }
}

/// Finished: SUCCESS
void read_jenkins_end(const MarkerLine& line, Marks& marks) {
  const std::string_view word = line.text.substr(std::string_view("Finished: ").size());
  if (word == "SUCCESS") add_end(MarkSource::kJenkins, RunState::kPassed, marks);
  if (word == "FAILURE" || word == "UNSTABLE") add_end(MarkSource::kJenkins, RunState::kFailed, marks);
  if (word == "ABORTED") add_end(MarkSource::kJenkins, RunState::kCanceled, marks);
  if (word == "NOT_BUILT") add_end(MarkSource::kJenkins, RunState::kSkipped, marks);
}

constexpr std::array kRows{
    MarkerRow{"section_", read_gitlab_section},
    MarkerRow{"Job succeeded", read_gitlab_success},
    MarkerRow{"ERROR: Job failed", read_gitlab_failure},
    MarkerRow{"travis_fold:", read_travis_fold},
    MarkerRow{"travis_time:end:", read_travis_time},
    MarkerRow{"Done. Your build exited with ", read_travis_end},
    MarkerRow{"The command \"", read_travis_command},
    MarkerRow{"--- ", read_buildkite},
    MarkerRow{"+++ ", read_buildkite},
    MarkerRow{"~~~ ", read_buildkite},
    MarkerRow{"^^^ +++", read_buildkite_failure},
    MarkerRow{"@@ -", read_diff},
    MarkerRow{"[Pipeline] ", read_jenkins_pipeline},
    MarkerRow{"Finished: ", read_jenkins_end},
};

}  // namespace

std::span<const MarkerRow> section_rows() {
  return kRows;
}

}  // namespace tailwater
