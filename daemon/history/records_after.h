// RecordsAfter: gathers the records of a page, or of a download, forwards from a place. Works in steps and remembers
// where it is. Thread: one worker at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "history/extent_cursor.h"
#include "stream/time_cut.h"

namespace tailwater {

class RecordsAfter {
 public:
  /// `style`: objects, or kBare for the records' lines.
  RecordsAfter(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from,
               FrameStyle style)
      : cursor_(sources, bounds, end, from, Direction::kForwards), style_(style), framer_(style) {}

  /// kDone: the page has `wanted` records, or at_end().
  [[nodiscard]] StepStop step(PageStep& step, std::size_t wanted, PageRecords& page) {
    return cursor_.run(step, wanted, page, [&] { return gather(step, wanted, page); });
  }
  [[nodiscard]] bool at_end() const { return cursor_.at_edge(); }
  /// Before the first step: only what lies in this window and is of this generation.
  void narrow(const TimeWindow& window, std::optional<std::uint32_t> generation) {
    window_ = window;
    generation_ = generation;
  }
  /// The newest place up to which all was looked at.
  [[nodiscard]] const std::optional<Position>& looked_at() const { return looked_at_; }

 private:
  [[nodiscard]] std::optional<StepStop> gather(PageStep& step, std::size_t wanted, PageRecords& page);
  [[nodiscard]] Result<void> narrow_current(PageStep& step, const ExtentCursor::Opened& opened);
  [[nodiscard]] std::optional<StepStop> scan(PageStep& step, const ExtentCursor::Opened& opened, std::size_t wanted,
                                             PageRecords& page);
  void finish();

  ExtentCursor cursor_;
  const FrameStyle style_;
  RecordFramer framer_;
  TimeWindow window_;
  std::optional<std::uint32_t> generation_;
  std::optional<std::uint64_t> offset_;  // in the current extent, once it was begun
  bool narrowed_ = false;                // is it, to the window?
  std::optional<Position> looked_at_;
};

}  // namespace tailwater
