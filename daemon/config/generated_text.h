// Documents that are made from the tables of commands and options: `tailwater help --generate KIND` writes them, for
// the build, packages and docs/. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// markdown (docs/configuration.md), man1, man5 (scdoc source), bash, zsh, fish. kInvalid for any other kind.
[[nodiscard]] Result<std::string> generated_text(std::string_view kind);

}  // namespace tailwater
