// IngestCounters: IngestStatus as atomics: written by the ingest thread, read by any. Each is exact by itself; together
// they are no snapshot.
#pragma once

#include <atomic>
#include <cstdint>

#include "source/ingest.h"

namespace tailwater {

struct IngestCounters {
  using Counter = std::atomic<std::uint64_t>;
  Counter files{0};
  Counter files_polled{0};
  Counter files_refused{0};
  Counter bytes_read{0};
  Counter extents{0};
  Counter rotations{0};
  Counter truncations{0};
  Counter inotify_overflows{0};
  Counter sweeps{0};
  Counter sweep_finds{0};
  Counter read_errors{0};
  Counter nul_bytes_skipped{0};

  static void add(Counter& counter, std::uint64_t count = 1) { counter.fetch_add(count, std::memory_order_relaxed); }
  static void set(Counter& counter, std::uint64_t value) { counter.store(value, std::memory_order_relaxed); }

  [[nodiscard]] IngestStatus read() const {
    IngestStatus status;
    status.files = files.load(std::memory_order_relaxed);
    status.files_polled = files_polled.load(std::memory_order_relaxed);
    status.files_refused = files_refused.load(std::memory_order_relaxed);
    status.bytes_read = bytes_read.load(std::memory_order_relaxed);
    status.extents = extents.load(std::memory_order_relaxed);
    status.rotations = rotations.load(std::memory_order_relaxed);
    status.truncations = truncations.load(std::memory_order_relaxed);
    status.inotify_overflows = inotify_overflows.load(std::memory_order_relaxed);
    status.sweeps = sweeps.load(std::memory_order_relaxed);
    status.sweep_finds = sweep_finds.load(std::memory_order_relaxed);
    status.read_errors = read_errors.load(std::memory_order_relaxed);
    status.nul_bytes_skipped = nul_bytes_skipped.load(std::memory_order_relaxed);
    return status;
  }
};

}  // namespace tailwater
