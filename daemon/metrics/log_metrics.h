// LogMetrics: numbers from log lines: lines and bytes of each stream, lines by level, and what the rules of the
// configuration make of them. Every extent is cut into records once for all rules. What was there before the start is
// not counted. Ingest thread, but for read() and the registry's functions.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "filter/record_splitter.h"
#include "metrics/log_metric.h"
#include "metrics/registry.h"
#include "metrics/sample_table.h"

namespace tailwater {

/// Whole records of one file, as they arrived.
struct LogExtent {
  std::string_view stream;
  std::string_view bytes;
  std::uint64_t begin = 0;
  BytesBefore before;  ///< if it begins inside a line, that line has been counted
  bool partial = false;
};

class LogMetrics {
 public:
  /// `clock` outlives it; the registry hears of each rule that is new, and reads its counters for as long as it lives.
  LogMetrics(bool levels, const Clock& clock, Registry& registry);

  /// Rules that are the same as before keep what they have counted. kInvalid names the rule; then nothing changes.
  [[nodiscard]] Result<void> set_rules(const std::vector<LogMetricRule>& rules);
  void on_extent(const LogExtent& extent, const RecordRules& rules);
  /// Lets others see what has been counted, unless they have just been.
  void on_turn_end();
  void publish();

  // --- any thread --------------------------------------------------------------------------------------------
  void read(SampleSet& set) const { table_.read(set); }

 private:
  static constexpr std::size_t kLevels = 7;  // and none
  struct Stream {
    std::array<SampleTable::Id, kLevels> lines{};
    SampleTable::Id bytes = 0;
  };

  Stream& stream_of(std::string_view name);
  void count(const Stream& stream, std::string_view line);
  void apply_timed(std::string_view line);
  void forget_rule(const std::string& name, const std::vector<LogMetricRule>& rules);
  void register_rule(const LogMetric& metric);

  const bool levels_;
  const Clock& clock_;
  Registry& registry_;
  SampleTable table_;
  std::shared_ptr<const MetricInfo> lines_;
  std::shared_ptr<const MetricInfo> bytes_;
  std::map<std::string, Stream, std::less<>> streams_;
  std::vector<std::unique_ptr<LogMetric>> metrics_;
  std::vector<LogMetric*> applied_;  // those that the extent at hand may match
  std::uint64_t lines_seen_ = 0;
  SteadyTime next_expiry_{};
  SteadyTime published_{};
  const std::shared_ptr<std::atomic<std::uint64_t>> nanoseconds_ = std::make_shared<std::atomic<std::uint64_t>>(0);
};

}  // namespace tailwater
