// HttpCounters: what /metrics says about requests. Any thread; each is exact, together they are not of one moment.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tailwater {

struct HttpCounters {
  using Counter = std::atomic<std::uint64_t>;
  /// Replies by the first digit of their status, less one; streams count as 2xx when they begin.
  std::array<Counter, 5> replies{};
  Counter streams_begun{0};
  Counter no_place{0};  ///< refused because all places, or those of an address, were taken
  Counter connections{0};
  Counter connections_ended{0};

  void count_reply(int status) {
    const int index = status / 100 - 1;
    if (index >= 0 && index < 5) replies[static_cast<std::size_t>(index)].fetch_add(1, std::memory_order_relaxed);
  }
  static void add(Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace tailwater
