// Keeper: the small parent of a tailwater without a service manager (serve --keeper). It plays the manager's part:
// keeps the descriptors that its child stores, hands them to the next child, and starts that when the child has crashed
// or when SIGUSR2 asks for a restart, which takes a new binary if there is one. A child that cannot start is replaced
// by the binary that ran before. Its own process is the one that was started: signals go to it, its exit code is the
// child's. One thread; confined by nothing, since it starts programs; it reads nothing from outside but its child's
// messages. It ends with its child, and the child with it.
#pragma once

#include <span>
#include <vector>

#include "base/inherited_fds.h"

namespace tailwater {

/// Until the child ends for good; the exit code. `arguments` as main() got them; `inherited` is the child's.
[[nodiscard]] int run_keeper(std::span<const char* const> arguments, std::vector<InheritedFd> inherited);

}  // namespace tailwater
