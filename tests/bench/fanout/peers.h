// What the daemon is measured beside: a bare loop of send(), and nginx with nchan if that is installed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "support/child_process.h"
#include "support/temp_dir.h"

namespace tailwater {

/// A listener, and the sockets that its clients connected: what a server without any logic would have.
class BareLoop {
 public:
  BareLoop();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void accept(int clients);
  /// To each client in turn; waits where one is full.
  void send_all(std::string_view bytes) const;

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<UniqueFd> sockets_;
};

/// One nginx worker with nchan, one channel; subscribe with request(), publish() from outside over HTTP.
class NchanPeer {
 public:
  /// Null if nginx or the module is not there; then `why` says what to install.
  [[nodiscard]] static std::unique_ptr<NchanPeer> start(std::string& why);
  ~NchanPeer();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] static std::string request(int client);
  void publish(std::string_view message);
  /// Of the worker, in KiB.
  [[nodiscard]] std::uint64_t resident_kib() const;
  [[nodiscard]] double cpu_seconds() const;

 private:
  NchanPeer() = default;
  [[nodiscard]] bool connect_publisher();
  [[nodiscard]] pid_t worker() const;

  TempDir directory_;
  std::uint16_t port_ = 0;
  ChildProcess nginx_;
  UniqueFd publisher_;
};

}  // namespace tailwater
