// RecordsBefore: gathers the records of a page backwards from a place: the last ones that match, a segment of a file at
// a time, larger ones as it goes on. Works in steps and remembers where it is. Thread: one worker at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "history/extent_cursor.h"

namespace tailwater {

class RecordsBefore {
 public:
  /// `without`: a record that ends at the place from which it goes is not part of the page.
  RecordsBefore(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from,
                std::optional<Position> without, FrameStyle style)
      : cursor_(sources, bounds, end, from, Direction::kBackwards), without_(std::move(without)), framer_(style) {}

  /// kDone: the page has `wanted` records, or at_start().
  [[nodiscard]] StepStop step(PageStep& step, std::size_t wanted, PageRecords& page) {
    return cursor_.run(step, wanted, page, [&] { return gather(step, wanted, page); });
  }
  [[nodiscard]] bool at_start() const { return cursor_.at_edge(); }
  /// The oldest record that was looked at, taken or not.
  [[nodiscard]] const std::optional<Position>& looked_at() const { return looked_at_; }

 private:
  struct Segment {
    std::uint64_t from = 0;             ///< a record's start
    std::deque<PageRecord> found = {};  ///< the last ones that match, no more than are wanted
    bool whole = true;                  ///< false: there were older ones among them
  };
  [[nodiscard]] std::optional<StepStop> gather(PageStep& step, std::size_t wanted, PageRecords& page);
  [[nodiscard]] Result<std::uint64_t> segment_start(PageStep& step, const GenerationBytes& bytes,
                                                    const RecordRules& rules);
  [[nodiscard]] Result<Segment> scan(PageStep& step, const ExtentCursor::Opened& opened, std::size_t wanted,
                                     PageRecords& page);
  void keep(PageRecords& page, Segment segment);

  ExtentCursor cursor_;
  std::optional<Position> without_;
  std::uint64_t segment_bytes_ = 32U << 10;
  RecordFramer framer_;
  std::optional<Position> looked_at_;
};

}  // namespace tailwater
