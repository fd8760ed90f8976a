// What shells complete for `tailwater`: its commands, their flags and the words that a flag can take, as scripts for
// bash, zsh and fish, made from the tables of commands and options. Pure.
#pragma once

#include <string>

namespace tailwater {

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace tailwater
