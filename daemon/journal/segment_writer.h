// SegmentWriter: brings the pages of a PageStore to disk, in order, each byte once. The writer's thread only. A flush
// that fails has lost nothing: what is not on disk stays in the store, and the next flush begins where it stopped.
#pragma once

#include <memory>

#include "base/result.h"
#include "journal/page_store.h"
#include "journal/segment_directory.h"

namespace tailwater {

class SegmentWriter {
 public:
  /// Both must outlive the writer.
  SegmentWriter(PageStore& store, const SegmentDirectory& directory) : store_(store), directory_(directory) {}

  /// One pwrite for each page that changed: usually the live one alone. New segments are published when their snapshot
  /// is on disk, full ones synced.
  [[nodiscard]] Result<void> flush();
  /// fdatasync of what was flushed.
  [[nodiscard]] Result<void> sync();

 private:
  Result<void> write_first_unwritten();
  Result<void> write_live();
  Result<void> use_segment(const std::shared_ptr<Segment>& segment);

  PageStore& store_;
  const SegmentDirectory& directory_;
  std::shared_ptr<Segment> segment_;  ///< the one that file_ is
  std::shared_ptr<const SegmentFile> file_;
  bool unsynced_ = false;
};

}  // namespace tailwater
