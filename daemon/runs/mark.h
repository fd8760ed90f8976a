// Mark: one thing that a line of a job's output says in the language of a CI system or a tool. Recognisers make marks
// of single lines and know nothing of the lines before; RunBuilder makes a run of them. Texts are views into the line
// or into the Marks that hold them: they live until its next clear().
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "runs/run.h"

namespace tailwater {

enum class MarkSource : std::uint8_t {
  kGitHub,
  kGitLab,
  kTeamCity,
  kAzure,
  kTravis,
  kBuildkite,
  kJenkins,
  kNinja,
  kCMake,
  kMake,
  kMaven,
  kTap,
  kNode,
  kProve,
  kGoogleTest,
  kCTest,
  kPytest,
  kUnittest,
  kCargo,
  kGo,
  kCompiler,
  kVitest,
  kScript,
  kOwn,  ///< a rule of the configuration
};
inline constexpr std::size_t kMarkSources = static_cast<std::size_t>(MarkSource::kOwn) + 1;

enum class MarkKind : std::uint8_t {
  kStageOpened,      ///< name, title; it goes on until it is closed
  kStageClosed,      ///< name; empty: the innermost one of this source
  kStageTimed,       ///< time, duration: of the innermost one of this source
  kStageFailed,      ///< the innermost heading
  kHeading,          ///< name; a stage that goes on until the next heading
  kHeadingEnded,     ///< name; duration, passed, failed and skipped of it, as far as they are told
  kPhase,            ///< name; what a tool does from here on, until another tool begins or its stage is closed
  kProgress,         ///< done and total, or fraction; title
  kSuiteStarted,     ///< total, if it is told: what this source tells about tests counts until its totals
  kGroupStarted,     ///< name: its end looks like a test's and is none
  kTestStarted,      ///< name, suite
  kTestEnded,        ///< name, suite, message, state
  kTestSaid,         ///< message, of a failed test by that name, or of the last one
  kSuiteNamed,       ///< suite, of the failed tests before it that have none
  kTotals,           ///< passed, failed, skipped, total, as far as they are told; `last` if no more will be
  kRepeats,          ///< the failed tests that follow have been told before
  kAnnotation,       ///< severity, file, line, column, title, message
  kAnnotationPlace,  ///< file, line, column, of the annotation before it
  kResult,           ///< state, of what this source did; `last`: of the whole job
  kCommandsStopped,  ///< name: the word that ends it
  kCommandsResumed,  ///< name
  kDiff,             ///< the two lines before it were the head of a diff and no headings
};

struct Mark {
  MarkKind kind = MarkKind::kProgress;
  MarkSource source = MarkSource::kOwn;
  RunState state = RunState::kPassed;
  Severity severity = Severity::kError;
  bool last = false;
  bool counted = true;  ///< of a test: false for one inside another that counts
  std::string_view name = {};
  std::string_view suite = {};
  std::string_view title = {};
  std::string_view message = {};
  std::string_view file = {};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::optional<WallTime> time = {};
  std::optional<Milliseconds> duration = {};
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  double fraction = 0;
  std::optional<std::uint64_t> passed = {};
  std::optional<std::uint64_t> failed = {};
  std::optional<std::uint64_t> skipped = {};
};

class Marks {
 public:
  void clear() {
    marks_.clear();
    texts_.clear();
  }
  void add(const Mark& mark) { marks_.push_back(mark); }
  /// For a text that is not in the line as it is.
  [[nodiscard]] std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  [[nodiscard]] bool empty() const { return marks_.empty(); }
  [[nodiscard]] auto begin() const { return marks_.begin(); }
  [[nodiscard]] auto end() const { return marks_.end(); }
  [[nodiscard]] auto begin() { return marks_.begin(); }
  [[nodiscard]] auto end() { return marks_.end(); }
  [[nodiscard]] std::size_t size() const { return marks_.size(); }
  [[nodiscard]] Mark& back() { return marks_.back(); }

 private:
  std::vector<Mark> marks_;
  std::list<std::string> texts_;  // elements stay where they are; nothing is allocated for none
};

}  // namespace tailwater
