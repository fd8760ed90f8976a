// TimeCut: which part of an extent lies between two times. Bytes that arrived as they were written are judged by when
// they arrived. What was read in bulk (a file that was there before) is judged by the times that its lines state, found
// by bisection: they ascend there, more or less, and a line without one belongs to the line before. Thread: one worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "filter/record_facts.h"
#include "journal/catalog.h"
#include "stream/record_pieces.h"

namespace tailwater {

struct TimeWindow {
  std::optional<WallTime> since;
  std::optional<WallTime> until;  ///< this moment itself is behind it
  [[nodiscard]] bool is_open() const { return !since && !until; }
};

struct TimePart {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// Did the extent's bytes wait to be read, so that their arrival says little about when they were written?
[[nodiscard]] bool is_bulk(const Extent& extent);

/// The part of `extent` inside the window; empty where none is. An extent that is not bulk is not read for it.
[[nodiscard]] Result<TimePart> part_inside(const TimeWindow& window, const GenerationBytes& file, const Extent& extent,
                                           const RecordOrigin& origin, ReadBuffer& buffer,
                                           const std::atomic<bool>& cancelled);

/// Where the first record begins that states `time` or a later one; the extent's end if none does. Bisection: about
/// thirty short reads in 10 GB. nullopt where no line near the extent's beginning states a time.
[[nodiscard]] Result<std::optional<std::uint64_t>> first_stating(WallTime time, const GenerationBytes& file,
                                                                 const Extent& extent, const RecordOrigin& origin,
                                                                 ReadBuffer& buffer,
                                                                 const std::atomic<bool>& cancelled);

/// The time that the extent's first records state, if they state one.
[[nodiscard]] Result<std::optional<WallTime>> first_stated_time(const GenerationBytes& file, const Extent& extent,
                                                                const RecordOrigin& origin, ReadBuffer& buffer);

}  // namespace tailwater
