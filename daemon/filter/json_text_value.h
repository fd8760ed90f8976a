// What the inside of a JSON string says. Private to filter/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

/// Appends `inside` (RFC 8259 section 7, without the quotes) with its escapes resolved: UTF-8 where they are right,
/// U+FFFD for half of a surrogate pair; a wrong escape stands for itself.
void append_json_unescaped(std::string& out, std::string_view inside);

}  // namespace tailwater
