// Rates: samples as the numbers that history keeps: a gauge as it is, a total as its growth per second. A total that is
// smaller than before has been reset: it has grown by nothing, and the reset is counted. The first sample of a total
// has no rate. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/sampler.h"

namespace tailwater {

/// What history knows of a series.
struct HistorySeries {
  std::string name;
  std::string members;  ///< series_members(): its key
};

class Rates {
 public:
  /// Finds the number of each series of the sample; one of `series()` for each of `values()`.
  void update(const Sample& sample);

  /// In the order of their numbers, which they keep: a series that is gone stays, without a value.
  [[nodiscard]] const std::vector<HistorySeries>& series() const { return series_; }
  /// By number; NaN: none.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  [[nodiscard]] std::uint64_t resets() const { return resets_; }

  /// Series that are remembered; beyond it, new ones are left out.
  static constexpr std::size_t kMaxSeries = 10'000;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Source {
    std::shared_ptr<const SeriesList> list;
    std::vector<std::uint32_t> numbers;  // of the list's series, or kNone
  };
  void learn(Source& source, const std::shared_ptr<const SeriesList>& list);

  std::vector<Source> sources_;
  std::vector<HistorySeries> series_;
  std::unordered_map<std::string, std::uint32_t> by_members_;
  std::vector<double> totals_;  // by number; NaN: none yet, or a gauge
  std::vector<double> values_;
  std::uint64_t resets_ = 0;
};

}  // namespace tailwater
