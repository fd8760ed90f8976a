// KeptFds: the keeper's store of descriptors, and the socket on which its child speaks of them, after sd_notify(3).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/inherited_fds.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class KeptFds {
 public:
  /// As many as fit into LISTEN_FDNAMES: one variable of the environment holds 128 KiB (execve(2)).
  static constexpr std::size_t kCapacity = 12'288;

  /// With what was handed to the keeper in it.
  [[nodiscard]] static Result<KeptFds> create(std::vector<InheritedFd> inherited);
  [[nodiscard]] int socket() const { return socket_.get(); }
  /// What NOTIFY_SOCKET is to be.
  [[nodiscard]] const std::string& address() const { return address_; }

  /// Takes the messages that are there; only those of `child` count. True if one of them said READY=1.
  bool take_messages(pid_t child);
  [[nodiscard]] const std::vector<InheritedFd>& all() const { return kept_; }
  /// LISTEN_FDNAMES of all.
  [[nodiscard]] std::string names() const;

 private:
  KeptFds(UniqueFd socket, std::string address) : socket_(std::move(socket)), address_(std::move(address)) {}
  bool take(std::string_view message, std::vector<UniqueFd> fds);

  UniqueFd socket_;
  std::string address_;
  std::vector<InheritedFd> kept_;
};

}  // namespace tailwater
