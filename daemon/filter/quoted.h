// What someone typed, fit to be shown back in a message. Private to filter/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

/// `text` in double quotes, at most about 60 bytes of it, valid UTF-8, control characters as \xNN.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tailwater
