// Search for the place of a position in the arrival order: newest pages first, then by the segments' snapshots, which
// tell in which segment the file's bytes up to the position were completed. Any thread that may block.
#pragma once

#include "base/result.h"
#include "journal/extent.h"
#include "journal/page_store.h"

namespace tailwater {

/// For a position of a known file whose offset was reached. kGone: it lies before the retained order or in a hole.
[[nodiscard]] Result<JournalPoint> search_position(const PageStore& store, FileIndex file, const Position& position);

}  // namespace tailwater
