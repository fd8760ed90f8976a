// What every match of a pattern must contain, read off the pattern's text. Private to filter/. Pure. Careful rather
// than clever: wherever the pattern leaves the plain road the answer is "nothing", never a guess.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

struct RequiredLiteral {
  std::string text;       ///< empty: no one text is known to be in every match
  bool is_whole = false;  ///< the pattern matches exactly where `text` occurs
};

/// `pattern` is one that RE2 accepts, matched with regard to case.
[[nodiscard]] RequiredLiteral required_literal_of(std::string_view pattern);

}  // namespace tailwater
