// find_literal: where a text begins in a block. In a large block the two rarest bytes of the text are looked for, a
// vector at a time: log lines are made of few bytes, and what does not hold those two is passed over at the speed of
// memory. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace tailwater {

/// At or after `from`; npos if there is none. `literal` is not empty.
[[nodiscard]] std::size_t find_literal(std::string_view block, std::string_view literal, std::size_t from);

}  // namespace tailwater
