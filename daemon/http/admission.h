// Admission: how many connections and streams there may be, over all client threads and from one address, and how fast
// an address may come. What client threads share: two counters and, for other machines, small tables under a mutex each
// that is held for one look-up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access/rate_limiter.h"
#include "base/address_range.h"
#include "base/clock.h"

struct sockaddr;

namespace tailwater {

/// The part of a peer's address that is counted: an IPv4 address, or the /64 of an IPv6 one, which a single customer
/// has to himself. Loopback and unix sockets have none: a reverse proxy is there, or the machine's own users.
class PeerAddress {
 public:
  PeerAddress() = default;
  [[nodiscard]] static PeerAddress of(const sockaddr* address);
  [[nodiscard]] static PeerAddress of(const IpAddress& address);
  [[nodiscard]] bool is_counted() const { return bytes_ != Bytes{}; }
  [[nodiscard]] bool is_unix() const { return unix_; }
  friend bool operator==(const PeerAddress& left, const PeerAddress& right) { return left.bytes_ == right.bytes_; }
  /// "192.0.2.1", "2001:db8:0:1::/64", "loopback" or "unix".
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] std::string_view key() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  [[nodiscard]] std::size_t hash() const;

 private:
  using Bytes = std::array<std::uint8_t, 9>;  // a family mark, then the address
  Bytes bytes_{};
  bool unix_ = false;
};

/// How often one address may come, a second; 0: as often as it likes.
struct AdmissionRates {
  double requests = 0;
  double connections = 0;
};

enum class Admitted : std::uint8_t { kYes, kTooMany, kTooManyFromAddress };

class Admission {
 public:
  /// Connections beyond the clients: so that probes and pages are answered while every place is taken.
  static constexpr std::size_t kReserve = 128;

  static constexpr double kBurstSeconds = 5;

  Admission(std::size_t max_clients, std::size_t max_clients_per_address, AdmissionRates rates = {})
      : max_clients_(max_clients),
        max_per_address_(max_clients_per_address),
        requests_(rates.requests, rates.requests * kBurstSeconds),
        connections_rate_(rates.connections, rates.connections * kBurstSeconds) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  void connection_begins() { connections_.fetch_add(1, std::memory_order_relaxed); }
  void connection_ends() { connections_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  /// Nothing more may be accepted.
  [[nodiscard]] bool is_full() const { return connections() >= max_clients_ + kReserve; }
  /// Only probes are answered: what is left of the places is theirs.
  [[nodiscard]] bool is_crowded() const { return connections() > max_clients_; }

  /// Zero, or how long the address has to wait before it may ask or connect again.
  [[nodiscard]] Milliseconds request_wait(const PeerAddress& peer, SteadyTime now);
  [[nodiscard]] Milliseconds connection_wait(const PeerAddress& peer, SteadyTime now);

  [[nodiscard]] Admitted stream_begins(const PeerAddress& peer);
  void stream_ends(const PeerAddress& peer);
  [[nodiscard]] std::size_t streams() const { return streams_.load(std::memory_order_relaxed); }

 private:
  struct Hash {
    std::size_t operator()(const PeerAddress& peer) const { return peer.hash(); }
  };

  const std::size_t max_clients_;
  const std::size_t max_per_address_;
  RateLimiter requests_;
  RateLimiter connections_rate_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> streams_{0};
  std::mutex mutex_;
  std::unordered_map<PeerAddress, std::size_t, Hash> by_address_;  // guarded by mutex_; no entry is 0
};

}  // namespace tailwater
