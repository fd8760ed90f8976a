#include "runs/stage_stack.h"

#include <algorithm>

#include "runs/plain_text.h"

namespace tailwater {
namespace {

constexpr std::string_view kUnnamed = "(unnamed)";

}  // namespace

RunStage* StageStack::listed(const Open& open) {
  return open.listed == 0 ? nullptr : &stages_[open.listed - 1];
}

StageStack::Open* StageStack::innermost(MarkSource source) {
  const auto found = std::find_if(open_.rbegin(), open_.rend(), [&](const Open& one) { return one.source == source; });
  return found == open_.rend() ? nullptr : &*found;
}

void StageStack::make_path() {
  path_.clear();
  for (const Open& open : open_) {
    if (open.title.empty()) continue;
    if (!path_.empty()) path_.append(" / ");
    path_.append(open.title);
  }
}

void StageStack::push(Kind kind, MarkSource source, std::string_view name, const Place& place) {
  if (open_.size() >= kMaxDepth) {
    ++beyond_;
    ++dropped_;
    return;
  }
  Open open{shown_text(name, kMaxNameBytes), source, kind, RunState::kPassed, 0, {}};
  if (!open.name.empty()) {
    const auto depth = std::count_if(open_.begin(), open_.end(), [](const Open& one) { return !one.title.empty(); });
    open.title = open.name;
    if (stages_.size() < kMaxStages) {
      RunStage& stage = stages_.emplace_back();
      stage.name = open.title;
      stage.depth = static_cast<std::uint16_t>(depth);
      stage.started = place.time;
      stage.begin = place.begin;
      open.listed = static_cast<std::uint32_t>(stages_.size());
    } else {
      ++dropped_;
    }
  }
  if (open.listed > 0) ++version_;
  open_.push_back(std::move(open));
  make_path();
}

void StageStack::pop(WallTime time, RunPlace at, std::optional<RunState> state) {
  Open& open = open_.back();
  const RunState told = state ? worse_of(open.worst, *state) : open.worst;
  if (RunStage* stage = listed(open); stage != nullptr) {
    stage->state = told;
    if (!stage->ended) stage->ended = std::max(time, stage->started);
    stage->end = std::max(at, stage->begin);
    ++version_;
  }
  open_.pop_back();
  if (!open_.empty()) open_.back().worst = worse_of(open_.back().worst, told);
}

void StageStack::pop_to(std::size_t count, WallTime time, RunPlace at) {
  if (open_.size() > count) beyond_ = 0;
  while (open_.size() > count) pop(time, at, std::nullopt);
  make_path();
}

void StageStack::open(MarkSource source, std::string_view name, const Place& place) {
  // A build is over when a section begins; a test's output may hold sections, and the tests go on behind them.
  if (!open_.empty() && open_.back().kind == Kind::kPhase) {
    const MarkSource tool = open_.back().source;
    const bool builds = tool == MarkSource::kNinja || tool == MarkSource::kCMake || tool == MarkSource::kMake;
    if (builds) pop_to(open_.size() - 1, place.time, place.begin);
  }
  push(Kind::kSection, source, name, place);
}

void StageStack::close(MarkSource source, std::string_view name, const Place& place, RunState state) {
  const std::string shown = shown_text(name, kMaxNameBytes);
  for (std::size_t i = open_.size(); i > 0 && (!shown.empty() || beyond_ == 0); --i) {
    Open& open = open_[i - 1];
    const bool ends_by_name = open.kind == Kind::kHeading && source == MarkSource::kScript;
    if (open.kind != Kind::kSection && !ends_by_name) continue;
    if (open.source != source || (!shown.empty() && open.name != shown)) continue;
    open.worst = worse_of(open.worst, state);
    return pop_to(i - 1, place.time, place.end);
  }
  if (beyond_ > 0) --beyond_;
}

void StageStack::begin_heading(MarkSource source, std::string_view name, const Place& place) {
  const auto last = std::find_if(open_.begin(), open_.end(),
                                 [&](const Open& one) { return one.kind == Kind::kHeading && one.source == source; });
  if (last != open_.end()) {
    pop_to(static_cast<std::size_t>(last - open_.begin()), place.time, place.begin);
  } else {
    end_phase(place);
  }
  push(Kind::kHeading, source, name.empty() ? kUnnamed : name, place);
}

void StageStack::begin_phase(MarkSource source, std::string_view name, const Place& place) {
  if (!open_.empty() && open_.back().kind == Kind::kPhase && open_.back().source == source &&
      open_.back().name == shown_text(name, kMaxNameBytes)) {
    return;
  }
  end_phase(place);
  push(Kind::kPhase, source, name, place);
}

void StageStack::end_phase(const Place& place) {
  if (!open_.empty() && open_.back().kind == Kind::kPhase) pop_to(open_.size() - 1, place.time, place.begin);
}

void StageStack::close_all(RunState state, const Place& place) {
  while (!open_.empty()) pop(place.time, place.end, state);
  beyond_ = 0;
  make_path();
}

std::uint32_t StageStack::innermost_at(const RunPlace& end) const {
  std::uint32_t innermost = 0;
  for (std::uint32_t i = 0; i < stages_.size(); ++i) {
    const RunStage& stage = stages_[i];
    const bool holds = stage.begin < end && (!stage.end || end <= *stage.end);
    if (holds && (innermost == 0 || stage.depth >= stages_[innermost - 1].depth)) innermost = i + 1;
  }
  return innermost;
}

std::vector<std::string> StageStack::paths() const {
  std::vector<std::string> paths;
  std::vector<std::string> around;
  for (const RunStage& stage : stages_) {
    around.resize(std::min<std::size_t>(around.size(), stage.depth));
    std::string path = around.empty() ? stage.name : around.back() + " / " + stage.name;
    if (path.size() > kMaxPathBytes) path = stage.name;
    around.push_back(path);
    paths.push_back(std::move(path));
  }
  return paths;
}

void StageStack::set_title(MarkSource source, std::string_view title) {
  Open* open = innermost(source);
  std::string shown = shown_text(title, kMaxNameBytes);
  if (open == nullptr || shown.empty() || beyond_ > 0) return;
  if (RunStage* stage = listed(*open); stage != nullptr) stage->name = shown;
  open->title = std::move(shown);
  make_path();
}

void StageStack::set_times(MarkSource source, WallTime started, Milliseconds duration) {
  Open* open = innermost(source);
  RunStage* stage = open == nullptr ? nullptr : listed(*open);
  if (stage == nullptr) return;
  stage->started = started;
  stage->ended = started + std::clamp(duration, Milliseconds(0), Milliseconds(std::chrono::hours(24 * 366)));
}

void StageStack::fail(RunState state) {
  if (!open_.empty()) open_.back().worst = worse_of(open_.back().worst, state);
}

void StageStack::fail_heading() {
  const auto found =
      std::find_if(open_.rbegin(), open_.rend(), [](const Open& one) { return one.kind == Kind::kHeading; });
  if (found != open_.rend()) found->worst = RunState::kFailed;
}

bool StageStack::has_heading(MarkSource source, std::string_view name) const {
  const std::string shown = shown_text(name, kMaxNameBytes);
  return std::any_of(open_.begin(), open_.end(), [&](const Open& one) {
    return one.kind == Kind::kHeading && one.source == source && one.name == shown;
  });
}

bool StageStack::has_phase(MarkSource source) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const Open& one) { return one.kind == Kind::kPhase && one.source == source; });
}

bool StageStack::is_sound() const {
  if (stages_.size() > kMaxStages || open_.size() > kMaxDepth) return false;
  return std::all_of(open_.begin(), open_.end(), [&](const Open& open) { return open.listed <= stages_.size(); });
}

}  // namespace tailwater
