// The texts of `tailwater help`, and the reference in docs/configuration.md: all made from the commands and the option
// table. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// Of a command ("serve"), a section ("limits"), an option ("server.listen", "--listen", "listen"), or "config": all
/// options. Empty: the overview. kInvalid for anything else, with what was probably meant.
[[nodiscard]] Result<std::string> help_text(std::string_view topic);

/// docs/configuration.md.
[[nodiscard]] std::string configuration_reference();

}  // namespace tailwater
