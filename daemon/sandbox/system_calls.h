// The filter of system calls. Private to sandbox/.
#pragma once

#include "base/result.h"

namespace tailwater {

[[nodiscard]] bool can_filter_calls();
/// For all threads, those that are there and those to come. Needs no_new_privs.
[[nodiscard]] Result<void> filter_calls();

}  // namespace tailwater
