// Descriptors that whoever started this process hands to it, each with a name, after sd_listen_fds(3): sockets of a
// socket unit, and what an earlier process of the same service put into its manager's store (base/fd_store.h). They are
// numbered from 3 on; LISTEN_FDS says how many, LISTEN_FDNAMES how they are called. Spoken without libsystemd.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

struct InheritedFd {
  UniqueFd fd;
  std::string name;  ///< "unknown" where nobody gave one
};

/// Takes them over, close-on-exec, and removes the variables, so that nobody takes them twice. Once, at the start. None
/// if they are meant for another process; kInvalid if the variables contradict themselves.
[[nodiscard]] Result<std::vector<InheritedFd>> take_inherited_fds();

/// A socket that connections are accepted from?
[[nodiscard]] bool is_listening(int fd);

}  // namespace tailwater
