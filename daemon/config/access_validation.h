// What must hold over the options that say who may do what. Pure; what the named files hold is checked where they are
// read.
#pragma once

#include "config/configuration.h"
#include "config/problems.h"

namespace tailwater {

void check_access(const Configuration& configuration, Problems& problems);

/// "https://host" or "https://host:port": a scheme, a host and nothing behind it.
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace tailwater
