// From the text of a condition to its tree. Private to filter/. Pure.
#pragma once

#include <string_view>

#include "filter/where.h"
#include "filter/where_node.h"

namespace tailwater {

[[nodiscard]] tl::expected<WhereNode, WhereError> parse_where(std::string_view text, const WhereLimits& limits);

}  // namespace tailwater
