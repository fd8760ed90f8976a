// Recovery: what a journal directory holds, read back after a stop of any kind. Reads all page headers, all snapshots
// and the whole last segment; cuts a torn end off. What is damaged elsewhere becomes a hole in the order, which readers
// report; nothing is skipped silently. Runs once, before the journal has readers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "journal/file_table.h"
#include "journal/page_store.h"
#include "journal/segment_directory.h"

namespace tailwater {

struct RecoveredJournal {
  std::vector<std::shared_ptr<Segment>> segments;  ///< to go on with, oldest first
  std::optional<PageBuilder> live;                 ///< in the last segment; without it the next page is a new one
  bool needs_segment = true;                       ///< nothing to go on in: start with a new segment
  std::uint64_t next_entry = 0;
  WallTime last_arrival{};
  FileTable table;
  bool damaged = false;
  std::uint64_t torn_records = 0;
  std::vector<std::uint64_t> obsolete;  ///< segments to remove once a new one is on disk
};

/// kCorrupt, and nothing touched, for a journal of a version that this program does not know.
[[nodiscard]] Result<RecoveredJournal> recover(const SegmentDirectory& directory);

}  // namespace tailwater
