// The signals that concern a run, which takes them as BlockedSignals, and what some of them mean.
#pragma once

#include <span>

namespace tailwater {

/// `job_control`: also those that stop us and let us go on; where the command has a terminal of its own.
[[nodiscard]] std::span<const int> run_signals(bool job_control);

/// Stops all of our process group, as the key for it does, until it is told to go on. SIGTSTP is blocked.
void stop_here();

/// Does it ask us to end?
[[nodiscard]] bool asks_to_end(int signal);

}  // namespace tailwater
