// ExtentCursor: the extents of the history one after another, in one direction, for a walk that gathers the records of
// a page: opens their bytes, and says in the page's gaps what cannot be had. Works in steps and remembers where it is.
// Thread: one worker at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "history/extent_walk.h"
#include "history/page_records.h"

namespace tailwater {

enum class Direction : std::uint8_t { kBackwards, kForwards };

class ExtentCursor {
 public:
  ExtentCursor(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from,
               Direction direction)
      : sources_(sources), direction_(direction), walk_(sources.journal, bounds, end, from) {}

  /// Calls `gather` again and again while there is a current extent, which it must work off, until the page has
  /// `wanted` records or at_edge() (kDone), or the step is over.
  template <typename Gather>
  [[nodiscard]] StepStop run(PageStep& step, std::size_t wanted, PageRecords& page, Gather gather) {
    std::optional<StepStop> stop;
    while (!stop) {
      if (page.full(wanted) || at_edge_) {
        stop = StepStop::kDone;
      } else if (step.over()) {
        stop = StepStop::kBudget;
      } else {
        stop = current_ ? gather() : move(step, page);
      }
    }
    walk_.rest();
    return *stop;
  }

  /// There is nothing more in this direction.
  [[nodiscard]] bool at_edge() const { return at_edge_; }
  /// What is left of it; there is one where `gather` is called.
  [[nodiscard]] WalkedExtent& current() { return *current_; }
  void finish() { current_.reset(); }

  struct Opened {
    std::shared_ptr<const GenerationBytes> bytes;
    const HistoryFiles::File* file = nullptr;
  };
  /// The current extent's file and bytes. Null bytes: there is nothing to gather from it, it is finished, or to be
  /// asked for again later: `stop`. `from`: the bytes before it are had already. `with_end`: it is to have its end.
  [[nodiscard]] Opened open(PageStep& step, PageRecords& page, std::uint64_t from, bool with_end,
                            std::optional<StepStop>& stop);
  /// What is left of the current extent cannot be had, from `from` on.
  void lose(PageRecords& page, const FileInfo& file, std::uint64_t from, GapReason reason);

 private:
  [[nodiscard]] std::optional<StepStop> move(PageStep& step, PageRecords& page);
  void say(PageRecords& page, GapFrame gap) const;

  const HistorySources& sources_;
  const Direction direction_;
  ExtentWalk walk_;
  std::optional<WalkedExtent> current_;
  bool at_edge_ = false;
};

}  // namespace tailwater
