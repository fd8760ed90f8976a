// Where: a condition on a record's fields, as a person writes it: status>=500 and http.method="POST". Immutable after
// parse(); matches() from any thread. Pure.
//
//   condition   a or b, a and b, not a, (a)         also ||, &&, !
//   comparison  field = != < <= > >= value          ~ and !~ take a regular expression
//   presence    has(field), or the field alone
//   field       a name; nested names with dots; `any name` in backquotes; level, file, stream and line are the
//               record's own, .level, .file, .stream and .line fields of that name
//   value       "text" or 'text', in which \\ is a backslash and \" a quote; a number, or a word
//
// A number is compared with a field that is a number, else as text. A comparison with a field that is not there is
// false, whichever it is; so != and !~ want the field to be there, and `not status=200` does not.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "filter/record_facts.h"
#include "filter/regex_filter.h"

namespace tailwater {

/// Why a condition is none, and where: the column counts from 1, in bytes.
struct WhereError {
  std::size_t column = 0;
  std::string message;
};

struct WhereLimits {
  std::size_t max_bytes = 2048;
  std::size_t max_terms = 64;
  std::size_t max_depth = 16;
  RegexLimits regex;
};

struct WhereNode;

class Where {
 public:
  [[nodiscard]] static tl::expected<std::shared_ptr<const Where>, WhereError> parse(std::string_view text,
                                                                                    const WhereLimits& limits = {});
  /// All of them.
  [[nodiscard]] static std::shared_ptr<const Where> all_of(std::shared_ptr<const Where> a,
                                                           std::shared_ptr<const Where> b);
  explicit Where(std::shared_ptr<const WhereNode> root);
  ~Where();
  Where(const Where&) = delete;
  Where& operator=(const Where&) = delete;

  [[nodiscard]] bool matches(const RecordFacts& record) const;
  /// Canonical, and a condition itself: order of operands, duplicates, spelling and brackets do not show.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// A text that each matching line must contain, or empty.
  [[nodiscard]] std::string_view required_literal() const { return required_literal_; }

 private:
  std::shared_ptr<const WhereNode> root_;
  std::string text_;
  std::string required_literal_;
};

}  // namespace tailwater
