// ExtentRelay: hands what ingest found to all who want it: streams, runs and log metrics, which like source/ itself do
// not know each other. Ingest thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/log_metrics.h"
#include "runs/run_table.h"
#include "source/ingest.h"
#include "stream/stream_service.h"

namespace tailwater {

class ExtentRelay final : public IngestListener {
 public:
  /// All outlive it.
  ExtentRelay(StreamService& streams, LogMetrics& metrics, RunTable& runs, const std::vector<StreamRules>& rules);

  void set_rules(const std::vector<StreamRules>& rules);
  void on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                 const Journal::Appended& appended) override;
  void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) override;
  void on_turn_end(std::optional<SteadyTime> noticed) override;

 private:
  StreamService& streams_;
  LogMetrics& metrics_;
  RunTable& runs_;
  std::map<std::string, RecordRules, std::less<>> rules_;  // of each stream
};

}  // namespace tailwater
