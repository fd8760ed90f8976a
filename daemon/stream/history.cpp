#include "stream/history.h"

#include <algorithm>
#include <utility>

namespace tailwater {
namespace {

/// How often what is unavailable (no descriptor left, say) is tried again before it becomes a gap.
constexpr int kMaxFailures = 240;  // a minute

}  // namespace

History::History(const HistorySources& sources, std::shared_ptr<const Selection> selection, StartRequest request,
                 JournalEnd at_request)
    : sources_(sources),
      selection_(std::move(selection)),
      request_(std::move(request)),
      follow_(request_.follow),
      until_(at_request),
      replay_(sources_, selection_) {
  begun_.point = at_request.point;
  if (request_.until) replay_.set_window({{}, request_.until});
}

History::History(const HistorySources& sources, std::shared_ptr<const Selection> selection, StartRequest request,
                 const ReadOnPlace& from)
    : History(sources, std::move(selection), std::move(request), JournalEnd{0, from.point, {}}) {
  begun_ = from;
  old_until_ = true;
  if (from.kind == ReadOn::kRequest) return;
  if (from.windowed && request_.since) leave_out_before(*request_.since);
  if (from.kind == ReadOn::kPoint) {
    start_at({{}, from.point});
  } else {
    request_.last_event_id = to_text(from.position);
  }
}

History::History(const HistorySources& sources, std::shared_ptr<const Selection> selection, JournalPoint from)
    : sources_(sources),
      selection_(std::move(selection)),
      stage_(Stage::kReplay),
      at_until_(true),
      place_(HistoryPlace{{}, from}),
      replay_(sources_, selection_) {
  begun_.kind = ReadOn::kPoint;
  begun_.point = from;
}

/// The place just past an ID; or a gap that says what is known, kept for later; or neither: the journal cannot tell at
/// the moment.
History::Resolved History::resolve_id(std::string_view text, bool give_up) {
  GapFrame gap;
  gap.reason = GapReason::kUnknownId;
  const auto id = parse_event_id(text);
  if (id) {
    gap.from = std::string(text);
    if (const auto file = sources_.catalog.find(id->position.file)) gap.file = file->path;
    const auto point = sources_.journal.resolve(id->position);
    if (point) {
      start_at({{}, *point});
      return Resolved::kPlace;
    }
    const ErrorCode code = point.error().code;
    if (code == ErrorCode::kGone) {
      auto earlier = place_in_earlier(sources_.journal, sources_.catalog, id->position);
      if (!earlier && !give_up) return Resolved::kUnavailable;
      if (earlier && *earlier) {
        start_at(std::move(**earlier));
        return Resolved::kPlace;
      }
    }
    if (code != ErrorCode::kNotFound && code != ErrorCode::kGone && !give_up) return Resolved::kUnavailable;
    if (code != ErrorCode::kNotFound) gap.reason = GapReason::kJournal;
  }
  start_gaps_.push_back(std::move(gap));
  return Resolved::kGap;
}

/// False: try again later.
bool History::resolve(bool give_up) {
  if (!request_.last_event_id.empty()) {
    const Resolved resolved = resolve_id(request_.last_event_id, give_up);
    if (resolved != Resolved::kGap) return resolved == Resolved::kPlace;
    request_.last_event_id.clear();
  }
  if (request_.kind == StartRequest::Kind::kId) {
    const Resolved resolved = resolve_id(request_.from_id, give_up);
    if (resolved != Resolved::kGap) return resolved == Resolved::kPlace;
    request_.kind = StartRequest::Kind::kDefault;
    request_.tail = StartRequest::kDefaultTail;
  }
  if (!start_fresh(give_up)) return false;
  request_ = {};
  return true;
}

/// What lies before the journal's order; false: try again later. Given up, it is a gap.
bool History::find_bounds(HistoryBounds& bounds, bool give_up) {
  auto found = history_bounds(sources_.journal);
  if (found) {
    bounds = std::move(*found);
    return true;
  }
  if (!give_up) return false;
  bounds.first = sources_.journal.first_point();
  GapFrame gap;
  gap.reason = GapReason::kJournal;
  start_gaps_.push_back(std::move(gap));
  return true;
}

/// As on a first connection; false: try again later.
bool History::start_fresh(bool give_up) {
  std::uint64_t tail = request_.tail;
  switch (request_.kind) {
    case StartRequest::Kind::kStart: {
      HistoryBounds bounds;
      if (!find_bounds(bounds, give_up)) return false;
      std::vector<Extent> all = sources_.journal.earlier();
      all.insert(all.end(), bounds.before.begin(), bounds.before.end());
      start_at({std::move(all), bounds.first});
      return true;
    }
    case StartRequest::Kind::kSince:
      if (request_.since) return start_since(*request_.since, give_up);
      break;
    case StartRequest::Kind::kEnd: tail = 0; break;
    case StartRequest::Kind::kId:
    case StartRequest::Kind::kDefault:
    case StartRequest::Kind::kTail: break;
  }
  if (tail == 0) {
    start_at({{}, until_.point});
    return true;
  }
  tail_ =
      std::make_unique<TailSearch>(sources_, selection_, std::min<std::uint64_t>(tail, StartRequest::kMaxTail), until_);
  stage_ = Stage::kTail;
  return true;
}

bool History::start_since(WallTime time, bool give_up) {
  const JournalPoint point = sources_.journal.since(time);
  HistoryBounds bounds;
  if (!find_bounds(bounds, give_up)) return false;
  if (point <= bounds.first && !bounds.before.empty()) {
    // What arrived since then reaches back beyond the journal: when, nobody knows any more.
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    start_gaps_.push_back(std::move(gap));
  }
  start_at({{}, std::min(point, until_.point)});
  leave_out_before(time);
  return true;
}

void History::leave_out_before(WallTime time) {
  TimeWindow window;
  window.since = time;
  window.until = request_.until;
  replay_.set_window(window);
  begun_.windowed = true;
}

ReadOnPlace History::read_on() const {
  ReadOnPlace next = begun_;
  if (stage_ == Stage::kReplay && !place_) next = replay_.read_on();
  if (next.kind == ReadOn::kRequest) return begun_;
  next.windowed = begun_.windowed;
  return next;
}

void History::start_at(HistoryPlace place) {
  place_ = std::move(place);
  stage_ = Stage::kReplay;
}

void History::say_start_gaps(ChunkBuffer& out, const HistoryPlace& place) {
  if (start_gaps_.empty()) return;
  const Position id = position_before(sources_.journal, place, sources_.catalog);
  for (GapFrame& gap : start_gaps_) {
    gap.id = id;
    if (selection_->sse()) {
      append_gap(out.frames(), gap);
    } else {
      append_gap_line(out.frames(), gap);
    }
    out.commit();
    count_gap(gaps_, gap.reason);
  }
  start_gaps_ = {};
  begun_.kind = ReadOn::kPosition;
  begun_.position = id;
}

StepStop History::run(const StepBudget& budget, ReadBuffer& buffer, const std::atomic<bool>& cancelled,
                      ChunkBuffer& out) {
  const bool give_up = failures_ >= kMaxFailures;
  if (stage_ == Stage::kResolve && !resolve(give_up)) return StepStop::kUnavailable;
  if (stage_ == Stage::kTail) {
    const StepStop stop = tail_->step(budget, buffer, give_up, cancelled);
    if (stop != StepStop::kDone) return stop;
    start_at(tail_->place());
    tail_.reset();
  }
  if (place_) {
    say_start_gaps(out, *place_);
    replay_.begin(*std::exchange(place_, std::nullopt));
    if (std::exchange(old_until_, false)) until_ = sources_.journal.end();
  }
  return replay_.step(until_, budget, buffer, give_up, cancelled, out);
}

HistoryStep History::step(const StepBudget& budget, ReadBuffer& buffer, const std::atomic<bool>& cancelled) {
  if (std::exchange(at_until_, false)) until_ = sources_.journal.end();
  ChunkBuffer out(budget.chunk_bytes);
  HistoryStep step;
  step.stop = run(budget, buffer, cancelled, out);
  failures_ = step.stop == StepStop::kUnavailable ? failures_ + 1 : 0;
  at_until_ = step.stop == StepStop::kDone;
  step.end = until_;
  if (at_until_ && !follow_) {
    if (selection_->sse()) append_end(out.frames(), "backlog", until_.position);
    step.ended = true;
  }
  step.bytes = out.take();
  step.progress = replay_.progress();
  step.next = read_on();
  if (step.ended) step.next.kind = ReadOn::kNowhere;
  step.counts = replay_.counts();
  for (std::size_t i = 0; i < kGapReasons; ++i) step.counts.gaps[i] += gaps_[i];
  return step;
}

}  // namespace tailwater
