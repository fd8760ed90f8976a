// CapturePattern: a pattern whose named groups are read out of the lines that it occurs in. Immutable after make();
// capture() from any thread. A text that every match must contain is looked for first, so that lines without it cost
// next to nothing.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace tailwater {

class CapturePattern {
 public:
  static constexpr std::size_t kMaxGroups = 16;

  /// kInvalid as RegexFilter's, or for more than kMaxGroups groups.
  [[nodiscard]] static Result<std::shared_ptr<const CapturePattern>> make(std::string_view pattern);
  ~CapturePattern();
  CapturePattern(const CapturePattern&) = delete;
  CapturePattern& operator=(const CapturePattern&) = delete;

  /// Of the named groups, in the order in which they stand in the pattern.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Empty: there is none.
  [[nodiscard]] std::string_view required_literal() const { return literal_; }
  /// False if the pattern does not occur in `line`. Else `values` are the named groups', views into `line`; empty for
  /// one that took no part. `values` has the size of names().
  [[nodiscard]] bool capture(std::string_view line, std::span<std::string_view> values) const;

 private:
  CapturePattern();
  std::string literal_;
  std::vector<std::string> names_;
  std::vector<int> groups_;  // of the names
  std::unique_ptr<re2::RE2> regex_;
};

}  // namespace tailwater
