// Swarm: many clients in a process of their own, so that neither their descriptors nor their work are the daemon's or
// the measuring program's. They read what comes, and tell by shared memory how much it was and how old.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "base/unique_fd.h"
#include "bench/load_report.h"

namespace tailwater {

/// Times as a histogram in shared memory: 64 buckets for each power of two of microseconds.
class TimeCounts {
 public:
  void add(std::int64_t nanoseconds);
  void clear();
  /// In milliseconds; 0 if there are none.
  [[nodiscard]] double percentile(double share) const;
  [[nodiscard]] std::uint64_t count() const;

 private:
  static constexpr std::size_t kParts = 64;
  static constexpr std::size_t kBuckets = kParts * 32;
  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
};

struct SwarmSettings {
  std::uint16_t port = 0;
  int clients = 1000;
  /// What client `i` sends when it has connected.
  std::function<std::string(int)> request = [](int) {
    return "GET /api/events?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  };
  bool tls = false;
  bool reads = true;     ///< false: they stall
  int timed_one_of = 1;  ///< clients whose events are taken apart: ` sent=NANOSECONDS. seq=N.`
  /// Sleeps for 100 us when it has read what there was. One that waits has to be woken, at the sender's cost, which
  /// clients on other machines do not cause; and a sender that is slower by a little finds it asleep far more often.
  bool pauses = false;
  int receive_buffer = 0;
  bool reconnects = false;  ///< as an EventSource: after `retry:`, with the last ID that it saw
};

class Swarm {
 public:
  explicit Swarm(SwarmSettings settings);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  struct Told {
    std::atomic<std::uint64_t> connected{0};
    std::atomic<std::uint64_t> gone{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> heard{0};        ///< clients that have had anything since they (re)connected
    std::atomic<std::uint64_t> events{0};       ///< of the timed clients
    std::atomic<std::uint64_t> out_of_turn{0};  ///< of those: not the number after the last one
    std::atomic<std::int64_t> last_arrival{0};
    std::atomic<std::uint64_t> awaited{0};  ///< so many events are waited for; 0: nobody waits
    TimeCounts ages;
  };
  [[nodiscard]] Told& told() const { return *told_; }
  [[nodiscard]] int clients() const { return settings_.clients; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// All are connected, and nothing has come for a while.
  void settle() const;
  /// False if it takes longer than `limit` until the timed clients have had so many events.
  [[nodiscard]] bool wait_for_events(std::uint64_t events, double limit_seconds = 60) const;

 private:
  [[noreturn]] void run();

  SwarmSettings settings_;
  Told* told_;
  UniqueFd reached_;  // an eventfd: what is awaited has come
  pid_t pid_;
};

/// A line of about 150 bytes that says when it was sent, and its number.
[[nodiscard]] std::string timed_line(std::uint64_t number);

}  // namespace tailwater
