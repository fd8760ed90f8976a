// ExtentWalk: the whole history, an extent or file change at a time, from any place, in either direction: first what
// was there before its file was followed, then what else lies before the retained journal, then the journal up to an
// end. Remembers only where it stands. Thread: one worker at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "journal/catalog.h"
#include "journal/journal.h"
#include "stream/history_place.h"

namespace tailwater {

/// All that can be read: before history_bounds() what was there before its file was followed, with the ends that have
/// been learned of what is compressed. Other ends are kUnknownEnd. Errors as of history_bounds().
[[nodiscard]] Result<HistoryBounds> whole_history(const Journal& journal, const Catalog& catalog);
/// Puts in what has been learned meanwhile; places stay what they were.
void put_learned_ends(const Catalog& catalog, HistoryBounds& bounds);
/// Learns the end of an extent that has none, where it has bytes: reads them through. kUnavailable: on its way there,
/// ask again.
[[nodiscard]] Result<void> learn_end(const Catalog& catalog, const GenerationBytes& bytes, Extent& extent);

/// A place in the whole history.
struct WalkPlace {
  bool in_journal = true;
  JournalPoint point;  ///< in the journal; else entry is an index into HistoryBounds::before
  friend auto operator<=>(const WalkPlace&, const WalkPlace&) = default;
};

struct WalkedExtent {
  Extent extent;  ///< cut where the walk began inside it, and at the end
  std::uint64_t number = 0;
  bool in_journal = true;
  [[nodiscard]] WalkPlace place(std::uint64_t offset) const { return {in_journal, {number, offset}}; }
};

/// Entries of the journal are missing here: evicted meanwhile, or damaged.
struct WalkedHole {};

using Walked = std::variant<WalkedExtent, FileChange, WalkedHole>;

class ExtentWalk {
 public:
  /// `bounds` and `journal` outlive it.
  ExtentWalk(const Journal& journal, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from);

  /// nullopt at the end.
  [[nodiscard]] Result<std::optional<Walked>> next();
  /// nullopt at the beginning.
  [[nodiscard]] Result<std::optional<Walked>> previous();
  /// Lets go of the page of the journal that it has at hand. Between steps.
  void rest();

 private:
  [[nodiscard]] JournalReader& reader();

  const Journal& journal_;
  const HistoryBounds& bounds_;
  const JournalEnd end_;
  WalkPlace place_;
  std::uint64_t first_offset_ = 0;  // where the walk began inside an extent; 0: not any more
  std::unique_ptr<JournalReader> reader_;
};

/// The place just past an ID. kNotFound: it was never one of ours; kGone: nobody knows any more where it was.
[[nodiscard]] Result<WalkPlace> place_past(const Journal& journal, const Catalog& catalog, const HistoryBounds& bounds,
                                           const Position& id);

/// Where all begins.
[[nodiscard]] WalkPlace start_place(const HistoryBounds& bounds);

}  // namespace tailwater
