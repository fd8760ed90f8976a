// CiRun: what a CI system has put into the environment about the job that runs in it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/environment.h"

namespace tailwater {

struct CiRun {
  std::string system;                    ///< "github"; empty: none that is known
  std::string name;                      ///< of the job, as it is called from run to run; may be empty
  std::optional<std::uint64_t> attempt;  ///< the number of this run
  std::vector<std::pair<std::string, std::string>> labels;
};

[[nodiscard]] CiRun ci_run(const Environment& environment);

}  // namespace tailwater
