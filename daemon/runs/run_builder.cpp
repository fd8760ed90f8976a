#include "runs/run_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runs/plain_text.h"
#include "runs/recogniser.h"
#include "runs/run_archive.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kFormat = 3;
constexpr std::size_t kMaxTextBytes = 200;
constexpr std::size_t kMaxWordBytes = 256;
/// Each stage begins and ends once; at both another one may be the innermost for a line.
constexpr std::size_t kMaxStageChanges = 4 * StageStack::kMaxStages;

bool is_build_tool(MarkSource source) {
  return source == MarkSource::kNinja || source == MarkSource::kMake || source == MarkSource::kCMake;
}

bool is_failure(RunState state) {
  return state == RunState::kFailed || state == RunState::kErrored || state == RunState::kCanceled;
}

}  // namespace

std::string_view phase_name(MarkSource source) {
  switch (source) {
    case MarkSource::kNinja: return "ninja";
    case MarkSource::kCMake: return "cmake";
    case MarkSource::kMake: return "make";
    case MarkSource::kMaven: return "Maven";
    case MarkSource::kTap:
    case MarkSource::kNode: return "tests";
    case MarkSource::kVitest: return "vitest";
    case MarkSource::kProve: return "prove";
    case MarkSource::kGoogleTest: return "GoogleTest";
    case MarkSource::kCTest: return "ctest";
    case MarkSource::kPytest: return "pytest";
    case MarkSource::kUnittest: return "unittest";
    case MarkSource::kCargo: return "cargo";
    case MarkSource::kGo: return "go test";
    case MarkSource::kGitHub:
    case MarkSource::kGitLab:
    case MarkSource::kTeamCity:
    case MarkSource::kAzure:
    case MarkSource::kTravis:
    case MarkSource::kBuildkite:
    case MarkSource::kJenkins:
    case MarkSource::kCompiler:
    case MarkSource::kScript:
    case MarkSource::kOwn: break;
  }
  return {};
}

RunBuilder::RunBuilder(std::shared_ptr<const OwnRules> rules) : rules_(std::move(rules)) {}

void RunBuilder::add(const RunLine& line) {
  ++lines_;
  if (!first_line_) {
    first_line_ = line.time;
    ++version_;
  }
  if (!is_final(state_)) state_ = RunState::kRunning;
  last_line_ = line.time;
  last_place_ = line.end;
  titled_.reset();
  const StageStack::Place place{line.time, line.begin, line.end};
  if (line.line.empty()) {
    if (!held_.empty()) release_headings();
    if (problems_.is_listening()) problems_.hear({});
    note_stage(line.end);
    return;
  }
  visit_parts(line.line, kMaxMarkerBytes, plain_, [&](std::string_view part) { read_part(part, place); });
  note_stage(line.end);
}

/// As it is known now: a heading that this line has made certain changes nothing for its own line.
void RunBuilder::note_stage(const RunPlace& end) {
  if (noted_version_ == stages_.version()) return;
  noted_version_ = stages_.version();
  change_stage(end, stages_.innermost_at(end));
  // What this line has closed holds it still.
  const RunPlace behind{end.generation, end.offset + 1};
  change_stage(behind, stages_.innermost_at(behind));
}

void RunBuilder::change_stage(const RunPlace& from, std::uint32_t stage) {
  stage_map_.reset();
  const StageMap::Place place{from.generation, from.offset};
  if (!stage_changes_.empty() && stage_changes_.back().from == place) stage_changes_.pop_back();
  const std::uint32_t before = stage_changes_.empty() ? 0 : stage_changes_.back().name;
  if (before != stage) stage_changes_.push_back({place, stage});
}

const std::shared_ptr<const StageMap>& RunBuilder::stage_map() {
  if (stage_map_ == nullptr) stage_map_ = std::make_shared<const StageMap>(make_stage_map());
  return stage_map_;
}

void RunBuilder::read_part(std::string_view part, const StageStack::Place& place) {
  marks_.clear();
  if (rules_ != nullptr) rules_->recognise(part, marks_);
  if (marks_.empty()) recognise(part, marks_);
  const bool is_diff = held_.size() == 2 && !marks_.empty() && marks_.begin()->kind == MarkKind::kDiff;
  if (is_diff) held_.clear();
  const bool is_second = held_.size() == 1 && !marks_.empty() && marks_.begin()->kind == MarkKind::kHeading &&
                         marks_.begin()->last && marks_.begin()->source == MarkSource::kBuildkite;
  if (!is_second) release_headings();
  if (marks_.empty()) {
    if (titled_ && !part.starts_with("travis_time:start:")) {
      stages_.set_title(*titled_, part);
      titled_.reset();
      ++version_;
    } else if (problems_.is_listening() && problems_.hear(part)) {
      ++version_;
    }
    return;
  }
  for (const Mark& mark : marks_) apply(mark, place);
  ++version_;
}

