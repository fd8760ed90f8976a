// WhereNode: a condition as a tree. Private to filter/. Plain data; the tree is a value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "filter/level.h"
#include "filter/regex_filter.h"

namespace tailwater {

struct WhereNode {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kHas, kCompare, kMatch };
  enum class Subject : std::uint8_t { kField, kLevel, kFile, kStream, kLine };
  enum class Compare : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

  Kind kind = Kind::kAnd;
  std::vector<WhereNode> operands;  ///< of kAnd and kOr two or more, of kNot one

  Subject subject = Subject::kField;
  std::string name;  ///< of a field
  Compare compare = Compare::kEqual;
  std::string text;              ///< what is compared with
  std::optional<double> number;  ///< the same, if it was written as a number
  std::optional<Level> level;    ///< of kLevel
  std::shared_ptr<const RegexFilter> regex;
  bool negated = false;  ///< !~

  std::string canonical;
};

/// Puts a node whose operands are canonical into canonical form: flat, sorted, without duplicates, its text made.
[[nodiscard]] WhereNode canonical(WhereNode node);

}  // namespace tailwater
