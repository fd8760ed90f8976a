// OwnRules: markers that a configuration describes: patterns whose named groups say what a line means.
//   ^==> (?P<stage>.+)$                        a stage, until the next one or the end
//   (?P<done>\d+) of (?P<total>\d+) files      progress
// docs/runs.md has the names. Immutable, any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/capture_pattern.h"
#include "runs/mark.h"

namespace tailwater {

class OwnRules {
 public:
  static constexpr std::size_t kMaxRules = 32;

  /// Null if there are none. kInvalid names the pattern that is wrong, or its group that means nothing.
  [[nodiscard]] static Result<std::shared_ptr<const OwnRules>> make(std::span<const std::string> patterns);

  /// Adds what `line` says by the first pattern that occurs in it.
  void recognise(std::string_view line, Marks& marks) const;
  /// Those with a group named `mask`: what they find is a secret (filter/mask_rules.h), and no mark.
  [[nodiscard]] static std::vector<std::string> masks_of(std::span<const std::string> patterns);

 private:
  enum class Group : unsigned char {
    kStage,
    kBegin,
    kEnd,
    kDone,
    kTotal,
    kPercent,
    kText,
    kTest,
    kSuite,
    kOutcome,
    kPassed,
    kFailed,
    kSkipped,
    kError,
    kWarning,
    kNotice,
    kFile,
    kLine,
    kColumn,
    kTitle,
    kMessage,
    kMask,
    kResult,
  };
  static constexpr std::size_t kGroups = static_cast<std::size_t>(Group::kResult) + 1;
  struct Found;
  struct Rule {
    std::shared_ptr<const CapturePattern> pattern;
    std::vector<Group> groups;  // of the pattern's names
  };
  static void add_marks(const Found& found, Marks& marks);
  static void add_test_marks(const Found& found, Marks& marks);

  std::vector<Rule> rules_;
};

}  // namespace tailwater