void RunBuilder::apply(const Mark& mark, const StageStack::Place& line) {
  if (mark.source == MarkSource::kGitHub && !stop_word_.empty()) {
    if (mark.kind == MarkKind::kCommandsResumed && mark.name == stop_word_) stop_word_.clear();
    return;
  }
  StageStack::Place place = line;
  if (mark.time) place.time = *mark.time;
  if (mark.kind != MarkKind::kAnnotationPlace && mark.kind != MarkKind::kTestSaid) problems_.stop_listening();
  switch (mark.kind) {
    case MarkKind::kStageOpened:
    case MarkKind::kStageClosed:
    case MarkKind::kStageTimed:
    case MarkKind::kStageFailed:
    case MarkKind::kHeading:
    case MarkKind::kHeadingEnded:
    case MarkKind::kPhase:
    case MarkKind::kDiff: return apply_stage(mark, place);
    case MarkKind::kProgress: return apply_progress(mark, place);
    case MarkKind::kSuiteStarted:
    case MarkKind::kGroupStarted:
    case MarkKind::kTestStarted:
    case MarkKind::kTestEnded:
    case MarkKind::kTestSaid:
    case MarkKind::kSuiteNamed:
    case MarkKind::kTotals:
    case MarkKind::kRepeats: return apply_test(mark, place);
    case MarkKind::kAnnotation: {
      const bool explains = mark.source == MarkSource::kGoogleTest && tally_.runner() == MarkSource::kCTest;
      return problems_.add_annotation(mark, place.end, explains);
    }
    case MarkKind::kAnnotationPlace: return problems_.set_place(mark);
    case MarkKind::kResult: return apply_result(mark);
    case MarkKind::kCommandsStopped: stop_word_ = mark.name.substr(0, kMaxWordBytes); return;
    case MarkKind::kCommandsResumed: return;
  }
}

void RunBuilder::apply_stage(const Mark& mark, const StageStack::Place& place) {
  switch (mark.kind) {
    case MarkKind::kStageOpened:
      stages_.open(mark.source, mark.name, place);
      if (mark.source == MarkSource::kGitLab || mark.source == MarkSource::kTravis) titled_ = mark.source;
      break;
    case MarkKind::kStageClosed: stages_.close(mark.source, mark.name, place); break;
    case MarkKind::kStageTimed: stages_.set_times(mark.source, *mark.time, *mark.duration); break;
    case MarkKind::kStageFailed: stages_.fail_heading(); break;
    case MarkKind::kHeading:
      if (mark.source == MarkSource::kBuildkite) return hold_heading(mark, place);
      stages_.begin_heading(mark.source, mark.name, place);
      if (mark.source == MarkSource::kScript) begin_part();
      break;
    case MarkKind::kHeadingEnded: end_part(mark, place); break;
    case MarkKind::kPhase: return enter_phase(mark.source, mark.name, place);
    default: return;  // NOLINT: apply() sends no other
  }
  // Whose phase was closed with it has no more tests.
  if (tally_.runner() && !stages_.has_phase(*tally_.runner())) tally_.finish();
  if (progress_ && is_build_tool(progress_source_) && !stages_.has_phase(progress_source_)) progress_.reset();
}

/// A script's own account of a part stands for what its runners were seen to count there.
void RunBuilder::begin_part() {
  tally_.begin_part();
  progress_.reset();
  failed_before_part_ = problems_.failed_tests().size() + problems_.dropped_tests();
}

void RunBuilder::end_part(const Mark& mark, const StageStack::Place& place) {
  if (!stages_.has_heading(mark.source, mark.name)) return;
  tally_.end_part(mark);
  progress_.reset();
  if (mark.duration) stages_.set_times(mark.source, place.time - *mark.duration, *mark.duration);
  stages_.close(mark.source, mark.name, place, mark.failed.value_or(0) > 0 ? RunState::kFailed : RunState::kPassed);
  if (mark.failed.value_or(0) > 0) {
    outcome_ = worse_of(outcome_.value_or(RunState::kPassed), RunState::kFailed);
    // Something has failed that has no name of its own.
    if (problems_.failed_tests().size() + problems_.dropped_tests() == failed_before_part_) {
      problems_.add_failed_test(mark, place.end);
    }
  } else if (mark.passed.value_or(0) > 0 && !outcome_) {
    outcome_ = RunState::kPassed;
  }
}

