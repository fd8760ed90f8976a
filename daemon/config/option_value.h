// Values into fields: a text of the command line, or a value of a TOML file, into the field of a row of the option
// table, with its type, range and choices checked. What several values mean together is validation.h's matter.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "config/option_table.h"

namespace tailwater {

/// Sets a field from one word of a command line; a list gets one more item. The message says what is wrong with
/// `text` and names what is right, but not the option.
[[nodiscard]] Result<void> set_from_text(const Option& option, FieldRef field, std::string_view text);
/// Sets a count or a number of bytes.
[[nodiscard]] Result<void> set_number(const Option& option, FieldRef field, std::uint64_t number);

}  // namespace tailwater
