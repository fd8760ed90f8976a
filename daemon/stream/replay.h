// Replay: history as frames: the extents in the journal's order, read from their files, cut, filtered and framed by
// the same code as live ones, so that the bytes are the same. Works in steps of bounded size and remembers only where
// it is. Bytes that cannot be had back become `gap` events. Thread: one worker at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "journal/journal.h"
#include "stream/chunk_buffer.h"
#include "stream/history_files.h"
#include "stream/history_place.h"
#include "stream/line_batch.h"
#include "stream/read_on.h"
#include "stream/record_framer.h"
#include "stream/record_pieces.h"
#include "stream/scan_pace.h"
#include "stream/sse_frame.h"
#include "stream/time_cut.h"

namespace tailwater {

/// How much one step may do before another client gets its turn.
struct StepBudget {
  std::size_t frame_bytes = 256U << 10;
  std::uint64_t scan_bytes = 8U << 20;
  std::size_t chunk_bytes = 16U << 10;
};

enum class StepStop : std::uint8_t {
  kDone,
  kBudget,       ///< there is more; so it is when cancelled
  kUnavailable,  ///< a file or the journal cannot be read at the moment: try again later
};

struct ReplayCounts {
  std::uint64_t records = 0;
  std::uint64_t record_bytes = 0;  ///< in their files
  GapCounts gaps{};
};

class Replay {
 public:
  Replay(const HistorySources& sources, std::shared_ptr<const Selection> selection);

  void begin(HistoryPlace place);
  /// What lies outside is left out, from now on.
  void set_window(const TimeWindow& window) { window_ = window; }
  /// Reads on, at most up to `until`; kDone when it is there. `give_up`: what is unavailable now is a gap.
  [[nodiscard]] StepStop step(const JournalEnd& until, const StepBudget& budget, ReadBuffer& buffer, bool give_up,
                              const std::atomic<bool>& cancelled, ChunkBuffer& out);
  /// A gap that is known but not said yet, because it may grow. kDone says it by itself.
  void say_gap(ChunkBuffer& out);
  /// The position up to which all was looked at, if a client may be told so and has not been by a frame's ID.
  [[nodiscard]] std::optional<Position> progress() const;
  /// Where another replay would go on behind what the steps have made so far; kRequest: at the beginning.
  [[nodiscard]] ReadOnPlace read_on() const;
  [[nodiscard]] const ReplayCounts& counts() const { return counts_; }

 private:
  struct Reading {
    Extent extent;
    std::uint64_t offset = 0;
    std::uint64_t entry = 0;  ///< in the journal
    bool in_journal = true;
    bool cut = false;  ///< to the window
  };
  struct OpenGap {
    std::shared_ptr<const FileInfo> file;
    std::uint32_t generation = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::optional<std::uint64_t> bytes;  ///< nobody knows how many where there is none
    GapReason reason = GapReason::kRotated;
  };
  struct Step;

  [[nodiscard]] std::optional<StepStop> advance(Step& step);
  [[nodiscard]] std::optional<StepStop> advance_in_journal(Step& step);
  [[nodiscard]] std::optional<StepStop> read_current(Step& step);
  [[nodiscard]] std::optional<StepStop> cut_to_window(Step& step, const HistoryFiles::File& file,
                                                      const GenerationBytes& bytes);
  [[nodiscard]] std::optional<StepStop> read_pieces(Step& step, const HistoryFiles::File& file,
                                                    const GenerationBytes& bytes);
  void finish_extent(const FileInfo* file);
  [[nodiscard]] StepStop not_there_yet();
  void say_change(Step& step, const FileChange& change);
  void say_lost_journal(Step& step);
  void lose_rest(Step& step, const HistoryFiles::File& file, GapReason reason);
  void say_record(Step& step, const Position& id, const Record& record, const RecordFacts& facts);
  void say_batch(ChunkBuffer& out);
  void say(ChunkBuffer& out, const GapFrame& gap);
  [[nodiscard]] GapReason reason_gone(const Extent& extent) const;
  [[nodiscard]] Position last_position();

  const HistorySources& sources_;
  std::shared_ptr<const Selection> selection_;
  RecordFramer framer_;
  LineBatch batch_;     // of a selection that batches: what the step under way has found since the last event
  std::string frame_;   // the one that goes into it
  HistoryPlace place_;  // where the next step begins; `before` is used up from its front
  std::size_t next_before_ = 0;
  std::unique_ptr<JournalReader> reader_;
  std::optional<Reading> current_;
  std::optional<Position> last_;  // up to where all was looked at; unset: nothing since begin()
  std::optional<Position> said_;  // the last ID in a frame
  std::optional<OpenGap> gap_;
  bool lost_journal_ = false;  // entries are missing before the reader's place, which has not been said
  int waits_ = 0;              // for a compressed file to be read up to a place in it
  TimeWindow window_;
  ScanPace pace_;
  ReplayCounts counts_;
};

}  // namespace tailwater