void RunBuilder::hold_heading(const Mark& mark, const StageStack::Place& place) {
  held_.push_back({shown_text(mark.name, StageStack::kMaxNameBytes), mark.source, place});
}

void RunBuilder::release_headings() {
  for (const Heading& heading : std::exchange(held_, {})) {
    stages_.begin_heading(heading.source, heading.name, heading.place);
    tally_.finish();
    progress_.reset();
    ++version_;
  }
}

void RunBuilder::enter_phase(MarkSource source, std::string_view name, const StageStack::Place& place) {
  // What a test prints may look like a build's output.
  if (tally_.is_announced() && tally_.runner() != source) return;
  if (name.empty()) {
    name = phase_name(source);
    if (name.empty() || stages_.has_phase(source)) return;
  }
  if (!stages_.has_phase(source)) {
    tally_.finish();
    progress_.reset();
  }
  stages_.begin_phase(source, name, place);
}

void RunBuilder::apply_progress(const Mark& mark, const StageStack::Place& place) {
  if (tally_.is_announced() && tally_.runner() != mark.source) return;
  const bool again = progress_ && progress_source_ == mark.source && mark.total > 0 && mark.done < progress_->done &&
                     mark.source == MarkSource::kNinja;
  if (again) stages_.end_phase(place);
  // Maven's are of modules, within which its plugins have theirs.
  if (mark.source != MarkSource::kMaven) enter_phase(mark.source, {}, place);
  if (!progress_ || progress_source_ != mark.source) progress_ = RunProgress{};
  progress_source_ = mark.source;
  if (mark.total > 0) {
    progress_->done = mark.done;
    progress_->total = mark.total;
    progress_->fraction = static_cast<double>(mark.done) / static_cast<double>(mark.total);
  } else if (mark.fraction >= 0) {
    progress_->fraction = mark.fraction;
    progress_->done = static_cast<std::uint64_t>(std::llround(mark.fraction * static_cast<double>(progress_->total)));
  }
  progress_->text = shown_text(mark.title, kMaxTextBytes);
  if (is_build_tool(mark.source) && progress_->fraction >= 1 && !outcome_) outcome_ = RunState::kPassed;
}

/// How many tests of the runner at work have ended is progress, if it has said how many there are.
void RunBuilder::count_progress(MarkSource source) {
  if (tally_.total() == 0 || tally_.runner() != source) return;
  if (!progress_ || progress_source_ != source) progress_ = RunProgress{};
  progress_source_ = source;
  progress_->total = tally_.total();
  progress_->done = std::min(tally_.done(), tally_.total());
  progress_->fraction = static_cast<double>(progress_->done) / static_cast<double>(progress_->total);
}

void RunBuilder::apply_test(const Mark& mark, const StageStack::Place& place) {
  switch (mark.kind) {
    case MarkKind::kSuiteStarted:
      enter_phase(mark.source, {}, place);
      if (!tally_.begin(mark.source, mark.total)) return;
      repeats_ = false;
      return count_progress(mark.source);
    case MarkKind::kGroupStarted:
      if (groups_.size() < StageStack::kMaxDepth) groups_.push_back(shown_text(mark.name, kMaxTextBytes));
      return enter_phase(mark.source, {}, place);
    case MarkKind::kTestStarted:
      problems_.begin_test();
      repeats_ = false;
      return enter_phase(mark.source, {}, place);
    case MarkKind::kTestEnded: {
      const bool told = mark.source == MarkSource::kTeamCity && !ended_test_.empty() && mark.name == ended_test_;
      if (mark.source == MarkSource::kTeamCity) {
        ended_test_.clear();
        if (mark.state != RunState::kPassed) ended_test_ = mark.name.substr(0, kMaxWordBytes);
      }
      if (told) return;
      enter_phase(mark.source, {}, place);
      if (mark.source == MarkSource::kNode && !groups_.empty() &&
          groups_.back() == shown_text(mark.name, kMaxTextBytes)) {
        groups_.pop_back();
        return;
      }
      const bool counts = mark.counted && !(repeats_ && mark.state == RunState::kFailed);
      const bool inner = tally_.runner() && *tally_.runner() != mark.source;
      if (counts && !inner) tally_.count(mark.source, mark.state);
      if (counts && !inner) count_progress(mark.source);
      if (mark.state == RunState::kFailed && !inner) apply_failed_test(mark, place);
      return;
    }
    case MarkKind::kTestSaid: return problems_.set_message(mark);
    case MarkKind::kSuiteNamed: return problems_.set_suite(mark.suite);
    case MarkKind::kTotals: {
      const auto before = tally_.numbers().failed;
      if (!tally_.take_totals(mark)) return;
      const auto numbers = tally_.numbers();
      if (numbers.failed > before || (mark.last && mark.failed.value_or(0) > 0)) {
        note_failure(RunState::kFailed);
      } else if (mark.last && numbers.passed > 0 && !outcome_) {
        outcome_ = RunState::kPassed;
      }
      return;
    }
    case MarkKind::kRepeats:
      repeats_ = true;
      groups_.clear();
      return;
    default: return;  // NOLINT: apply() sends no other
  }
}

