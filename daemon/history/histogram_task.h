// HistogramTask: GET /api/histogram: how many records match, by time and level; all that is known so far, a few times a
// second. A record counts at the time that it states, else when it arrived.
#pragma once

#include <memory>
#include <mutex>

#include "history/scan_task.h"
#include "history/time_counts.h"

namespace tailwater {

class HistogramTask final : public ScanTask {
 public:
  HistogramTask(const HistorySources& sources, const HistogramRequest& request, std::size_t lanes);

 private:
  struct Counted final : Findings {
    explicit Counted(TimeCounts empty) : counts(std::move(empty)) {}
    TimeCounts counts;
  };

  [[nodiscard]] std::unique_ptr<Findings> new_findings() override { return std::make_unique<Counted>(empty_); }
  bool take(Findings& findings, const Place& place, const Record& record, const RecordFacts& facts) override;
  [[nodiscard]] bool hand_in(Piece& piece, HistoryFiles& files, ReadBuffer& buffer) override;
  void say_end() override;
  void say_progress() override;
  [[nodiscard]] Result<WalkPlace> first_place(const HistoryBounds& bounds, const JournalEnd& end) override;
  void say_counts();

  const WallTime now_;
  TimeCounts empty_;  // of the right width
  std::mutex mutex_;
  TimeCounts counts_;  // guarded by mutex_
};

}  // namespace tailwater
