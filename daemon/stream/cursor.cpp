#include "stream/cursor.h"

#include <cassert>
#include <utility>

#include "stream/chunk.h"
#include "stream/readers.h"
#include "stream/sse_frame.h"

namespace tailwater {

// Ten thousand idle clients are to fit into a few megabytes.
static_assert(sizeof(LoopCursor) <= 256);

LoopCursor::LoopCursor(LoopReaders& readers, bool sse, CursorListener& listener, std::unique_ptr<Mooring> mooring)
    : readers_(readers),
      listener_(listener),
      private_(mooring ? &mooring->memory() : nullptr),
      sse_(sse),
      mooring_(std::move(mooring)) {
  readers_.count_cursor(1);
  readers_.core().counters.clients.fetch_add(1, std::memory_order_relaxed);
  readers_.core().counters.catching_up.fetch_add(1, std::memory_order_relaxed);
}

LoopCursor::~LoopCursor() {
  leave_shared_reads();
  if (catch_up_) catch_up_->job->cancel();
  set_state(State::kDone);
  leave_feed();
  readers_.core().counters.clients.fetch_sub(1, std::memory_order_relaxed);
  readers_.count_cursor(-1);
}

void LoopCursor::set_state(State state) {
  StreamCounters& counters = readers_.core().counters;
  const auto is_catching_up = [](State s) { return s == State::kHistory || s == State::kJoining; };
  if (is_catching_up(state) != is_catching_up(state_)) {
    counters.catching_up.fetch_add(is_catching_up(state) ? 1 : -1ULL, std::memory_order_relaxed);
  }
  if ((state == State::kLive) != (state_ == State::kLive)) {
    const std::uint64_t change = state == State::kLive ? 1 : -1ULL;
    counters.live_clients.fetch_add(change, std::memory_order_relaxed);
    feed_->feed->live_cursors.fetch_add(change, std::memory_order_relaxed);
  }
  state_ = state;
}

// --- bytes -------------------------------------------------------------------------------------------------------

std::string_view LoopCursor::peek() {
  if (parked_) return {};
  std::string_view bytes;
  const bool rests = states_ && std::exchange(states_->rests, false);
  if (states_ && !rests) (void)say_states();
  if (private_.empty() && state_ == State::kLive) bytes = peek_live();
  if (private_.empty() && has_missed_something()) skip_to_live_end();
  if (bytes.empty() && rests) (void)say_states();
  if (bytes.empty() && states_) (void)say_end();
  if (!private_.empty()) bytes = private_.view().substr(private_sent_);
  waiting_ = bytes.empty() && state_ != State::kDone;
  if (waiting_ && postponed_ && state_ == State::kHistory) submit();
  return bytes;
}

std::string_view LoopCursor::peek_live() {
  while (true) {
    // The seal first: with it seen, the size is final.
    const bool sealed = block_->sealed();
    const std::uint32_t size = block_->size();
    if (offset_ < size) return block_->bytes(offset_, size);
    if (!sealed) return {};
    auto next = ahead_ ? std::move(ahead_) : feed_->feed->next(*block_);
    if (!next) {
      fall_behind();
      return {};
    }
    if (lag_skip_) lag_skip_->leave(*block_, offset_);
    const auto left = std::exchange(block_, std::move(next));
    offset_ = 0;
    moor();
  }
}

std::size_t LoopCursor::gather(std::span<std::string_view> pieces) {
  pieces[0] = peek();
  if (pieces[0].empty()) return 0;
  if (pieces.size() == 1 || !private_.empty() || !block_->sealed()) return 1;
  // More may have been published between peek() and the seal.
  if (offset_ + pieces[0].size() < block_->size()) return 1;
  if (!ahead_) {
    ahead_ = feed_->feed->next(*block_);
    if (!ahead_) return 1;
    moor();
  }
  pieces[1] = ahead_->bytes(0, ahead_->size());
  return pieces[1].empty() ? 1 : 2;
}

bool LoopCursor::has_bytes() const {
  if (parked_) return false;
  if (!private_.empty()) return true;
  return state_ == State::kLive && (offset_ < block_->size() || block_->sealed());
}

bool LoopCursor::consume(std::size_t count) {
  if (mooring_) mooring_->took(count);
  if (count == 0) return true;
  sent_tick = readers_.now_tick();
  readers_.count_sent(count);
  if (private_.empty()) {
    assert(state_ == State::kLive);
    const std::uint32_t left = block_->size() - offset_;
    if (count > left) {
      if (lag_skip_) lag_skip_->leave(*block_, block_->size());
      block_ = std::move(ahead_);
      offset_ = 0;
      count -= left;
    }
    assert(count <= block_->size() - offset_);
    offset_ += static_cast<std::uint32_t>(count);
    time_sending();
    // The seal first, as in peek_live(): what is published from here on is news.
    waiting_ = !states_ && !block_->sealed() && offset_ == block_->size();
    return !waiting_;
  }
  assert(count <= private_.size() - private_sent_);
  private_sent_ += static_cast<std::uint32_t>(count);
  if (private_sent_ < private_.size()) return true;
  private_.clear();
  private_sent_ = 0;
  if (state_ == State::kHistory) submit();
  return true;
}

void LoopCursor::time_sending() {
  const auto noticed = feed_->feed->send_probe.take(block_->start().feed_offset + offset_);
  if (!noticed) return;
  const std::chrono::duration<double> took = readers_.core().clock.steady_now() - *noticed;
  readers_.core().counters.send_latency->observe(took.count());
}

ByteCount LoopCursor::lag() const {
  ByteCount bytes = private_.size() - private_sent_;
  if (state_ == State::kLive) bytes += feed_->feed->published() - block_->start().feed_offset - offset_;
  return bytes;
}

void LoopCursor::add_private(std::string_view frames) {
  std::string chunk;
  append_chunk(chunk, frames);
  add_own(chunk);
}

void LoopCursor::add_own(std::string_view bytes) {
  if (bytes.empty()) return;
  const SurvivingBytes left = private_.append(std::exchange(private_sent_, 0), bytes);
  moor();
}

void LoopCursor::wake() {
  if (!waiting_ || !(has_bytes() || finished())) return;
  waiting_ = false;
  listener_.on_ready();  // it may destroy the cursor
}

// --- states ------------------------------------------------------------------------------------------------------

void LoopCursor::tell_states(const StateEvents& events, StateWish wish) {
  states_ = std::make_unique<StateView>(*this, events, std::move(wish));
  readers_.watch_states(*states_);
}

void LoopCursor::on_states() {
  if (!waiting_ || has_bytes()) return;
  if (say_states() || say_end()) wake();
}

/// Adds what of them has changed, behind a complete chunk. False if there is nothing, or no place for it now.
bool LoopCursor::say_states() {
  if (!private_.empty() || state_ == State::kDone) return false;
  std::string frames;
  const bool told_all = states_->told_all();
  const bool any = states_->append(frames);
  if (any) {
    if (state_ == State::kLive) {
      const auto mark = block_->mark_at(offset_);
      if (mark && mark->end > offset_) {
        (void)private_.append(0, block_->bytes(offset_, mark->end));
        offset_ = mark->end;
      }
    }
    add_private(frames);
    states_->rests = true;
  }
  // What was there at the beginning goes before the log.
  if (!told_all && states_->told_all() && state_ == State::kHistory) submit();
  return any;
}

/// Everything up to that append has been said and taken.
bool LoopCursor::has_said_up_to(std::uint64_t number) const {
  if (!private_.empty()) return false;
  if (state_ == State::kLive) {
    // In this order: what was evaluated is published.
    return feed_->feed->evaluated().number >= number && !has_bytes();
  }
  return caught_up_ && state_ == State::kHistory && !catch_up_->in_flight && catch_up_->end.appends >= number;
}

/// The end, once the run is over that it is all about.
bool LoopCursor::say_end() {
  const auto ended = states_->ended();
  if (!ended || !has_said_up_to(*ended)) return false;
  if (say_states()) return true;  // how it ended, if that has not been told yet
  const Position position = state_ == State::kLive ? feed_->feed->evaluated().framed : catch_up_->end.position;
  std::string frames;
  append_end(frames, "run", position);
  if (catch_up_) catch_up_->job->cancel();
  catch_up_.reset();
  // Until it has been written down that the end is what comes next.
  const auto left = std::exchange(block_, nullptr);
  const auto left_ahead = std::exchange(ahead_, nullptr);
  set_state(State::kDone);
  leave_feed();
  readers_.wait_for_worker(*this);
  add_private(frames);
  return true;
}

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

void LoopCursor::on_news() {
  const bool consumed = offset_ == block_->size();
  // One that has read its block to the end goes on in the next, retained or not.
  if (!feed_->feed->retains(*block_) && !(consumed && (ahead_ || feed_->feed->next(*block_)))) fall_behind();
  wake();
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

// --- heartbeats and the end --------------------------------------------------------------------------------------

void LoopCursor::add_heartbeat(const JournalEnd& end) {
  if (!waiting_ || has_bytes()) return;
  std::string frames;
  append_heartbeat(frames);
  if (state_ == State::kLive) {
    const Feed::Evaluated evaluated = feed_->feed->evaluated();
    // In this order: what was evaluated is published, so nothing up to `end` is left to be sent if we are at the end.
    const bool all_sent = evaluated.number >= end.appends && !has_bytes();
    if (all_sent && end.appends > told_number_ && evaluated.framed != end.position) {
      append_id_only(frames, end.position);
      told_number_ = end.appends;
    }
  } else if (catch_up_ && catch_up_->progress) {
    append_id_only(frames, *std::exchange(catch_up_->progress, std::nullopt));
  }
  add_private(frames);
}

void LoopCursor::shut_down(Milliseconds reconnect) {
  if (state_ == State::kDone) return;
  LeftBlock left;
  if (block_) left = leave_block();
  leave_shared_reads();
  if (catch_up_) catch_up_->job->cancel();
  catch_up_.reset();
  set_state(State::kDone);
  leave_feed();
  if (sse_) {
    std::string frames;
    append_shutdown(frames, reconnect);
    add_private(frames);
  }
  moor();
}

}  // namespace tailwater
