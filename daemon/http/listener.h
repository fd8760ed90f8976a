// Listening sockets: an address as the options write it, and sockets bound to it; or a socket that was handed to us.
// Main thread, before the client threads start. TCP addresses get one SO_REUSEPORT socket for each client thread; from
// the one socket of a unix path, from one that was handed to us, and from one that is kept for the next process, all
// threads accept. What accepted sockets inherit from it (TCP options) is set here, once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/inherited_fds.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

/// One address that is listened on. The file of a unix socket that was bound here goes with the object.
class Listener {
 public:
  static constexpr Milliseconds kStallTimeout{30'000};

  /// `address` is host:port, [v6]:port or unix:/path. kInvalid: not an address; kUnavailable: taken, with what to do.
  /// With `tls` host:port speaks TLS, unless http:// stands before it; https:// before it insists.
  /// `stall_timeout` is when the kernel gives up a peer that acknowledges nothing.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> bind(const std::string& address, unsigned sockets,
                                                              bool tls = false,
                                                              Milliseconds stall_timeout = kStallTimeout);
  /// A socket that listens already. Its name says what is spoken: "http" and "https" that, any other what host:port
  /// speaks. kInvalid if it is neither TCP nor unix.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> adopt(InheritedFd socket, unsigned sockets, bool tls = false,
                                                               Milliseconds stall_timeout = kStallTimeout);
  /// The socket of an earlier process that had bound `address`, which need not be bound again.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> resume(const std::string& address, UniqueFd socket,
                                                                unsigned sockets, bool tls = false,
                                                                Milliseconds stall_timeout = kStallTimeout);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// "http://127.0.0.1:8245" or "https://..." with the real port, or "unix:/path".
  [[nodiscard]] const std::string& address() const { return address_; }
  /// The host part as it was given, without brackets; empty for a unix socket.
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] bool is_unix() const { return unix_; }
  /// Other machines may be able to connect.
  [[nodiscard]] bool is_reachable() const { return reachable_; }
  [[nodiscard]] bool is_tls() const { return tls_; }
  /// One socket for all threads from now on: for those who keep it for the next process. After bind() with one socket.
  [[nodiscard]] Result<void> share_among(unsigned sockets);
  /// The first of the sockets that are still to be given away.
  [[nodiscard]] int fd() const { return sockets_.back().get(); }
  /// A unix socket's file stays: the next process goes on with the socket.
  void leave_file() { unix_path_.clear(); }
  /// Non-blocking, close-on-exec, listening; one for each thread, each given away once.
  [[nodiscard]] UniqueFd take_socket();

  static constexpr int kBacklog = 4096;  ///< the kernel takes the lesser of this and net.core.somaxconn

 private:
  Listener() = default;
  Result<void> bind_unix(const std::string& path, unsigned sockets);
  Result<void> bind_tcp(const std::string& given, unsigned sockets, Milliseconds stall_timeout);
  Result<void> share(UniqueFd fd, unsigned sockets);

  std::string address_;
  std::string host_;
  std::string unix_path_;  // of a file that is ours to remove
  std::uint64_t unix_inode_ = 0;
  bool unix_ = false;
  bool reachable_ = false;
  bool tls_ = false;
  std::vector<UniqueFd> sockets_;
};

}  // namespace tailwater
