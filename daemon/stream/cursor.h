// LoopCursor: the Cursor of a client thread. Private bytes (hello, heartbeats, what a history step made) go first, then
// a feed's blocks. It is in one of four states, and knows how to get from each to the next:
//   history ─ read up to the end ─▶ joining ─ the feed takes over ─▶ live ─ fell behind ─▶ history ...; any ─▶ done.
// What tells states (StateView) goes between the log's chunks, by turns with it.
// One that would rather miss something goes from live to joining when it falls behind, and joins at the live end.
// One that is moored writes down where it is whenever what it says next lies elsewhere, before it lets go of what it
// said. An idle live one is small: everything that only catching up needs lies in CatchUp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "stream/block.h"
#include "stream/history_job.h"
#include "stream/intrusive_list.h"
#include "stream/lag_skip.h"
#include "stream/mooring.h"
#include "stream/revival.h"
#include "stream/selection.h"
#include "stream/state_view.h"
#include "stream/stream_service.h"

namespace tailwater {

class LoopReaders;
struct FeedCursors;
struct StateTag;
struct WheelTag;

class LoopCursor final : public Cursor, public ListHook<StateTag>, public ListHook<WheelTag> {
 public:
  LoopCursor(LoopReaders& readers, bool sse, CursorListener& listener, std::unique_ptr<Mooring> mooring = nullptr);
  ~LoopCursor() override;

  [[nodiscard]] std::string_view peek() override;
  [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) override;
  bool consume(std::size_t count) override;
  [[nodiscard]] bool finished() const override { return state_ == State::kDone && private_.empty(); }
  [[nodiscard]] ByteCount lag() const override;
  void will_send() override {
    if (mooring_) mooring_->will_send();
  }

  // --- for LoopReaders and HistoryJob -------------------------------------------------------------------------
  void start(std::shared_ptr<const Selection> selection, StartRequest request, const JournalEnd& end);
  /// It tells states, too. Before start().
  void tell_states(const StateEvents& events, StateWish wish);
  /// Some have changed.
  void on_states();
  /// Goes on where an earlier process was.
  void go_on(std::shared_ptr<const Selection> selection, StartRequest request, const Revival& revival);
  /// A history step is done.
  void on_step();
  /// Its feed may be able to take over now, or the journal has grown.
  void on_turn();
  /// Tries again what was unavailable.
  void resume();
  /// Its feed has published something or dropped blocks.
  void on_news();
  void add_heartbeat(const JournalEnd& end);
  void shut_down(Milliseconds reconnect);
  [[nodiscard]] bool is_moored() const { return mooring_ != nullptr; }
  /// What a visit needs is fetched while those before it take place: the cursor when it is the fourth in turn, its
  /// listener when it is the third, what lies behind that when it is the second. Each step needs the one before it.
  void prefetch() const {
    for (std::size_t at = 0; at < sizeof(LoopCursor); at += 64)
      __builtin_prefetch(reinterpret_cast<const char*>(this) + at);
  }
  void prefetch_listener() const {
    __builtin_prefetch(&listener_);
    __builtin_prefetch(reinterpret_cast<const char*>(&listener_) + 64);
  }
  void prefetch_behind_listener() const { listener_.prefetch(); }
  void begin_mooring() {
    if (mooring_) mooring_->begin();
  }
  /// Says nothing any more: where it is has been written down.
  void park() { parked_ = true; }
  /// Calls on_ready() if that is owed. The cursor may be gone afterwards.
  void wake();
  /// Adds frames of its own, behind a complete chunk.
  void add_private(std::string_view frames);
  /// Bytes that are no chunk, before all others.
  void add_head(std::string_view head) { add_own(head); }

  std::uint32_t sent_tick = 0;  ///< when bytes were last on their way, in ticks of the heartbeat wheel
  std::uint8_t phase = 0;       ///< spreads heartbeats

 private:
  enum class State : std::uint8_t { kHistory, kJoining, kLive, kDone };
  struct CatchUp {
    std::shared_ptr<HistoryJob> job;
    JournalEnd end;  // what has been read up to, while joining
    SteadyTime started{};
    bool in_flight = false;
    bool unavailable = false;
    std::optional<Position> progress;
    ReplayCounts counts;
    ReadOnPlace next;     // behind what the last step made
    bool shares = false;  // it has only to read on at a point of the journal, as others may have to
    bool shared = false;  // the step under way is, or may become, that of others, too
  };
  /// What is held until it has been written down where the cursor is without it.
  struct LeftBlock {
    JournalPoint point;
    std::shared_ptr<const Block> block;
    std::shared_ptr<const Block> ahead;
    SurvivingBytes own;
  };

  [[nodiscard]] std::string_view peek_live();
  [[nodiscard]] bool say_states();
  [[nodiscard]] bool say_end();
  [[nodiscard]] bool has_said_up_to(std::uint64_t number) const;
  [[nodiscard]] bool has_bytes() const;
  void time_sending();
  void begin_history(History history);
  void submit();
  void take_step(HistoryStep& step);
  void take_shared_step(const HistoryStep& step);
  void leave_shared_reads();
  void try_join();
  void go_live(std::shared_ptr<const Block> block, std::uint32_t offset);
  void say_caught_up();
  /// Leaves the block at a chunk's end, keeping the rest of a chunk that it is in the middle of.
  [[nodiscard]] LeftBlock leave_block();
  void add_own(std::string_view bytes);
  void moor();
  [[nodiscard]] ReadOnPlace read_on() const;
  void fall_behind();
  void leave_feed();
  void read_without_feed();
  [[nodiscard]] bool has_missed_something() const { return state_ == State::kJoining && !catch_up_; }
  void skip_to_live_end();
  void say_missed(const Position& up_to);
  void set_state(State state);

  LoopReaders& readers_;
  CursorListener& listener_;
  SurvivingBytes private_;
  std::uint64_t told_number_ = 0;  // up to this append the client has an ID, as far as id-only blocks go
  std::shared_ptr<const Block> block_;
  std::shared_ptr<const Block> ahead_;  // the one behind block_, once gather() has given bytes of it
  std::shared_ptr<FeedCursors> feed_;
  std::unique_ptr<CatchUp> catch_up_;
  std::unique_ptr<LagSkip> lag_skip_;  // null: it misses nothing
  std::unique_ptr<StateView> states_;  // null: it tells none
  std::uint32_t private_sent_ = 0;
  std::uint32_t offset_ = 0;  // in block_
  State state_ = State::kHistory;
  bool sse_;
  bool waiting_ = false;    // on_ready() is owed
  bool postponed_ = false;  // it is in history, and reads on when it is asked for bytes
  bool caught_up_ = false;
  bool parked_ = false;
  std::unique_ptr<Mooring> mooring_;  // the first to go: it points to the rest
};

}  // namespace tailwater
