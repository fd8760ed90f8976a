// What the load programs share: medians and percentiles, tables, and the daemon that they measure. A load program
// prints what it measured beside the peer or the limit that it measured in the same run, and judges nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/daemon_process.h"

namespace tailwater {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

[[nodiscard]] inline double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}
[[nodiscard]] inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now().time_since_epoch()).count();
}

/// The value below which `share` of them lie (nearest rank). Empty: 0.
[[nodiscard]] inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::min(values.size(), std::max<std::size_t>(rank, 1)) - 1];
}
[[nodiscard]] inline double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

/// The program's argument `--name=N`, or `otherwise`.
[[nodiscard]] inline double argument(int count, char** values, const std::string& name, double otherwise) {
  for (int i = 1; i < count; ++i) {
    const std::string text = values[i];
    if (text.rfind("--" + name + "=", 0) == 0) return std::atof(text.c_str() + name.size() + 3);
  }
  return otherwise;
}

inline void start_or_give_up(DaemonProcess& daemon) {
  if (daemon.start()) return;
  fmt::print(stderr, "{}", daemon.failure());
  std::exit(1);
}

/// Hits of ` ERROR ` in 3 of 100 lines of about 177 bytes: what the corpora of the load programs look like.
[[nodiscard]] inline std::string corpus_line(std::uint64_t number) {
  static constexpr const char* kModules[] = {"http.server", "db.pool", "auth.session", "cache", "queue", "billing"};
  static constexpr const char* kTexts[] = {"request completed", "connection taken from the pool",
                                           "session renewed",   "miss, asking the origin",
                                           "job started",       "will try again"};
  const std::uint64_t mixed = (number * 0x9E3779B97F4A7C15ULL) ^ (number >> 7);
  const std::uint64_t turn = (mixed >> 33) % 100;
  const char* level = turn < 3 ? "ERROR" : turn < 10 ? "WARN" : turn < 22 ? "DEBUG" : "INFO";
  return fmt::format(
      "2026-11-20T{:02}:{:02}:{:02}.{:06}Z {} [{}] {} id={:016x} user=u{} path=/api/v1/items/{} status={} "
      "took_ms={}.{:03} seq={}\n",
      number / 3'600'000 % 24, number / 60'000 % 60, number / 1000 % 60, number % 1'000'000, level, kModules[mixed % 6],
      kTexts[(mixed >> 8) % 6], mixed, (mixed >> 16) % 100'000, (mixed >> 20) % 1'000'000, turn < 3 ? 500 : 200,
      (mixed >> 24) % 1000, (mixed >> 40) % 1000, number);
}

}  // namespace tailwater
