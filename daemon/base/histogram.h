// Histogram: how often values fell below each of a few bounds. Observed by any thread, read by any: each count is
// exact, together they are not of one moment, but a bucket never has more than the count.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tailwater {

class Histogram {
 public:
  /// Growing, finite bounds; above the last one lies one more bucket.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

  void observe(double value) {
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    double sum = sum_.load(std::memory_order_relaxed);
    while (!sum_.compare_exchange_weak(sum, sum + value, std::memory_order_relaxed)) {
    }
  }

  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
  /// Of one bucket alone, the one above all bounds included.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// Seconds, from 50 microseconds to 5 seconds.
inline constexpr std::array<double, 11> kLatencyBounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                       0.01,    0.05,   0.25,    1.0,    5.0};

}  // namespace tailwater
