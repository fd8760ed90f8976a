// Run: one CI job as it is known at one moment: who it is, how it stands, and what its output said (RunFindings, made
// by RunBuilder). A plain value, any thread. Names and messages are what a job printed: hostile, but valid UTF-8
// without control characters, and of bounded length. Masks have been applied to all of them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tailwater {

enum class RunState : std::uint8_t {
  kPending,  ///< announced, nothing printed yet
  kRunning,
  kPassed,
  kFailed,    ///< it did its work and the answer is no: tests, exit status
  kErrored,   ///< it could not do its work
  kCanceled,  ///< somebody stopped it
  kSkipped,
  kLost,  ///< nothing was heard of it for long, and it never said how it ended
};

/// "pending", "running"...
[[nodiscard]] std::string_view to_text(RunState state);
[[nodiscard]] std::optional<RunState> parse_run_state(std::string_view text);
/// Nothing more is expected of a run in it.
[[nodiscard]] constexpr bool is_final(RunState state) {
  return state != RunState::kPending && state != RunState::kRunning;
}
/// The worse of two outcomes: a stage is as bad as the worst of what it holds.
[[nodiscard]] RunState worse_of(RunState left, RunState right);

/// A place in a run's file; with the file's key before it, it is an event ID.
struct RunPlace {
  std::uint32_t generation = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const RunPlace&, const RunPlace&) = default;
};

/// Those of one file follow each other in the order in which they began; one that is deeper than the stage before it
/// is inside of it.
struct RunStage {
  std::string name;
  std::uint16_t depth = 0;
  RunState state = RunState::kRunning;
  WallTime started{};             ///< as the marker says, else when the line arrived
  std::optional<WallTime> ended;  ///< none: open
  RunPlace begin;                 ///< before its first line: reading from here gives all of it
  std::optional<RunPlace> end;    ///< after its last line
  friend bool operator==(const RunStage&, const RunStage&) = default;
};

struct FailedTest {
  std::string name;
  std::string suite;    ///< may be empty
  std::string message;  ///< may be empty
  RunPlace at;          ///< after the line, as the ID of its event
  friend bool operator==(const FailedTest&, const FailedTest&) = default;
};

enum class Severity : std::uint8_t { kNotice, kWarning, kError };

/// "notice", "warning", "error"
[[nodiscard]] std::string_view to_text(Severity severity);

struct RunAnnotation {
  Severity severity = Severity::kError;
  std::string file;          ///< may be empty
  std::uint32_t line = 0;    ///< 0: none
  std::uint32_t column = 0;  ///< 0: none
  std::string title;         ///< may be empty
  std::string message;
  RunPlace at;  ///< after the line, as the ID of its event
  friend bool operator==(const RunAnnotation&, const RunAnnotation&) = default;
};

/// How far the innermost thing that counts is: steps of a build, tests of a suite.
struct RunProgress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0: only the fraction is known
  double fraction = 0;      ///< 0..1; 0 without a total: not known
  std::string text;         ///< what is being done; may be empty
  friend bool operator==(const RunProgress&, const RunProgress&) = default;
};

struct RunCounts {
  std::uint64_t passed = 0;  ///< tests, as the next two
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  std::uint64_t errors = 0;  ///< annotations, as the next
  std::uint64_t warnings = 0;
  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

/// What was beyond the caps of the lists.
struct RunDropped {
  std::uint64_t stages = 0;
  std::uint64_t failed_tests = 0;
  std::uint64_t annotations = 0;
  friend bool operator==(const RunDropped&, const RunDropped&) = default;
};

/// What the lines of a run said.
struct RunFindings {
  RunState state = RunState::kPending;  ///< inferred; kRunning from the first line on until a marker of the end
  /// What it would be if nothing more came: passed or worse if anything said so; none: nothing did.
  std::optional<RunState> outcome;
  std::uint64_t lines = 0;
  std::optional<WallTime> first_line;  ///< when it arrived
  std::optional<WallTime> last_line;
  std::string stage;  ///< path of the innermost open one, "build / link"; empty: none
  std::optional<RunProgress> progress;
  RunCounts counts;
  std::vector<RunStage> stages;
  std::vector<FailedTest> failed_tests;
  std::vector<RunAnnotation> annotations;
  RunDropped dropped;
  friend bool operator==(const RunFindings&, const RunFindings&) = default;
};

/// Who a run is: from its path and from the calls that began it.
struct RunIdentity {
  std::string stream;
  std::string file;  ///< the name in the stream
  std::string name;  ///< runs of one name are attempts at the same thing
  std::optional<std::uint64_t> attempt;
  std::vector<std::pair<std::string, std::string>> labels;  ///< sorted by key
  friend bool operator==(const RunIdentity&, const RunIdentity&) = default;
};

struct Run {
  RunIdentity identity;
  RunState state = RunState::kPending;
  bool known = false;  ///< by an exit status or a finishing call; else the state is what markers say
  std::optional<int> exit_code;
  std::string signal;  ///< "SIGTERM"; empty: none
  WallTime created{};
  std::optional<WallTime> started;
  std::optional<WallTime> ended;
  WallTime updated{};
  std::uint64_t size = 0;  ///< bytes of the file
  std::string key;         ///< of the file: the first part of each event ID
  RunPlace begin;
  RunPlace end;
  RunFindings findings;
};

/// `stream/file`, the run's name in addresses.
[[nodiscard]] std::string path_of(const RunIdentity& identity);

}  // namespace tailwater
