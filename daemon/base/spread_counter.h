// SpreadCounter: a counter that many threads add to all the time: each has a cell of its own, so that they do not take
// a cache line from each other. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tailwater {

class SpreadCounter {
 public:
  /// A cell for a thread; with more threads than cells some share one.
  [[nodiscard]] std::size_t cell() { return next_.fetch_add(1, std::memory_order_relaxed) % kCells; }
  void add(std::size_t cell, std::uint64_t amount) { cells_[cell].value.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t kCells = 32;
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Cell, kCells> cells_{};
  std::atomic<std::size_t> next_{0};
};

}  // namespace tailwater
