#include "support/cutting_proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace tailwater {
namespace {

using Steady = std::chrono::steady_clock;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

CuttingProxy::CuttingProxy(std::uint16_t target_port, std::chrono::milliseconds longest, std::uint32_t seed)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      target_port_(target_port),
      longest_(longest),
      random_(seed) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::abort();  // no test can go on without it
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  thread_.join();
}

void CuttingProxy::accept_one() {
  UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  UniqueFd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(target_port_);
  // Where there is no server the client's connection ends at once.
  if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  const auto longest = static_cast<int>(longest_.count());
  const std::chrono::milliseconds life(std::uniform_int_distribution<int>(longest / 2, longest)(random_));
  pairs_.push_back({std::move(client), std::move(server), Steady::now() + life});
}

bool CuttingProxy::pass(int from, int to) {
  std::array<char, 16 << 10> buffer{};
  const ssize_t got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  return got > 0 && ::send(to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

void CuttingProxy::run() {
  while (!stopping_) {
    std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      polled.push_back({pair.client.get(), POLLIN, 0});
      polled.push_back({pair.server.get(), POLLIN, 0});
    }
    ::poll(polled.data(), polled.size(), /*timeout=*/20);
    std::vector<Pair> left;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = pairs_[i];
      if (!calm_ && Steady::now() >= pair.cut_at) {
        ++cuts_;
        continue;
      }
      const bool client_lives = polled[1 + 2 * i].revents == 0 || pass(pair.client.get(), pair.server.get());
      const bool server_lives = polled[2 + 2 * i].revents == 0 || pass(pair.server.get(), pair.client.get());
      if (client_lives && server_lives) left.push_back(std::move(pair));
    }
    pairs_ = std::move(left);
    if (polled[0].revents != 0) accept_one();
  }
}

}  // namespace tailwater