void RunBuilder::apply_failed_test(const Mark& mark, const StageStack::Place& place) {
  note_failure(RunState::kFailed);
  problems_.add_failed_test(mark, place.end);
}

void RunBuilder::note_failure(RunState state) {
  outcome_ = outcome_ ? worse_of(*outcome_, state) : state;
  stages_.fail(state);
}

void RunBuilder::apply_result(const Mark& mark) {
  if (mark.last) {
    state_ = mark.state;
    outcome_ = mark.state;
    if (is_failure(mark.state)) stages_.fail(mark.state);
    return;
  }
  // What a test prints about builds of its own is no result of the run's.
  if (tally_.is_announced() && tally_.runner() != mark.source && is_build_tool(mark.source)) return;
  if (is_failure(mark.state)) {
    note_failure(mark.state);
    return;
  }
  if (!outcome_) outcome_ = mark.state;
  // The last module has no line that tells of its end.
  if (mark.source == MarkSource::kMaven && progress_ && progress_source_ == mark.source && progress_->total > 0) {
    progress_->done = progress_->total;
    progress_->fraction = 1;
  }
}

void RunBuilder::end(RunState state, WallTime time) {
  release_headings();
  tally_.finish();
  problems_.stop_listening();
  stages_.close_all(state, {time, last_place_, last_place_});
  progress_.reset();
  state_ = state;
  ++version_;
}

RunFindings RunBuilder::findings() const {
  const TestTally::Numbers numbers = tally_.numbers();
  RunFindings found;
  found.state = state_;
  found.outcome = outcome_;
  found.lines = lines_;
  found.first_line = first_line_;
  found.last_line = last_line_;
  found.stage = stages_.path();
  found.progress = progress_;
  found.counts = {numbers.passed, numbers.failed, numbers.skipped, problems_.errors(), problems_.warnings()};
  found.stages = stages_.stages();
  found.failed_tests = problems_.failed_tests();
  found.annotations = problems_.annotations();
  found.dropped = {stages_.dropped(), problems_.dropped_tests(), problems_.dropped_annotations()};
  return found;
}

template <typename Archive>
void archive(Archive& a, RunBuilder::Heading& heading) {
  a(heading.name);
  a(heading.source);
  a(heading.place);
}

template <typename Archive>
void archive(Archive& a, StageMap::Change& change) {
  a(change.from.generation);
  a(change.from.offset);
  a(change.name);
}

template <typename Archive>
void RunBuilder::archive_with(Archive& a) {
  a(stages_);
  a(tally_);
  a(problems_);
  a(progress_);
  a(progress_source_);
  a(state_);
  a(outcome_);
  a(lines_);
  a(first_line_);
  a(last_line_);
  a(last_place_);
  a(stop_word_);
  a(ended_test_);
  a(repeats_);
  a(held_);
  a(groups_);
  a(stage_changes_);
  a(failed_before_part_);
}

void RunBuilder::save(std::string& out) const {
  StateWriter writer(out);
  writer(kFormat);
  const_cast<RunBuilder*>(this)->archive_with(writer);  // NOLINT: the writer changes nothing
}

bool RunBuilder::has_sound_changes() const {
  const auto& changes = stage_changes_;
  const auto stages = static_cast<std::uint32_t>(stages_.stages().size());
  return changes.size() <= kMaxStageChanges &&
         std::all_of(changes.begin(), changes.end(), [&](const auto& each) { return each.name <= stages; }) &&
         std::is_sorted(changes.begin(), changes.end(),
                        [](const auto& left, const auto& right) { return left.from < right.from; });
}

bool RunBuilder::restore(std::string_view saved) {
  StateReader reader(saved);
  std::uint64_t format = 0;
  reader(format);
  if (!reader.good() || format != kFormat) return false;
  RunBuilder fresh(rules_);
  fresh.archive_with(reader);
  if (!reader.done() || !fresh.stages_.is_sound() || !fresh.problems_.is_sound() || fresh.held_.size() > 2 ||
      fresh.groups_.size() > StageStack::kMaxDepth || !fresh.has_sound_changes()) {
    return false;
  }
  fresh.version_ = version_ + 1;
  *this = std::move(fresh);
  return true;
}

}  // namespace tailwater
