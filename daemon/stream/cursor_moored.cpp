// LoopCursor: what survives the process, and how another one goes on with it.
#include <utility>

#include "stream/cursor.h"
#include "stream/readers.h"

namespace tailwater {

void LoopCursor::go_on(std::shared_ptr<const Selection> selection, StartRequest request, const Revival& revival) {
  if (request.skip_lag) lag_skip_ = std::make_unique<LagSkip>();
  caught_up_ = revival.caught_up;
  begin_history(History(readers_.core().sources, std::move(selection), std::move(request), revival.next));
  catch_up_->started = readers_.core().clock.steady_now();
  catch_up_->next = revival.next;
  // One that was live has nothing of its own to say about how it caught up.
  catch_up_->shares = caught_up_ && revival.next.kind == ReadOn::kPoint && !revival.next.windowed;
  add_own(revival.rest);
  moor();
  submit();
}

/// Writes down what comes next, before anything that was written down before is let go of.
void LoopCursor::moor() {
  if (!mooring_) return;
  const SurvivingMemory& memory = mooring_->memory();
  MooringRecord record;
  const std::string_view own = private_.view().substr(private_sent_);
  if (!own.empty()) {
    record.lost = !memory.contains(own.data());
    if (!record.lost) record.own = memory.offset_of(own.data());
    record.own_size = static_cast<std::uint32_t>(own.size());
  }
  if (block_) {
    record.block = block_->surviving_offset();
    record.block_from = offset_;
    record.block_end = block_->size();
    record.lost = record.lost || record.block == 0;
    if (ahead_) {
      record.ahead = ahead_->surviving_offset();
      record.lost = record.lost || record.ahead == 0;
    }
  }
  record.caught_up = caught_up_;
  record.next = read_on();
  mooring_->record(record);
}

ReadOnPlace LoopCursor::read_on() const {
  ReadOnPlace next;
  if (catch_up_) return catch_up_->next;
  if (state_ == State::kDone) {
    next.kind = ReadOn::kNowhere;
  } else if (lag_skip_) {
    next.kind = ReadOn::kPoint;
    next.point = lag_skip_->left_at;
  }
  return next;
}

/// Another one's. What it has not read is for this one to read, or for others to share again.
void LoopCursor::take_shared_step(const HistoryStep& step) {
  HistoryStep own = step;
  own.counts.records = 0;  // framed for another one
  auto selection = catch_up_->job->selection();
  catch_up_->shared = false;
  if (step.next.kind == ReadOn::kPoint) {
    catch_up_->job = std::make_shared<HistoryJob>(
        History(readers_.core().sources, std::move(selection), step.next.point), readers_.mailbox(), *this);
    catch_up_->shares = true;
  } else {
    catch_up_->job = std::make_shared<HistoryJob>(
        History(readers_.core().sources, std::move(selection), StartRequest{}, step.next), readers_.mailbox(), *this);
  }
  take_step(own);
  if (catch_up_) catch_up_->counts = {};  // its job begins to count
}

void LoopCursor::leave_shared_reads() {
  if (!catch_up_ || !catch_up_->shared) return;
  catch_up_->shared = false;
  readers_.shared_reads().leave(*this, [](LoopCursor& follower) {
    follower.catch_up_->in_flight = follower.catch_up_->shared = false;
    follower.catch_up_->shares = true;
    follower.submit();
  });
}

}  // namespace tailwater
