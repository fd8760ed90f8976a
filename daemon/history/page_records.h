// PageRecords: what a page of history has gathered, as the JSON objects that it will show, and the walks that gather
// it: RecordsBefore goes backwards from a place, RecordsAfter forwards. Both work in steps and remember where they are.
// Thread: one worker at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "history/extent_walk.h"
#include "stream/history_files.h"
#include "stream/record_framer.h"
#include "stream/record_pieces.h"
#include "stream/replay.h"
#include "stream/scan_pace.h"
#include "stream/sse_frame.h"
#include "stream/time_cut.h"

namespace tailwater {

struct PageRecord {
  std::string json;
  Position id;
  WalkPlace begin;
};

struct PageRecords {
  static constexpr std::size_t kMaxBytes = 8U << 20;  ///< of JSON; a page of very long records is shorter

  std::deque<PageRecord> records;
  std::deque<GapFrame> gaps;
  std::size_t bytes = 0;
  std::uint64_t scanned = 0;

  [[nodiscard]] bool full(std::size_t wanted) const { return records.size() >= wanted || bytes >= kMaxBytes; }
};

/// What one turn of a worker lends to the walks.
struct PageStep {
  const HistorySources& sources;
  const Selection& selection;
  ReadBuffer& buffer;
  const std::atomic<bool>& cancelled;
  HistoryFiles files;
  ScanPace& pace;
  bool give_up = false;
  std::uint64_t scanned = 0;

  [[nodiscard]] bool over() const {
    return scanned >= StepBudget{}.scan_bytes || pace.step_is_over() || cancelled.load(std::memory_order_relaxed);
  }
};

class RecordsBefore {
 public:
  /// `without`: a record that ends at the place from which it goes is not part of the page.
  RecordsBefore(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from,
                std::optional<Position> without);
  /// kDone: the page has `wanted` records, or at_start().
  [[nodiscard]] StepStop step(PageStep& step, std::size_t wanted, PageRecords& page);
  [[nodiscard]] bool at_start() const { return at_start_; }
  /// The oldest record that was looked at, taken or not.
  [[nodiscard]] const std::optional<Position>& looked_at() const { return looked_at_; }

 private:
  [[nodiscard]] std::optional<StepStop> retreat(PageStep& step, PageRecords& page);
  [[nodiscard]] std::optional<StepStop> gather(PageStep& step, std::size_t wanted, PageRecords& page);
  [[nodiscard]] Result<std::uint64_t> segment_start(PageStep& step, const GenerationBytes& bytes,
                                                    const RecordRules& rules) const;
  [[nodiscard]] Result<bool> scan(PageStep& step, const HistoryFiles::File& file, const GenerationBytes& bytes,
                                  std::uint64_t from, std::size_t wanted, std::deque<PageRecord>& found,
                                  PageRecords& page);
  void lose(PageRecords& page, const FileInfo& file, std::uint64_t from, GapReason reason);

  const HistorySources& sources_;
  ExtentWalk walk_;
  std::optional<Position> without_;
  std::optional<WalkedExtent> current_;
  std::uint64_t segment_bytes_ = 32U << 10;
  RecordFramer framer_{FrameStyle::kJson};
  std::optional<Position> looked_at_;
  bool at_start_ = false;
};

class RecordsAfter {
 public:
  RecordsAfter(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from);
  /// kDone: the page has `wanted` records, or at_end().
  [[nodiscard]] StepStop step(PageStep& step, std::size_t wanted, PageRecords& page);
  [[nodiscard]] bool at_end() const { return at_end_; }
  /// Before the first step: only what lies in this window and is of this generation.
  void narrow(const TimeWindow& window, std::optional<std::uint32_t> generation) {
    window_ = window;
    generation_ = generation;
  }
  /// Before the first step: the records' bare lines instead of objects.
  void as_text() { framer_ = RecordFramer(FrameStyle::kBare), text_ = true; }
  /// The newest place up to which all was looked at.
  [[nodiscard]] const std::optional<Position>& looked_at() const { return looked_at_; }

 private:
  [[nodiscard]] std::optional<StepStop> advance(PageStep& step, PageRecords& page);
  [[nodiscard]] std::optional<StepStop> gather(PageStep& step, std::size_t wanted, PageRecords& page);
  void lose(PageRecords& page, const FileInfo& file, GapReason reason);

  const HistorySources& sources_;
  ExtentWalk walk_;
  std::optional<WalkedExtent> current_;
  std::uint64_t offset_ = 0;
  TimeWindow window_;
  std::optional<std::uint32_t> generation_;
  bool narrowed_ = false;  // is the current extent, to the window?
  bool text_ = false;
  RecordFramer framer_{FrameStyle::kJson};
  std::optional<Position> looked_at_;
  bool at_end_ = false;
};

/// The object of a record: its members with its ID in front.
[[nodiscard]] std::string record_json(const RecordFramer& framer, const Record& record, const RecordFacts& facts);
/// Why bytes that were there are not to be had.
[[nodiscard]] GapReason reason_gone(const Catalog& catalog, const Extent& extent);
[[nodiscard]] GapFrame gap_between(const FileInfo& file, std::uint32_t generation, std::uint64_t from, std::uint64_t to,
                                   GapReason reason);

}  // namespace tailwater
