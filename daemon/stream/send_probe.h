// SendProbe: one place of a feed on its way to the sockets, and when its bytes were noticed in their file: what a
// sample of the latency is taken from. Set by the ingest thread, taken by the first client thread that has sent bytes
// behind the place; one at a time. While none is set, asking costs a load.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/clock.h"

namespace tailwater {

class SendProbe {
 public:
  // --- ingest thread -----------------------------------------------------------------------------------------
  /// `place`, in bytes of the feed, is always behind the one before. Passed over while one is under way.
  void set(std::uint64_t place, SteadyTime noticed) {
    if (place_.load(std::memory_order_acquire) != kNone) return;
    noticed_.store(noticed.time_since_epoch().count(), std::memory_order_relaxed);
    place_.store(place, std::memory_order_release);
  }
  void clear() { place_.store(kNone, std::memory_order_relaxed); }

  // --- any thread --------------------------------------------------------------------------------------------
  /// Bytes up to `sent` are on their way: when those at the place had been noticed, for who is the first.
  [[nodiscard]] std::optional<SteadyTime> take(std::uint64_t sent) {
    std::uint64_t place = place_.load(std::memory_order_acquire);
    if (place >= sent) return std::nullopt;
    const SteadyTime noticed{SteadyTime::duration(noticed_.load(std::memory_order_relaxed))};
    // No place is set twice: that it is still there means that the time is its own.
    if (!place_.compare_exchange_strong(place, kNone, std::memory_order_acq_rel)) return std::nullopt;
    return noticed;
  }

 private:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  std::atomic<std::uint64_t> place_{kNone};
  std::atomic<SteadyTime::rep> noticed_{0};
};

}  // namespace tailwater
