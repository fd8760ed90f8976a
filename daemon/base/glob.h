// Glob: one pattern of path matching as shells know it: `*` and `?` within one component, `[a-z]`, `[!a-z]`,
// `{a,b}`, `**` over any number of components. Pure, no disk. Used for configured paths and for `file=GLOB`.
// Matching is linear in pattern x text for each alternative; the number of `{}` alternatives is bounded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tailwater {

class Glob {
 public:
  static constexpr std::size_t kMaxAlternatives = 64;
  static constexpr std::size_t kMaxLength = 4096;

  /// Fails (kInvalid) on an unclosed bracket or brace, an over-long pattern or too many alternatives; the
  /// message holds the position.
  [[nodiscard]] static Result<Glob> parse(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view path) const;
  /// The pattern as it was written.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Has it any wildcard at all? If not, matches() is equality.
  [[nodiscard]] bool is_literal() const { return literal_; }
  /// The brace-expanded alternatives, each without braces.
  [[nodiscard]] const std::vector<std::string>& alternatives() const { return alternatives_; }

 private:
  std::string text_;
  std::vector<std::string> alternatives_;
  bool literal_ = true;
};

}  // namespace tailwater
