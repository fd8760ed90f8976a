// ScanPlan: the whole history, or the part between two times, as pieces of work in the order in which their records are
// wanted: newest or oldest first. Pieces can be looked through at the same time. Not locked: its task holds a mutex.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "history/extent_walk.h"
#include "history/history_requests.h"
#include "stream/history_files.h"
#include "stream/record_pieces.h"
#include "stream/sse_frame.h"
#include "stream/time_cut.h"

namespace tailwater {

/// Lines of one extent: those that start in [from, to).
struct ScanSlice {
  Extent extent;
  TimePart part;           ///< of the extent, what is inside the window; record boundaries
  std::uint64_t from = 0;  ///< inside the part; anywhere in a line
  std::uint64_t to = 0;
};

struct ScanPiece {
  std::vector<ScanSlice> slices;  ///< in the order wanted
  std::vector<GapFrame> gaps;
  std::uint64_t bytes = 0;
};

class ScanPlan {
 public:
  static constexpr std::uint64_t kPieceBytes = 4U << 20;

  ScanPlan(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, ScanOrder order,
           TimeWindow window, WalkPlace from);

  /// Adds to `piece` until it is full; false: there is nothing more behind it. kUnavailable: later; with `give_up` it
  /// is done without what cannot be had: a file's extent is taken whole, so that reading it says what is wrong, and
  /// where the journal cannot be read all ends with a gap.
  [[nodiscard]] Result<bool> next(HistoryFiles& files, ReadBuffer& buffer, const std::atomic<bool>& cancelled,
                                  bool give_up, ScanPiece& piece);
  /// Bytes that were passed over because they lie outside the window.
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }
  /// Bytes of extents whose ends nobody knew before.
  [[nodiscard]] std::uint64_t learned() const { return learned_; }

 private:
  [[nodiscard]] Result<bool> walk(HistoryFiles& files, ReadBuffer& buffer, const std::atomic<bool>& cancelled,
                                  bool give_up, ScanPiece& piece);
  [[nodiscard]] Result<TimePart> part_of(const Extent& extent, HistoryFiles& files, ReadBuffer& buffer,
                                         const std::atomic<bool>& cancelled) const;
  /// False: it has none to look through.
  [[nodiscard]] Result<bool> settle_end(HistoryFiles& files, bool give_up, Extent& extent, ScanPiece& piece);
  void take_part(ScanPiece& piece);

  const HistorySources& sources_;
  const ScanOrder order_;
  const TimeWindow window_;
  ExtentWalk walk_;
  std::optional<ScanSlice> left_;  // of the extent that is being cut up
  std::optional<Walked> again_;    // what could not be read
  std::uint64_t passed_over_ = 0;
  std::uint64_t learned_ = 0;
};

}  // namespace tailwater
