// Multiline: which lines belong to one record. Immutable after make(); any thread. Whether two neighbouring lines
// belong together is decided by their text alone, so that every reader joins the same ones:
//
//   halt_before       a line that matches `condition` or `start` begins a record, the others go on with it
//   continue_through  lines that match `condition` go on with the record before them
//   continue_past     a line that matches `condition` goes on in the next line
//   halt_with         a line that matches `condition` is the last of its record
//
// Several lines are joined only behind one that matches `start` (without it any; with halt_before one that matches
// `condition`); others are records of their own. A record has at most max_lines lines and at most
// RecordRules::max_record_bytes bytes of the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "filter/regex_filter.h"

namespace tailwater {

class Multiline {
 public:
  enum class Mode : std::uint8_t { kHaltBefore, kContinueThrough, kContinuePast, kHaltWith };
  struct Rule {
    std::string start;      ///< may be empty
    std::string condition;  ///< empty, for kHaltBefore alone: `start` is all
    Mode mode = Mode::kHaltBefore;
    std::uint32_t max_lines = 500;
    Milliseconds timeout{1000};  ///< quiet time after which a record is complete that could go on
  };

  /// kInvalid for a pattern that is none, naming it.
  [[nodiscard]] static Result<std::shared_ptr<const Multiline>> make(const Rule& rule);
  /// `java`, `python`, `go` or `ruby`: stack traces of these. kNotFound for other names.
  [[nodiscard]] static Result<Rule> built_in(std::string_view name);

  [[nodiscard]] std::uint32_t max_lines() const { return max_lines_; }
  [[nodiscard]] Milliseconds timeout() const { return timeout_; }

  /// May others follow in the record that begins with this line?
  [[nodiscard]] bool begins(std::string_view line) const;
  /// Does this line go on with the record before it, whose last line does not end it?
  [[nodiscard]] bool goes_on(std::string_view line) const;
  /// Is this line the last of its record, whatever follows?
  [[nodiscard]] bool ends(std::string_view line) const;
  /// Does a record begin with this line, whatever stands before it?
  [[nodiscard]] bool surely_begins(std::string_view line) const;
  /// Is it the line itself (and not the one before it) that says whether it begins a record?
  [[nodiscard]] bool decides_before() const { return mode_ == Mode::kHaltBefore || mode_ == Mode::kContinueThrough; }

 private:
  explicit Multiline(const Rule& rule) : mode_(rule.mode), max_lines_(rule.max_lines), timeout_(rule.timeout) {}

  std::shared_ptr<const RegexFilter> start_;      // null: none
  std::shared_ptr<const RegexFilter> condition_;  // null: none
  Mode mode_;
  std::uint32_t max_lines_;
  Milliseconds timeout_;
};

}  // namespace tailwater
