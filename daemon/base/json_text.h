// JSON strings and valid UTF-8 from whatever bytes a log holds. Pure. What is not UTF-8 becomes U+FFFD, one for each
// maximal invalid part, as browsers decode it (WHATWG Encoding; Unicode 15 section 3.9).
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

/// Appends `text` escaped as the inside of a JSON string (RFC 8259 section 7), without the quotes: no raw control
/// character is left, so it is always one line. False if `text` was not valid UTF-8 and had to be mended.
bool append_json_text(std::string& out, std::string_view text);

/// The same with its quotes.
bool append_json_string(std::string& out, std::string_view text);
[[nodiscard]] std::string to_json(std::string_view text);

}  // namespace tailwater
