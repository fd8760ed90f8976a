// CuttingProxy: a TCP proxy on a loopback port that cuts every connection after a while, in the middle of whatever it
// was passing on, as a tired middlebox does. Thread: its own; the members are for the test's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace tailwater {

class CuttingProxy {
 public:
  /// A connection lives between a half and the whole of `longest`.
  CuttingProxy(std::uint16_t target_port, std::chrono::milliseconds longest, std::uint32_t seed);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int cuts() const { return cuts_.load(); }
  /// From now on connections are left alone.
  void calm_down() { calm_ = true; }

 private:
  struct Pair {
    UniqueFd client;
    UniqueFd server;
    std::chrono::steady_clock::time_point cut_at;
  };
  void run();
  void accept_one();
  static bool pass(int from, int to);

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::uint16_t target_port_;
  std::chrono::milliseconds longest_;
  std::mt19937 random_;
  std::vector<Pair> pairs_;
  std::atomic<int> cuts_{0};
  std::atomic<bool> calm_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tailwater
