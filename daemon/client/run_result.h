// RunResult: how a run came out, of the data of its `run` event. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

struct RunResult {
  bool over = false;
  int exit_status =
      1;             ///< of its command, 128+N for a signal; where nobody said: 0 if it passed or was skipped, else 1
  std::string text;  ///< "ci/build-17 failed (exit code 2)"
};

[[nodiscard]] RunResult run_result(std::string_view data);

}  // namespace tailwater
