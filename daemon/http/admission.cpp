#include "http/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/bytes.h"

namespace tailwater {

PeerAddress PeerAddress::of(const sockaddr* address) {
  if (const auto ip = IpAddress::of(address)) return of(*ip);
  PeerAddress peer;
  peer.unix_ = address != nullptr && address->sa_family == AF_UNIX;
  return peer;
}

PeerAddress PeerAddress::of(const IpAddress& address) {
  PeerAddress peer;
  if (address.is_loopback()) return peer;
  const bool v4 = address.is_v4();
  peer.bytes_[0] = v4 ? 4 : 6;
  std::copy_n(address.bytes.begin() + (v4 ? 12 : 0), v4 ? 4 : 8, peer.bytes_.begin() + 1);
  return peer;
}

std::size_t PeerAddress::hash() const {
  return static_cast<std::size_t>(fingerprint(key()));
}

std::string PeerAddress::to_text() const {
  if (unix_) return "unix";
  if (!is_counted()) return "loopback";
  char text[INET6_ADDRSTRLEN] = {};
  std::array<std::uint8_t, 16> address{};
  std::copy(bytes_.begin() + 1, bytes_.end(), address.begin());
  const bool v4 = bytes_[0] == 4;
  ::inet_ntop(v4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  return v4 ? text : std::string(text) + "/64";
}

Milliseconds Admission::request_wait(const PeerAddress& peer, SteadyTime now) {
  return peer.is_counted() ? requests_.take(peer.key(), now) : Milliseconds(0);
}

Milliseconds Admission::connection_wait(const PeerAddress& peer, SteadyTime now) {
  return peer.is_counted() ? connections_rate_.take(peer.key(), now) : Milliseconds(0);
}

Admitted Admission::stream_begins(const PeerAddress& peer) {
  if (streams_.fetch_add(1, std::memory_order_relaxed) >= max_clients_) {
    streams_.fetch_sub(1, std::memory_order_relaxed);
    return Admitted::kTooMany;
  }
  if (!peer.is_counted()) return Admitted::kYes;
  const std::lock_guard lock(mutex_);
  std::size_t& count = by_address_[peer];
  if (count >= max_per_address_) {
    if (count == 0) by_address_.erase(peer);
    streams_.fetch_sub(1, std::memory_order_relaxed);
    return Admitted::kTooManyFromAddress;
  }
  ++count;
  return Admitted::kYes;
}

void Admission::stream_ends(const PeerAddress& peer) {
  streams_.fetch_sub(1, std::memory_order_relaxed);
  if (!peer.is_counted()) return;
  const std::lock_guard lock(mutex_);
  const auto entry = by_address_.find(peer);
  if (entry != by_address_.end() && --entry->second == 0) by_address_.erase(entry);
}

}  // namespace tailwater
