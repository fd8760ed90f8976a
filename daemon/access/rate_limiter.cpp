#include "access/rate_limiter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>

#include "base/bytes.h"

namespace tailwater {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

}  // namespace

RateLimiter::RateLimiter(double per_second, double burst)
    : per_second_(per_second),
      burst_(std::max(1.0, burst)),
      seed_(random_seed()),
      buckets_(per_second > 0 ? kSlots : 0, Bucket{std::max(1.0, burst)}) {}

RateLimiter::Bucket& RateLimiter::bucket_of(std::string_view key) {
  std::string seeded(reinterpret_cast<const char*>(&seed_), sizeof seed_);
  seeded += key;
  return buckets_[fingerprint(seeded) % kSlots];
}

Milliseconds RateLimiter::take(std::string_view key, SteadyTime now) {
  if (per_second_ <= 0) return Milliseconds(0);
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(key);
  const std::chrono::duration<double> passed = std::max(now - bucket.filled, SteadyTime::duration(0));
  bucket.level = std::min(burst_, bucket.level + passed.count() * per_second_);
  bucket.filled = now;
  if (bucket.level >= 1) {
    bucket.level -= 1;
    return Milliseconds(0);
  }
  return Milliseconds(static_cast<long long>(std::ceil((1 - bucket.level) / per_second_ * 1000)));
}

void RateLimiter::give_back(std::string_view key) {
  if (per_second_ <= 0) return;
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(key);
  bucket.level = std::min(burst_, bucket.level + 1);
}

}  // namespace tailwater
