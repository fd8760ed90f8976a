// Feed: the frames of one selection, made once for all who want it: a chain of blocks, the oldest dropped when the
// budget is used up. Filled on the ingest thread from the append after start() on. Cursors on any thread take blocks
// from it under a mutex that is held for a few instructions, once a block; inside a block they need no lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "journal/event_id.h"
#include "stream/block.h"
#include "stream/line_batch.h"
#include "stream/selection.h"
#include "stream/send_probe.h"

namespace tailwater {

class ReadersMailbox;

struct FeedLimits {
  ByteCount feed_bytes = 4ULL << 20;
  std::uint32_t block_bytes = 64U << 10;
  std::uint32_t chunk_bytes = 16U << 10;
  /// Where blocks are made, so that streams can go on when this process is gone; may be null, outlives the feeds.
  SurvivingMemory* memory = nullptr;
};

/// What a feed's filter has cost in the span of time under way.
struct FilterCost {
  std::chrono::nanoseconds spent{0};
  std::int64_t bytes = 0;  ///< that it looked at
};

/// A place among a feed's bytes; always between two chunks when a feed gives it.
struct FeedPlace {
  std::shared_ptr<const Block> block;
  std::uint32_t offset = 0;
};

class Feed {
 public:
  enum class Join {
    kJoined,
    kNotYet,    ///< the feed has not evaluated that append yet: ask again when woken
    kReadOn,    ///< the feed cannot take over there: read the journal up to a later end, then ask again
    kSetAside,  ///< nor anywhere else, any more
  };

  Feed(std::shared_ptr<const Selection> selection, const FeedLimits& limits);

  [[nodiscard]] const Selection& selection() const { return *selection_; }
  [[nodiscard]] const std::shared_ptr<const Selection>& shared_selection() const { return selection_; }

  // --- ingest thread ---------------------------------------------------------------------------------------
  /// Evaluation begins behind append `number`.
  void start(std::uint64_t number, const JournalPoint& point, const Position& position);
  /// As Selection::selects(), remembered.
  [[nodiscard]] bool selects(const FileInfo& file);
  /// A whole frame of append `number`. `point` and `position` are just past its record.
  void append_record(std::string_view frame, std::uint64_t number, const JournalPoint& point, const Position& position);
  /// The same for what is no record.
  void append_change(std::string_view frame, std::uint64_t number, const JournalPoint& point, const Position& position);
  /// The last append that had a frame here, if there are frames that are not published.
  [[nodiscard]] std::uint64_t last_number() const { return batch_.empty() ? pending_mark_.last : batch_mark_.last; }
  /// No more frames of `number`; `point` is just past the append.
  void end_append(std::uint64_t number, const JournalPoint& point);
  /// Everything up to `number` is evaluated: publishes it. Adds to `wake` those who wait for it. With `noticed` its way
  /// to a client is timed from there on.
  void end_turn(std::uint64_t number, std::optional<SteadyTime> noticed,
                std::vector<std::shared_ptr<ReadersMailbox>>& wake);
  /// Keeps the last one. Whoever may be in it is to be woken: see watchers().
  void drop_oldest_block();
  /// Its filter is too slow for this thread: everything up to `point` is evaluated, the rest is left to whoever reads
  /// the journal. Drops all blocks; whoever may be in one is to be woken.
  void set_aside(const JournalPoint& point);
  FilterCost cost;

  // --- any thread ------------------------------------------------------------------------------------------
  /// Everything up to append `number` has been read elsewhere: where to go on here.
  [[nodiscard]] Join join(std::uint64_t number, FeedPlace& place);
  /// The block after `block`; null if it has been dropped already or there is none yet.
  [[nodiscard]] std::shared_ptr<const Block> next(const Block& block) const;
  [[nodiscard]] bool is_set_aside() const { return set_aside_.load(std::memory_order_acquire); }
  /// Once it is set aside: the point up to which it had evaluated, for a cursor that has read all of it.
  [[nodiscard]] std::optional<JournalPoint> end_point(const Block& block, std::uint32_t offset) const;
  [[nodiscard]] bool retains(const Block& block) const { return block.start().sequence >= dropped(); }
  /// Bytes published since the feed began.
  [[nodiscard]] std::uint64_t published() const { return published_.load(std::memory_order_acquire); }
  /// What has been evaluated, and the position after the last record that was framed.
  struct Evaluated {
    std::uint64_t number = 0;
    Position framed;
  };
  [[nodiscard]] Evaluated evaluated() const;
  /// Memory of the blocks that the feed keeps.
  [[nodiscard]] ByteCount footprint() const { return footprint_.load(std::memory_order_relaxed); }
  /// Blocks dropped since the feed began.
  [[nodiscard]] std::uint64_t dropped() const { return first_sequence_.load(std::memory_order_acquire); }
  [[nodiscard]] std::vector<std::shared_ptr<ReadersMailbox>> watchers() const;
  /// Whom end_turn() wakes: once for each watch(), until as many unwatch().
  void watch(const std::shared_ptr<ReadersMailbox>& mailbox);
  void unwatch(const std::shared_ptr<ReadersMailbox>& mailbox);
  std::atomic<std::size_t> live_cursors{0};
  SendProbe send_probe;
  /// How many bytes wait for the slowest of the live cursors that `mailbox` wakes, as of a short while ago.
  void report_lag(const std::shared_ptr<ReadersMailbox>& mailbox, ByteCount bytes);
  /// Of the slowest of all.
  [[nodiscard]] ByteCount lag() const;

 private:
  void append(std::string_view frames, const ChunkMark& mark);
  void flush_batch();
  void flush();
  void add_block(std::size_t frames_bytes);

  const std::shared_ptr<const Selection> selection_;
  const FeedLimits limits_;

  // Ingest thread alone.
  std::unordered_map<FileKey, bool> selected_files_;
  LineBatch batch_;  // of a selection that batches: records of the turn on their way into pending_
  ChunkMark batch_mark_;
  std::string pending_;  // the next chunk
  ChunkMark pending_mark_;
  ChunkMark last_mark_;
  Position framed_;
  std::shared_ptr<Block> current_;
  bool news_ = false;
  std::uint64_t turn_begin_ = 0;  // as published()

  std::atomic<std::uint64_t> first_sequence_{0};
  std::atomic<std::uint64_t> published_{0};
  std::atomic<ByteCount> footprint_{0};
  std::atomic<bool> set_aside_{false};

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Block>> blocks_;                      // guarded by mutex_
  std::vector<std::shared_ptr<ReadersMailbox>> watchers_;          // guarded by mutex_
  std::vector<std::pair<const ReadersMailbox*, ByteCount>> lags_;  // guarded by mutex_; of watchers alone, no zeros
  Evaluated evaluated_;                                            // guarded by mutex_
  bool started_ = false;                                           // guarded by mutex_
  bool awaited_ = false;                                           // guarded by mutex_: someone got kNotYet
  FeedPlace end_;                                                  // guarded by mutex_: when it was set aside
  JournalPoint end_point_;                                         // guarded by mutex_: likewise
};

}  // namespace tailwater
