// Rates: samples as the numbers that history keeps: a gauge as it is, a total as its growth per second. A total that is
// smaller than before has been reset: it has grown by nothing, and the reset is counted. The first sample of a total
// has no rate, nor has one that was away. Each series has a number; one that has been gone for some time gives its
// number to another, so that series that come and go take up no more than there are at a time. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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
  /// Series that have numbers; beyond it, new ones are left out.
  static constexpr std::size_t kMaxSeries = 10'000;

  /// `remembered`: how long the number of a series stays its own after the series is gone.
  explicit Rates(Milliseconds remembered = Milliseconds(120'000)) : remembered_(remembered) {}

  /// Finds the number of each series of the sample.
  void update(const Sample& sample);

  /// By number; null: nobody's.
  [[nodiscard]] const std::vector<std::shared_ptr<const HistorySeries>>& series() const { return series_; }
  /// By number; NaN: none.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  /// By number: how many owners it has had.
  [[nodiscard]] const std::vector<std::uint32_t>& owners() const { return owners_; }
  [[nodiscard]] std::uint64_t resets() const { return resets_; }
  /// Series of the last sample that have no number.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Source {
    std::shared_ptr<const SeriesList> list;
    std::vector<std::uint32_t> numbers;  // of the list's series, or kNone
  };
  void learn(Source& source, const std::shared_ptr<const SeriesList>& list);
  [[nodiscard]] std::uint32_t number_of(const Series& series);
  void find_gone();
  void release_gone();

  const Milliseconds remembered_;
  std::vector<Source> sources_;
  std::vector<std::shared_ptr<const HistorySeries>> series_;
  std::vector<std::uint32_t> owners_;
  std::unordered_map<std::string_view, std::uint32_t> by_members_;  // views into series_
  std::vector<std::uint32_t> unused_;
  std::vector<double> totals_;  // by number; NaN: none yet, or a gauge
  std::vector<double> values_;
  std::unordered_map<std::uint32_t, std::chrono::microseconds> gone_;  // since when, by time_
  std::chrono::microseconds time_{};                                   // of all samples
  std::uint64_t resets_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace tailwater
