// RunBuilder: the lines of a run in, what they say about it out (RunFindings). Its memory is bounded whatever comes. It
// can be saved and restored, so that after a restart it goes on where it was without reading the file again. Not shared
// between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "runs/mark.h"
#include "runs/own_rules.h"
#include "runs/problem_list.h"
#include "runs/run.h"
#include "runs/stage_stack.h"
#include "runs/test_tally.h"
#include "stream/stage_map.h"

namespace tailwater {

/// A record of the run's file.
struct RunLine {
  std::string_view line;  ///< as it may be shown: masked
  RunPlace begin;         ///< before it
  RunPlace end;           ///< after it: its event ID
  WallTime time{};        ///< when it arrived
};

class RunBuilder {
 public:
  /// `rules`: null: none.
  explicit RunBuilder(std::shared_ptr<const OwnRules> rules = nullptr);

  void add(const RunLine& line);
  /// The run is over: what is open is closed, at the end of what has been read.
  void end(RunState state, WallTime time);

  /// A copy: ask when version() has grown, or for the count and times of lines.
  [[nodiscard]] RunFindings findings() const;
  /// Grows whenever the findings change in more than their count and time of lines.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// As in the findings.
  [[nodiscard]] RunState state() const { return state_; }
  /// "build / link": the stage that is open behind the last line; lives until the next call that changes something.
  [[nodiscard]] const std::string& stage() const { return stages_.path(); }
  /// In which of the stages the records up to the last one are.
  [[nodiscard]] StageMap make_stage_map() const { return {stage_changes_, stages_.paths()}; }
  /// The same, made once and kept until it changes.
  [[nodiscard]] const std::shared_ptr<const StageMap>& stage_map();

  /// Appends the whole of its state.
  void save(std::string& out) const;
  /// False, and nothing changes, for bytes that save() of this version has not written.
  [[nodiscard]] bool restore(std::string_view saved);

 private:
  struct Heading {
    std::string name;
    MarkSource source = MarkSource::kBuildkite;
    StageStack::Place place;
  };
  template <typename Archive>
  friend void archive(Archive& a, Heading& heading);
  template <typename Archive>
  void archive_with(Archive& a);

  void read_part(std::string_view part, const StageStack::Place& place);
  void apply(const Mark& mark, const StageStack::Place& place);
  void apply_stage(const Mark& mark, const StageStack::Place& place);
  void apply_test(const Mark& mark, const StageStack::Place& place);
  void apply_failed_test(const Mark& mark, const StageStack::Place& place);
  void apply_progress(const Mark& mark, const StageStack::Place& place);
  void apply_result(const Mark& mark);
  void note_failure(RunState state);
  void begin_part();
  void end_part(const Mark& mark, const StageStack::Place& place);
  void hold_heading(const Mark& mark, const StageStack::Place& place);
  void release_headings();
  void enter_phase(MarkSource source, std::string_view name, const StageStack::Place& place);
  void count_progress(MarkSource source);
  void note_stage(const RunPlace& end);
  void change_stage(const RunPlace& from, std::uint32_t stage);
  [[nodiscard]] bool has_sound_changes() const;

  std::shared_ptr<const OwnRules> rules_;
  StageStack stages_;
  TestTally tally_;
  ProblemList problems_;
  std::optional<RunProgress> progress_;
  MarkSource progress_source_ = MarkSource::kOwn;
  RunState state_ = RunState::kPending;
  std::optional<RunState> outcome_;
  std::uint64_t lines_ = 0;
  std::optional<WallTime> first_line_;
  std::optional<WallTime> last_line_;
  RunPlace last_place_;
  std::string stop_word_;             // GitHub's commands mean nothing until it comes
  std::string ended_test_;            // TeamCity's, which told how it ended before it told that it did
  std::optional<MarkSource> titled_;  // whose section began in this line: what follows is its title
  bool repeats_ = false;              // failed tests are told once more
  std::vector<std::string> groups_;   // of node's runner: their ends look like those of tests
  std::vector<Heading> held_;         // lines that may be the head of a diff; at most two
  std::uint64_t failed_before_part_ = 0;
  std::vector<StageMap::Change> stage_changes_;  // at most two for each stage, and for each that follows one
  std::uint64_t noted_version_ = 0;              // of stages_
  std::shared_ptr<const StageMap> stage_map_;    // null: they have changed

  std::uint64_t version_ = 0;
  Marks marks_;
  std::string plain_;
};

/// How a tool's part of a run is called in the list of stages.
[[nodiscard]] std::string_view phase_name(MarkSource source);

}  // namespace tailwater
