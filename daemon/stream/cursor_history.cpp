// LoopCursor: from history to live and back.
#include <utility>

#include "stream/cursor.h"
#include "stream/readers.h"
#include "stream/sse_frame.h"

namespace tailwater {

// --- history -----------------------------------------------------------------------------------------------------

void LoopCursor::start(std::shared_ptr<const Selection> selection, StartRequest request, const JournalEnd& end) {
  const bool at_end = request.kind == StartRequest::Kind::kEnd ||
                      (request.tail == 0 &&
                       (request.kind == StartRequest::Kind::kTail || request.kind == StartRequest::Kind::kDefault));
  const bool nothing_to_read = at_end && request.follow && request.last_event_id.empty() && !states_;
  if (request.skip_lag) lag_skip_ = std::make_unique<LagSkip>();
  begin_history(History(readers_.core().sources, std::move(selection), std::move(request), end));
  catch_up_->started = readers_.core().clock.steady_now();
  catch_up_->next.kind = nothing_to_read ? ReadOn::kPoint : ReadOn::kRequest;
  catch_up_->next.point = end.point;
  moor();
  if (nothing_to_read) {
    catch_up_->end = end;
    try_join();
  } else {
    submit();
  }
}

void LoopCursor::begin_history(History history) {
  set_state(State::kHistory);
  catch_up_ = std::make_unique<CatchUp>();
  catch_up_->job = std::make_shared<HistoryJob>(std::move(history), readers_.mailbox(), *this);
  readers_.wait_for_worker(*this);
}

/// The next step, unless one is under way or the socket has not yet taken what the last one made.
void LoopCursor::submit() {
  postponed_ = false;
  if (catch_up_->in_flight || catch_up_->unavailable || !private_.empty()) return;
  if (states_ && !states_->told_all()) return;
  catch_up_->in_flight = true;
  readers_.wait_for_worker(*this);
  const Selection& selection = *catch_up_->job->selection();
  catch_up_->shared = std::exchange(catch_up_->shares, false);
  if (catch_up_->shared && readers_.shared_reads().follow(*this, selection.key(), catch_up_->next.point)) return;
  readers_.submit(catch_up_->job);
}

void LoopCursor::on_step() {
  HistoryStep step = std::exchange(catch_up_->job->step(), {});
  if (std::exchange(catch_up_->shared, false)) {
    readers_.shared_reads().finish(*this, [&step](LoopCursor& follower) { follower.take_shared_step(step); });
  }
  take_step(step);
}

void LoopCursor::take_step(HistoryStep& step) {
  catch_up_->in_flight = false;
  StreamCounters& counters = readers_.core().counters;
  counters.records_framed.fetch_add(step.counts.records - catch_up_->counts.records, std::memory_order_relaxed);
  counters.add_gaps(step.counts.gaps, catch_up_->counts.gaps);
  catch_up_->counts = step.counts;
  catch_up_->progress = step.progress;
  catch_up_->next = step.next;
  if (step.bytes.empty()) moor();
  add_own(step.bytes);  // a heartbeat may have gone in between
  step.bytes = {};
  if (step.ended) {
    set_state(State::kDone);
    catch_up_.reset();
    readers_.wait_for_worker(*this);
  } else {
    switch (step.stop) {
      case StepStop::kDone:
        catch_up_->end = step.end;
        try_join();
        break;
      case StepStop::kBudget: submit(); break;
      case StepStop::kUnavailable:
        catch_up_->unavailable = true;
        readers_.wait_for_retry(*this);
        break;
    }
  }
  if (states_ && waiting_) (void)say_end();
  wake();
}

void LoopCursor::on_turn() {
  if (catch_up_) {
    try_join();
  } else if (waiting_) {
    skip_to_live_end();
  } else {
    feed_->joining.push_back(*this);
  }
  wake();
}

void LoopCursor::resume() {
  catch_up_->unavailable = false;
  readers_.wait_for_worker(*this);
  submit();
}

// --- from history to live and back -------------------------------------------------------------------------------

void LoopCursor::try_join() {
  if (!feed_) feed_ = readers_.enter_feed(catch_up_->job->selection());
  FeedPlace place;
  switch (feed_ ? feed_->feed->join(catch_up_->end.appends, place) : Feed::Join::kSetAside) {
    case Feed::Join::kJoined: go_live(std::move(place.block), place.offset); break;
    case Feed::Join::kNotYet:
      set_state(State::kJoining);
      feed_->joining.push_back(*this);
      break;
    case Feed::Join::kReadOn:
      set_state(State::kHistory);
      readers_.wait_for_worker(*this);
      submit();
      break;
    case Feed::Join::kSetAside: read_without_feed(); break;
  }
}

/// There are too many feeds, or its filter is too slow for one: it stays a reader of the journal.
void LoopCursor::read_without_feed() {
  leave_feed();
  set_state(State::kHistory);
  say_caught_up();
  if (readers_.core().journal.end().appends > catch_up_->end.appends) {
    submit();
  } else {
    readers_.wait_for_turn(*this);
  }
}

void LoopCursor::go_live(std::shared_ptr<const Block> block, std::uint32_t offset) {
  block_ = std::move(block);
  offset_ = offset;
  told_number_ = 0;
  if (lag_skip_) lag_skip_->enter(*block_, offset_, catch_up_->end.position);
  say_caught_up();
  set_state(State::kLive);
  catch_up_.reset();
  moor();
  feed_->live.push_back(*this);
}

/// Once, when the backlog is through.
void LoopCursor::say_caught_up() {
  if (std::exchange(caught_up_, true)) return;
  const auto took = readers_.core().clock.steady_now() - catch_up_->started;
  readers_.core().counters.catch_up->observe(std::chrono::duration<double>(took).count());
  if (!sse_) return;
  CaughtUpFrame frame;
  frame.records = catch_up_->counts.records;
  frame.bytes = catch_up_->counts.record_bytes;
  frame.took = std::chrono::duration_cast<Milliseconds>(took);
  std::string frames;
  append_caught_up(frames, frame, catch_up_->end.position);
  add_private(frames);
  told_number_ = catch_up_->end.appends;
}

/// Who calls it moors, and only then lets go of what it gives.
LoopCursor::LeftBlock LoopCursor::leave_block() {
  LeftBlock left;
  const auto mark = block_->mark_at(offset_);
  if (mark && mark->end > offset_) {
    left.own = private_.append(std::exchange(private_sent_, 0), block_->bytes(offset_, mark->end));
  }
  if (mark && lag_skip_) lag_skip_->leave(*block_, mark->end);
  left.point = mark ? mark->point : block_->start().point;
  left.block = std::move(block_);
  left.ahead = std::move(ahead_);
  block_.reset();
  ahead_.reset();
  return left;
}

void LoopCursor::fall_behind() {
  const bool set_aside = feed_->feed->is_set_aside();
  const auto end_point = feed_->feed->end_point(*block_, offset_);
  const LeftBlock left = leave_block();
  if (!set_aside) readers_.core().counters.fell_behind.fetch_add(1, std::memory_order_relaxed);
  if (lag_skip_ && !set_aside) {
    set_state(State::kJoining);
    lag_skip_->left_at = left.point;
    moor();
    feed_->joining.push_back(*this);
    return;
  }
  auto selection = feed_->feed->shared_selection();
  const JournalPoint point = end_point.value_or(left.point);
  begin_history(History(readers_.core().sources, std::move(selection), point));
  catch_up_->next.kind = ReadOn::kPoint;
  catch_up_->next.point = point;
  moor();
  leave_feed();
  // One that is asked for nothing has a full socket: what a step made would only lie in memory.
  if (waiting_) {
    submit();
  } else {
    postponed_ = true;
  }
}

/// Not before bytes are asked for: a client that has taken nothing for an hour gets one gap, not many.
void LoopCursor::skip_to_live_end() {
  feed_->joining.push_back(*this);
  if (feed_->feed->is_set_aside()) {
    const JournalEnd end = readers_.core().journal.end();
    say_missed(end.position);
    begin_history(History(readers_.core().sources, feed_->feed->shared_selection(), end.point));
    catch_up_->next.kind = ReadOn::kPoint;
    catch_up_->next.point = end.point;
    moor();
    leave_feed();
    submit();
    return;
  }
  const Feed::Evaluated end = feed_->feed->evaluated();
  FeedPlace place;
  if (feed_->feed->join(end.number, place) != Feed::Join::kJoined) return;  // in the middle of a turn: it has an end
  say_missed(end.framed);
  block_ = std::move(place.block);
  offset_ = place.offset;
  told_number_ = end.number;
  lag_skip_->enter(*block_, offset_, end.framed);
  set_state(State::kLive);
  moor();
  feed_->live.push_back(*this);
}

void LoopCursor::say_missed(const Position& up_to) {
  GapFrame gap;
  gap.reason = GapReason::kSlow;
  if (sse_) gap.from = lag_skip_->last_id();
  gap.to = to_text(up_to);
  gap.id = up_to;
  std::string frames;
  if (sse_) {
    append_gap(frames, gap);
  } else {
    append_gap_line(frames, gap);
  }
  add_private(frames);
  readers_.core().counters.add_gap(gap.reason);
}

void LoopCursor::leave_feed() {
  if (feed_) readers_.leave_feed(std::exchange(feed_, nullptr));
}

}  // namespace tailwater
