// RunStages: in which stage each record of a run's file is, for those who show records. What arrives is looked at on
// the ingest thread as it comes, beside the run table, which is behind by as much as it likes; whoever reads history
// asks here, too, and is answered by whichever of the two has come that far. Both look at the same records in the same
// order, so the answer is the same. Of files in which nothing happens nothing is kept here for long. Thread: as
// StageSource says.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "runs/run_table.h"
#include "stream/stage_source.h"

namespace tailwater {

class RunStages final : public StageSource {
 public:
  /// Of so many files at once.
  static constexpr std::size_t kMaxFiles = 1000;
  /// What the table has not looked at yet is read here on the ingest thread, if it is no more than this.
  static constexpr std::uint64_t kMostMissed = 4U << 20;

  /// Both outlive it.
  RunStages(RunTable& table, const HistorySources& sources) : table_(table), sources_(sources) {}

  [[nodiscard]] std::shared_ptr<const StageMap> hear(const FileInfo& file, const Extent& extent, std::string_view bytes,
                                                     const BytesBefore& before, const RecordRules& rules,
                                                     WallTime arrived) override;
  void hear_change(const FileInfo& file, const FileChange& change) override;
  [[nodiscard]] std::shared_ptr<const StageMap> find(FileIndex file, const StageMap::Place& until) override;

 private:
  struct Live {
    std::unique_ptr<RunBuilder> builder;
    RunPlace end;
    std::list<FileIndex>::iterator place;  // in used_
  };
  [[nodiscard]] Live* live_at(const FileInfo& file, const Extent& extent, const RecordRules& rules);
  [[nodiscard]] std::unique_ptr<RunBuilder> begin(const FileInfo& file, const Extent& extent, const RecordRules& rules);
  [[nodiscard]] bool read_missed(RunBuilder& builder, const FileInfo& file, const Extent& extent, std::uint64_t from,
                                 const RecordRules& rules);
  void keep(FileIndex file, std::unique_ptr<RunBuilder> builder, const RunPlace& end);
  void drop(FileIndex file);

  RunTable& table_;
  const HistorySources& sources_;
  std::mutex mutex_;
  std::unordered_map<FileIndex, Live> live_;  // guarded by mutex_, as the next; only the ingest thread changes them
  std::list<FileIndex> used_;                 // the last one in front
};

}  // namespace tailwater
