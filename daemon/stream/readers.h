// LoopReaders: the Readers of a client thread: which cursors wait for what, the passes that wake them in slices, and
// the heartbeats. Its cursors must be gone before it. Thread: its loop's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/event_loop.h"
#include "stream/cursor.h"
#include "stream/heartbeat_wheel.h"
#include "stream/intrusive_list.h"
#include "stream/readers_mailbox.h"
#include "stream/shared_reads.h"
#include "stream/state_view.h"
#include "stream/stream_core.h"
#include "stream/task_cursor.h"

namespace tailwater {

/// The cursors of one client thread that share a feed.
struct FeedCursors {
  std::shared_ptr<Feed> feed;
  IntrusiveList<LoopCursor, StateTag> live;
  IntrusiveList<LoopCursor, StateTag> unvisited;  ///< live ones that the pass under way has still to visit
  IntrusiveList<LoopCursor, StateTag> joining;
  std::size_t holders = 0;
  std::uint64_t published = 0;  ///< as of the last pass, as is `dropped`
  std::uint64_t dropped = 0;
  bool queued = false;
};

class LoopReaders final : public Readers {
 public:
  static constexpr std::size_t kSlice = 500;  ///< cursors visited before the loop gets a chance to do other things

  LoopReaders(EventLoop& loop, StreamCore& core);
  ~LoopReaders() override;

  [[nodiscard]] std::unique_ptr<Cursor> subscribe(Subscription subscription, CursorListener& listener) override;
  [[nodiscard]] std::unique_ptr<Cursor> subscribe_moored(Subscription subscription, MooredStart start,
                                                         CursorListener& listener) override;
  [[nodiscard]] std::unique_ptr<Cursor> stream(std::shared_ptr<BodyTask> task, bool sse,
                                               CursorListener& listener) override;
  [[nodiscard]] std::unique_ptr<PendingBody> collect(std::shared_ptr<BodyTask> task,
                                                     std::function<void(Result<std::string>)> on_body) override;
  void shut_down() override;
  [[nodiscard]] std::size_t size() const override { return size_; }
  /// Gives those who have been quiet for too long their heartbeat. Called by a timer of its own.
  void beat();
  /// Tells each feed how far its slowest cursor here is behind. Called by a timer of its own, as long as one is.
  void measure_lags();

  // --- for its cursors ----------------------------------------------------------------------------------------
  [[nodiscard]] StreamCore& core() { return core_; }
  [[nodiscard]] const std::shared_ptr<ReadersMailbox>& mailbox() const { return mailbox_; }
  /// In ticks of the heartbeat wheel; in a slice, when it began.
  [[nodiscard]] std::uint32_t now_tick() const {
    return slice_tick_ ? *slice_tick_ : wheel_.tick_at(core_.clock.steady_now());
  }
  /// Null if there is to be no feed for it: see FeedTable::acquire(). Each holder leaves once.
  [[nodiscard]] std::shared_ptr<FeedCursors> enter_feed(const std::shared_ptr<const Selection>& selection);
  void leave_feed(const std::shared_ptr<FeedCursors>& feed);
  void submit(const std::shared_ptr<HistoryJob>& job);
  [[nodiscard]] SharedReads& shared_reads() { return shared_reads_; }
  /// Where a cursor waits that has no feed: for a worker, for a turn of ingest, for another try.
  void wait_for_worker(LoopCursor& cursor) { reading_.push_back(cursor); }
  void wait_for_turn(LoopCursor& cursor);
  void wait_for_retry(LoopCursor& cursor);
  /// Who tells of states is woken when they change.
  void watch_states(StateView& view);
  void count_sent(std::size_t bytes) { core_.counters.bytes_sent.add(cell_, bytes); }
  void count_cursor(int change) { size_ += static_cast<std::size_t>(change); }

 private:
  using List = IntrusiveList<LoopCursor, StateTag>;

  [[nodiscard]] std::string hello(const Selection& selection, const Position& position);
  [[nodiscard]] Milliseconds jitter(int from, int to);
  void on_news();
  void start_states_pass();
  void start_pass(const std::shared_ptr<FeedCursors>& feed);
  void run_slice();
  [[nodiscard]] bool visit_cursors(std::size_t& visits);
  [[nodiscard]] bool visit_states(std::size_t& visits);
  void arm_beat();
  static void visit_all(List& list, void (LoopCursor::*member)());

  StreamCore& core_;
  const std::size_t cell_;  // of the counters that each client thread has its own cell of
  std::minstd_rand random_;
  std::size_t size_ = 0;
  bool shut_down_ = false;
  bool watches_turns_ = false;
  bool slice_posted_ = false;
  std::uint8_t next_phase_ = 0;
  std::optional<std::uint32_t> slice_tick_;
  List reading_;  // for a worker, or until their socket has taken what one made
  List unfed_;    // read up to the end, without a feed
  List retrying_;
  List done_;
  SharedReads shared_reads_;
  IntrusiveList<TaskCursor, TaskTag> tasks_;
  IntrusiveList<StateView, StateViewTag> states_;
  IntrusiveList<StateView, StateViewTag> states_unvisited_;
  std::uint64_t states_told_ = 0;  // the last change when they were visited last
  bool watches_states_ = false;
  std::unordered_map<std::string, std::shared_ptr<FeedCursors>> feeds_;
  std::deque<std::shared_ptr<FeedCursors>> passes_;
  HeartbeatWheel wheel_;
  std::uint32_t beat_armed_for_ = 0;
  Timer beat_timer_;
  Timer retry_timer_;
  Timer lag_timer_;
  std::shared_ptr<ReadersMailbox> mailbox_;
};

}  // namespace tailwater
