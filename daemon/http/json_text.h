// Text as a JSON string, for the small documents of the API.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

/// With its quotes; invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string to_json(std::string_view text);

}  // namespace tailwater
