// How the parts of a run are saved: one function for both directions (state_archive.h). Private to runs/.
#pragma once

#include "runs/mark.h"
#include "runs/problem_list.h"
#include "runs/run.h"
#include "runs/stage_stack.h"
#include "runs/state_archive.h"
#include "runs/test_tally.h"

namespace tailwater {

[[nodiscard]] constexpr RunState last_of(RunState /*state*/) {
  return RunState::kLost;
}
[[nodiscard]] constexpr Severity last_of(Severity /*severity*/) {
  return Severity::kError;
}
[[nodiscard]] constexpr MarkSource last_of(MarkSource /*source*/) {
  return MarkSource::kOwn;
}

template <typename Archive>
void archive(Archive& a, RunPlace& place) {
  a(place.generation);
  a(place.offset);
}

template <typename Archive>
void archive(Archive& a, RunStage& stage) {
  a(stage.name);
  a(stage.depth);
  a(stage.state);
  a(stage.started);
  a(stage.ended);
  a(stage.begin);
  a(stage.end);
}

template <typename Archive>
void archive(Archive& a, FailedTest& test) {
  a(test.name);
  a(test.suite);
  a(test.message);
  a(test.at);
}

template <typename Archive>
void archive(Archive& a, RunAnnotation& annotation) {
  a(annotation.severity);
  a(annotation.file);
  a(annotation.line);
  a(annotation.column);
  a(annotation.title);
  a(annotation.message);
  a(annotation.at);
}

template <typename Archive>
void archive(Archive& a, RunProgress& progress) {
  a(progress.done);
  a(progress.total);
  a(progress.fraction);
  a(progress.text);
}

template <typename Archive>
void archive(Archive& a, StageStack::Place& place) {
  a(place.time);
  a(place.begin);
  a(place.end);
}

template <typename Archive>
void archive(Archive& a, StageStack::Open& open) {
  a(open.name);
  a(open.source);
  a(open.kind);
  a(open.worst);
  a(open.listed);
  a(open.title);
}

template <typename Archive>
void archive(Archive& a, TestTally::Numbers& numbers) {
  a(numbers.passed);
  a(numbers.failed);
  a(numbers.skipped);
}

template <typename Archive>
void archive(Archive& a, StageStack& stages) {
  stages.archive_with(a);
}
template <typename Archive>
void archive(Archive& a, TestTally& tally) {
  tally.archive_with(a);
}
template <typename Archive>
void archive(Archive& a, ProblemList& problems) {
  problems.archive_with(a);
}

}  // namespace tailwater
