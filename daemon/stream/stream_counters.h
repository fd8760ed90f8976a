// StreamCounters: what /metrics and /api/streams say about streaming. Any thread; each is exact, together they are not
// of one moment.
#pragma once

#include <atomic>
#include <cstdint>

namespace tailwater {

struct StreamCounters {
  std::atomic<std::uint64_t> clients{0};
  std::atomic<std::uint64_t> live_clients{0};
  std::atomic<std::uint64_t> catching_up{0};
  std::atomic<std::uint64_t> records_framed{0};
  std::atomic<std::uint64_t> gaps_announced{0};
  std::atomic<std::uint64_t> fell_behind{0};
  std::atomic<std::uint64_t> feeds_set_aside{0};
};

}  // namespace tailwater
