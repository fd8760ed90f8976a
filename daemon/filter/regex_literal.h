// What every match of a pattern must contain, read off the pattern's text. Private to filter/. Pure. Careful rather
// than clever: wherever the pattern leaves the plain road the answer is "nothing", never a guess.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

struct RequiredLiteral {
  std::string text;       ///< empty: no one text is known to be in every match
  bool is_whole = false;  ///< the pattern matches exactly where `text` occurs
};

/// `pattern` is one that RE2 accepts, matched with regard to case.
[[nodiscard]] RequiredLiteral required_literal_of(std::string_view pattern);

/// Texts of which every match contains one, where a pattern is several alternatives or case is ignored: then in lower
/// case, and without letters that fold to more than ASCII (k and the Kelvin sign, s and the long s). Each has
/// `shortest` bytes at least; empty: nothing is known.
[[nodiscard]] std::vector<std::string> required_alternatives_of(std::string_view pattern, bool ignore_case,
                                                                std::size_t shortest);

}  // namespace tailwater
