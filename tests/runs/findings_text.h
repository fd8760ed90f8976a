// What RunBuilder found, as a text that a person can check: one line for each thing. Beside it the lines of a log as a
// builder gets them.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runs/run_builder.h"

namespace tailwater {

inline constexpr WallTime kLogTime{std::chrono::seconds(1'800'000'000)};

/// Each line of `log` arrives a second after the one before.
inline void add_lines(RunBuilder& builder, std::string_view log) {
  const std::size_t size = log.size();
  std::size_t at = 0;
  for (unsigned line = 0; at < size; ++line) {
    const std::size_t end = std::min(log.find('\n', at), size);
    builder.add({log.substr(at, end - at), {0, at}, {0, end + 1}, kLogTime + std::chrono::seconds(line)});
    at = end + 1;
  }
}

inline std::string time_text(WallTime time) {
  const auto since = (time - kLogTime).count();
  // Those by a job's own account are of another time.
  return since >= 0 && since < 86'400'000 ? fmt::format("+{}s", since / 1000)
                                          : fmt::format("{}ms", time.time_since_epoch().count());
}

inline std::string place_text(std::string_view file, std::uint32_t line, std::uint32_t column) {
  return fmt::format("{}:{}:{}", file, line, column);
}

inline std::string quoted_lines(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

inline std::string findings_text(const RunFindings& found) {
  std::string out = fmt::format("state {} outcome {} lines {}\n", to_text(found.state),
                                found.outcome ? to_text(*found.outcome) : "none", found.lines);
  out += fmt::format("stage {}\n", found.stage.empty() ? "none" : found.stage);
  if (found.progress) {
    out += fmt::format("progress {}/{} {:.2f} {}\n", found.progress->done, found.progress->total,
                       found.progress->fraction, found.progress->text);
  }
  out += fmt::format("tests passed {} failed {} skipped {}\n", found.counts.passed, found.counts.failed,
                     found.counts.skipped);
  out += fmt::format("problems errors {} warnings {}\n", found.counts.errors, found.counts.warnings);
  for (const RunStage& stage : found.stages) {
    out += fmt::format("{:{}}stage {} {} {} to {} bytes {} to {}\n", "", 2 * stage.depth, stage.name,
                       to_text(stage.state), time_text(stage.started), stage.ended ? time_text(*stage.ended) : "open",
                       stage.begin.offset, stage.end ? fmt::to_string(stage.end->offset) : "open");
  }
  for (const FailedTest& test : found.failed_tests) {
    out += fmt::format("failed [{}] {} at {}: {}\n", test.suite, test.name, test.at.offset, quoted_lines(test.message));
  }
  for (const RunAnnotation& one : found.annotations) {
    out += fmt::format("{} {} at {}: [{}] {}\n", to_text(one.severity), place_text(one.file, one.line, one.column),
                       one.at.offset, one.title, quoted_lines(one.message));
  }
  if (found.dropped != RunDropped{}) {
    out += fmt::format("dropped stages {} failed tests {} annotations {}\n", found.dropped.stages,
                       found.dropped.failed_tests, found.dropped.annotations);
  }
  return out;
}

}  // namespace tailwater
