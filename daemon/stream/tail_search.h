// TailSearch: from where exactly N matching records follow, up to an end. Walks the history backwards in pieces, counts
// in each what matches, and holds no records: memory does not grow with N. Works in steps. Thread: one worker at a
// time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "journal/journal.h"
#include "stream/history_files.h"
#include "stream/history_place.h"
#include "stream/record_pieces.h"
#include "stream/replay.h"
#include "stream/scan_pace.h"

namespace tailwater {

class TailSearch {
 public:
  TailSearch(const HistorySources& sources, std::shared_ptr<const Selection> selection, std::uint64_t count,
             const JournalEnd& end);

  /// `give_up`: passes over what is unavailable now.
  [[nodiscard]] StepStop step(const StepBudget& budget, ReadBuffer& buffer, bool give_up,
                              const std::atomic<bool>& cancelled);
  /// After kDone.
  [[nodiscard]] HistoryPlace place() const { return found_; }

 private:
  struct Walking {
    Extent extent;
    std::uint64_t number = 0;  // of its journal entry, or its index in bounds_.before
    std::uint64_t end = 0;     // what lies behind has been counted
  };
  struct Step;
  /// Part of an extent, between two line starts.
  struct Segment {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  [[nodiscard]] bool restart(bool give_up);
  [[nodiscard]] std::optional<StepStop> retreat(Step& step);
  [[nodiscard]] std::optional<StepStop> retreat_in_journal(Step& step);
  [[nodiscard]] std::optional<StepStop> count_current(Step& step);
  [[nodiscard]] Result<std::uint64_t> segment_start(Step& step, const GenerationBytes& bytes,
                                                    const RecordRules& rules) const;
  /// Matching records of the segment, at most `most` of them; `last` is where the last one counted begins.
  [[nodiscard]] Result<std::uint64_t> count(Step& step, const GenerationBytes& bytes, const HistoryFiles::File& file,
                                            const Segment& segment, std::uint64_t most, std::uint64_t& last) const;
  void found_at(std::uint64_t offset);

  const HistorySources& sources_;
  std::shared_ptr<const Selection> selection_;
  const std::uint64_t wanted_;
  const JournalEnd end_;
  std::uint64_t needed_;
  bool started_ = false;
  HistoryBounds bounds_;
  std::size_t before_left_ = 0;            // extents of bounds_.before not yet walked
  std::unique_ptr<JournalReader> reader_;  // null once the journal is walked
  std::optional<Walking> current_;
  HistoryPlace found_;
  ScanPace pace_;
  int restarts_ = 0;
  int holes_ = 0;
};

}  // namespace tailwater
