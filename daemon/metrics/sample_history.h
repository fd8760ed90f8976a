// SampleHistory: what samples said over the last hour, day and month: each tier holds means over its step, of gauges
// and of the rates of totals. Kept in blocks on disk or in memory, within a budget; the oldest are dropped. The block
// that is being filled is written once a minute, so a kill costs a minute at most. add() and flush() are for the
// sampler's thread, the rest for any; query() may wait for the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/glob.h"
#include "base/result.h"
#include "base/stream_set.h"
#include "metrics/block_store.h"
#include "metrics/history_block.h"
#include "metrics/rates.h"

namespace tailwater {

struct HistoryTier {
  Milliseconds step{};
  Milliseconds kept{};
};

struct HistoryOptions {
  std::string directory;  ///< empty: in memory
  ByteCount budget = 64ULL << 20;
  /// Finest first; each step divides the next.
  std::vector<HistoryTier> tiers{{std::chrono::seconds(1), std::chrono::hours(1)},
                                 {std::chrono::seconds(10), std::chrono::hours(24)},
                                 {std::chrono::seconds(60), std::chrono::hours(24 * 30)}};
};

struct HistoryQuery {
  WallTime from{};
  WallTime to{};
  Milliseconds step{};                    ///< 0: such that there are some hundred points
  std::vector<Glob> names;                ///< empty: all
  StreamSet readable = StreamSet::all();  ///< what tells of other streams is left out
};

class SampleHistory {
 public:
  /// What one answer may hold, over all its series.
  static constexpr std::size_t kMaxValues = 2'000'000;
  static constexpr std::size_t kMaxPoints = 11'000;

  explicit SampleHistory(HistoryOptions options);

  [[nodiscard]] Result<void> open() { return store_.open(); }
  void add(const Sample& sample);
  /// Writes what is not written yet.
  void flush();

  /// As JSON: {"from","to","step_ms","series":[{"name","labels","type","unit","values":[...]}]}, a value or null for
  /// each step; of a counter it is the rate per second. kInvalid where the answer would be too large.
  [[nodiscard]] Result<std::string> query(const HistoryQuery& query) const;

  [[nodiscard]] ByteCount bytes() const { return store_.bytes(); }
  [[nodiscard]] std::uint64_t write_errors() const { return store_.write_errors(); }
  [[nodiscard]] std::uint64_t resets() const { return resets_.load(std::memory_order_relaxed); }
  /// Series of the last sample that are not kept, since there are too many.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }

 private:
  struct Mean {
    double sum = 0;
    double seconds = 0;
    std::uint32_t owner = 0;  // of the number, as Rates counts them
  };
  struct Tier {
    HistoryTier what;
    ByteCount budget = 0;
    HistoryBlock open{1, 0};
    bool has_open = false;
    std::int64_t point = 0;   // that means are being gathered for
    std::vector<Mean> means;  // by the numbers of Rates
  };
  struct Answer;

  void gather(Tier& tier, WallTime time, double seconds);
  void finish_point(Tier& tier);
  [[nodiscard]] static bool is_kept(const Tier& tier, const HistorySeries& series, double seconds);
  void open_block(Tier& tier, std::int64_t first);
  void write_open(Tier& tier);
  void drop_old(const Tier& tier, WallTime now);
  [[nodiscard]] const Tier& tier_for(const HistoryQuery& query) const;
  void collect(const Tier& tier, const HistoryQuery& query, Answer& answer) const;

  Rates rates_;
  BlockStore store_;
  std::atomic<std::uint64_t> resets_{0};
  std::atomic<std::uint64_t> left_out_{0};
  std::chrono::microseconds since_flush_{};
  mutable std::mutex mutex_;  // guards the open blocks
  std::vector<Tier> tiers_;
};

}  // namespace tailwater
