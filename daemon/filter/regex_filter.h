// RegexFilter: one pattern of RE2 with limits, and a literal fast path. Immutable after make(); match() from
// any thread. Patterns come from clients and are hostile: length, program size and memory are bounded, and
// compiling is done off the loops that serve others.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace tailwater {

struct RegexLimits {
  std::size_t max_pattern_bytes = 512;
  int max_program_size = 2000;
  std::int64_t max_memory = 1 << 20;
};

class RegexFilter {
 public:
  /// kInvalid with RE2's message and the offset of the offending part where RE2 tells it.
  [[nodiscard]] static Result<std::shared_ptr<const RegexFilter>> make(std::string_view pattern, bool ignore_case,
                                                                       const RegexLimits& limits = {});
  ~RegexFilter();
  RegexFilter(const RegexFilter&) = delete;
  RegexFilter& operator=(const RegexFilter&) = delete;

  /// Does the pattern occur anywhere in `line`? A line that is not valid UTF-8 is matched as it is shown: with U+FFFD
  /// for what is invalid.
  [[nodiscard]] bool matches(std::string_view line) const;
  /// If every match must contain one fixed, case-sensitive text, that text; else empty. Lets whole blocks be
  /// passed over with one search (facts: 16-26 ns a line against 54-60 for RE2 on a literal).
  [[nodiscard]] std::string_view required_literal() const { return literal_; }
  /// The pattern is nothing but its required literal.
  [[nodiscard]] bool is_literal() const { return is_literal_; }
  [[nodiscard]] const std::string& pattern() const { return pattern_; }
  [[nodiscard]] bool ignores_case() const { return ignore_case_; }
  /// How large RE2's program for it is: what it costs where it is looked for together with others.
  [[nodiscard]] int program_size() const { return program_size_; }

 private:
  RegexFilter();
  std::string pattern_;
  std::string literal_;
  bool is_literal_ = false;
  bool ignore_case_ = false;
  int program_size_ = 0;
  std::unique_ptr<re2::RE2> regex_;
};

/// RE2 sees text in it only where it is: matches() and whoever looks for many patterns at once look again at what is
/// not.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace tailwater
