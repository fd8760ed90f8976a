// The TOML file into a Configuration, row by row of the option table. Every value that cannot be taken, and every key
// that no row has, is a problem with its line and column; the rest is read all the same. Pure: text in, values out.
#pragma once

#include <string_view>

#include "config/configuration.h"
#include "config/problems.h"

namespace tailwater {

inline constexpr ByteCount kMaxConfigurationBytes = 1ULL << 20;

/// `name` is the file's, for the places of problems. Fields without a key in `text` stay as they are.
void read_toml(std::string_view text, std::string_view name, Configuration& configuration, Problems& problems);

}  // namespace tailwater
