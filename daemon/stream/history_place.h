// Places in the whole history: first the bytes that lie before the retained journal (each file by itself), then the
// journal's order. What start resolution and tail search find, and where replay begins. Plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "journal/journal.h"

namespace tailwater {

/// What can be read, as of one moment.
struct HistoryBounds {
  std::vector<Extent> before;  ///< Journal::before_first(), by (file, generation, begin)
  JournalPoint first;          ///< Journal::first_point()
  friend bool operator==(const HistoryBounds&, const HistoryBounds&) = default;
};
/// An error where the journal cannot be read at the moment: what lies before it is then unknown, not nothing.
[[nodiscard]] Result<HistoryBounds> history_bounds(const Journal& journal);

struct HistoryPlace {
  /// Still to be read before the journal, in this order; the first of them may begin in the middle.
  std::vector<Extent> before;
  JournalPoint point;
};

/// The place just past a position in what was there before its file was followed: the rest of that, of all files, then
/// what arrived. nullopt if the position is not there; errors as of history_bounds().
[[nodiscard]] Result<std::optional<HistoryPlace>> place_in_earlier(const Journal& journal, const Catalog& catalog,
                                                                   const Position& position);

/// The position of the last extent before the place, of whatever file: the ID with which a client would come back to
/// it. `start.0.0` if there is nothing before. May touch the disk.
[[nodiscard]] Position position_before(const Journal& journal, const HistoryPlace& place, const Catalog& catalog);

/// `extent`, which is entry `number`, as it is for a reader at `point`: cut where the point lies inside it.
[[nodiscard]] Extent cut_at(Extent extent, std::uint64_t number, const JournalPoint& point);

}  // namespace tailwater
