// Registry: what the daemon says about itself: named functions that tell a number now, and histograms. Everything that
// has a bound, a drop, a lag or a latency is registered here once, when the daemon is put together. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/histogram.h"
#include "metrics/metric.h"
#include "metrics/sample_table.h"

namespace tailwater {

class Registry {
 public:
  /// Tells a number, from any thread, without waiting for anything but a short mutex.
  using Read = std::function<double()>;

  Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Series of one metric are told apart by their labels and share the MetricInfo object.
  void add(std::shared_ptr<const MetricInfo> metric, Labels labels, Read read);
  void add(MetricInfo metric, Read read) { add(make_metric(std::move(metric)), {}, std::move(read)); }
  void add(std::shared_ptr<const MetricInfo> metric, Labels labels, std::shared_ptr<const Histogram> histogram);

  /// In place of the series of that name and labels, if there is one.
  void add_or_replace(MetricInfo metric, Labels labels, Read read);

  /// Takes away all series with that label: their functions are not called any more.
  void remove(const Label& label);

  /// All numbers as they are now, into `set`, which keeps its memory.
  void read(SampleSet& set) const;

 private:
  struct Entry {
    std::shared_ptr<const MetricInfo> metric;
    Labels labels;
    Read read;                                   // or else
    std::shared_ptr<const Histogram> histogram;  // this
  };

  void insert(Entry entry);
  void list_series();
  static void append_series(const Entry& entry, SeriesList& list);
  static void append_values(const Entry& entry, std::vector<double>& values);

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;                // guarded by mutex_; a metric's stand together
  std::shared_ptr<const SeriesList> series_;  // guarded by mutex_
};

/// "0.25", "1.0", "+Inf": a bucket's bound as the value of its label.
[[nodiscard]] std::string bound_text(double bound);

}  // namespace tailwater
