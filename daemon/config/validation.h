// What must hold of a configuration beyond the type and range of each value.
#pragma once

#include "config/configuration.h"
#include "config/problems.h"

namespace tailwater {

void validate(const Configuration& configuration, Problems& problems);

}  // namespace tailwater
