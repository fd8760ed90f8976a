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

void LoopCursor::on_news() {
  const bool consumed = offset_ == block_->size();
  // One that has read its block to the end goes on in the next, retained or not.
  if (!feed_->feed->retains(*block_) && !(consumed && (ahead_ || feed_->feed->next(*block_)))) fall_behind();
  wake();
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
