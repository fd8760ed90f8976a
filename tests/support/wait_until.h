// Waiting for what another thread or process does; how long that takes is not what a test is about.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tailwater {

/// Waits until `holds()` is true; false if it is not in time.
template <typename Condition>
[[nodiscard]] bool wait_until(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    never.wait_for(lock, std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace tailwater
