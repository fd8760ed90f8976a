// May this process read the system's journal, or the one in a directory? sd_journal_open(3) does not tell: it leaves
// out files that it may not read. Any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace tailwater {

/// kDenied, with what to do, if there are journal files and none of them may be read; kNotFound if there are none,
/// which may change. Where some may be read and others not: what is missing, and what to do; empty: nothing is.
/// `directory` empty: the system's.
[[nodiscard]] Result<std::string> check_journal_access(const std::string& directory);

}  // namespace tailwater
