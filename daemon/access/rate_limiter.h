// RateLimiter: token buckets, one for each key, in a table of fixed size: whoever comes with many keys makes some share
// a bucket and costs no memory. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tailwater {

class RateLimiter {
 public:
  static constexpr std::size_t kSlots = 4096;

  /// `burst` at once, then `per_second`; 0 a second: no limit.
  RateLimiter(double per_second, double burst);

  /// Takes one of the key's; zero if there was one, else how long until there will be.
  [[nodiscard]] Milliseconds take(std::string_view key, SteadyTime now);
  /// Puts it back: it should not have counted.
  void give_back(std::string_view key);

 private:
  struct Bucket {
    double level;
    SteadyTime filled{};
  };
  Bucket& bucket_of(std::string_view key);

  const double per_second_;
  const double burst_;
  const std::uint64_t seed_;  // so that nobody can choose whom he shares a bucket with
  std::mutex mutex_;
  std::vector<Bucket> buckets_;  // guarded by mutex_
};

}  // namespace tailwater
