// RunEnd: how a command ended, as the shell and as the server are told. Pure.
#pragma once

#include <string>

#include "base/clock.h"

namespace tailwater {

struct RunEnd {
  int exit_code = 0;  ///< if no signal ended it
  int signal = 0;
  bool unstarted = false;  ///< there was no running it
  bool stopped = false;    ///< it had been told to stop: by a signal that we passed on, or a key
};

/// 128+N for a signal.
[[nodiscard]] int exit_status(const RunEnd& end);
/// The query of the call that ends the run.
[[nodiscard]] std::string end_query(const RunEnd& end, WallTime now);
/// "SIGTERM"
[[nodiscard]] std::string signal_name(int signal);

}  // namespace tailwater
