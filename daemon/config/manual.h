// The manual pages tailwater(1) and tailwater.toml(5), as scdoc(5) source: made from the commands, the client's flags
// and the option table, so that they say what the program does. Pure.
#pragma once

#include <string>

namespace tailwater {

[[nodiscard]] std::string command_manual();
[[nodiscard]] std::string configuration_manual();

}  // namespace tailwater
