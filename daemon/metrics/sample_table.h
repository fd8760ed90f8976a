// SampleTable: the series of one source and their latest values. One thread writes, and shows others what it wrote with
// publish(); any thread takes copies. While no series come or go, neither setting nor publishing allocates, and the
// mutex is held for one copy of the values.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "metrics/metric.h"

namespace tailwater {

/// Series with all of a metric next to each other.
using SeriesList = std::vector<Series>;

struct SampleSet {
  std::shared_ptr<const SeriesList> series;  ///< the same object as long as none came or went
  std::vector<double> values;                ///< one for each series; NaN: none, as nothing was measured
};

class SampleTable {
 public:
  using Id = std::uint32_t;

  SampleTable();
  SampleTable(const SampleTable&) = delete;
  SampleTable& operator=(const SampleTable&) = delete;

  // --- the writer's thread -----------------------------------------------------------------------------------
  /// A series without a value. Of the same metric and labels there must be none yet.
  [[nodiscard]] Id add(std::shared_ptr<const MetricInfo> metric, Labels labels, SeriesPart part = SeriesPart::kValue);
  void remove(Id id);
  template <typename Number>
  void set(Id id, Number value) {
    values_[id] = static_cast<double>(value);
  }
  /// Nothing: no value.
  template <typename Number>
  void set(Id id, const std::optional<Number>& value) {
    if (!value) return clear(id);
    set(id, *value);
  }
  void clear(Id id);
  [[nodiscard]] double value(Id id) const { return values_[id]; }
  void publish();

  // --- any thread --------------------------------------------------------------------------------------------
  /// Copies what was published into `set`, which keeps its memory.
  void read(SampleSet& set) const;

 private:
  void rebuild_order();

  // By id; those that are not in use have no metric.
  std::vector<Series> series_;
  std::vector<double> values_;
  std::vector<std::uint64_t> serials_;  // of their additions, since ids are used again
  std::vector<Id> unused_;
  std::vector<Id> order_;  // ids, as published
  std::uint64_t additions_ = 0;
  bool changed_ = false;

  mutable std::mutex mutex_;
  SampleSet published_;  // guarded by mutex_
};

}  // namespace tailwater
