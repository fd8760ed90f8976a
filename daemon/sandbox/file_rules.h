// Landlock: which files this thread, and those that it starts, can still reach. Private to sandbox/.
#pragma once

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace tailwater {

/// The version of the kernel's Landlock interface; 0: there is none.
[[nodiscard]] int landlock_version();
/// Nothing but `paths` from now on. Asks of the kernel what its version knows.
[[nodiscard]] Result<void> restrict_files(const SandboxPaths& paths);

}  // namespace tailwater
