// StageSource: who knows the stages of the files that are runs (runs/run_stages.h). A seam: what runs are is not known
// here.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "journal/extent.h"
#include "journal/journal.h"
#include "stream/stage_map.h"

namespace tailwater {

class StageSource {
 public:
  virtual ~StageSource() = default;

  // --- ingest thread -----------------------------------------------------------------------------------------
  /// To be called with each extent of a stream of runs, before anybody is shown it. The map covers it; null: what
  /// stands before it has not been looked at yet, and find() will know on a worker.
  [[nodiscard]] virtual std::shared_ptr<const StageMap> hear(const FileInfo& file, const Extent& extent,
                                                             std::string_view bytes, const BytesBefore& before,
                                                             const RecordRules& rules, WallTime arrived) = 0;
  virtual void hear_change(const FileInfo& file, const FileChange& change) = 0;

  // --- workers -----------------------------------------------------------------------------------------------
  /// One that covers records up to `until`. May wait until they have been looked at. Null: it is no run.
  [[nodiscard]] virtual std::shared_ptr<const StageMap> find(FileIndex file, const StageMap::Place& until) = 0;
};

}  // namespace tailwater
