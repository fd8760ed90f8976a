// What the daemon still needs to reach once it is up, as the sandbox is told: made of the configuration. And whether a
// new configuration needs more than that, which only a new start can give it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "sandbox/sandbox.h"

namespace tailwater {

struct Confinement {
  SandboxPaths paths;
  KeptCapabilities kept;
  std::vector<std::string> warnings;  ///< what will not be followed when it appears
};

/// `state`: the state directory, or empty; `samples`: the folder of the sample spool, or empty; `binds`: sockets are
/// bound as server.listen says, not handed over. Looks at the disk: a root that does not exist stands for what is
/// nearest above it.
[[nodiscard]] Confinement confinement_of(const Configuration& configuration, const std::string& state,
                                         const std::string& samples, bool binds);

/// The first configured path that lies outside of what `confined` can reach.
[[nodiscard]] std::optional<std::string> path_outside(const Configuration& configuration, const SandboxPaths& confined);

}  // namespace tailwater
