// StageStack: the stages of a run, nested. What a job opened and never closed is closed with what is around it, what it
// closes and never opened is passed over; beyond kMaxDepth nothing is nested, beyond kMaxStages nothing is listed.
// Names are shown_text(). Not shared between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "runs/mark.h"
#include "runs/run.h"

namespace tailwater {

class StageStack {
 public:
  static constexpr std::size_t kMaxDepth = 16;
  static constexpr std::size_t kMaxStages = 300;
  static constexpr std::size_t kMaxNameBytes = 160;
  static constexpr std::size_t kMaxPathBytes = 400;

  /// When and where something of a stage happened.
  struct Place {
    WallTime time{};
    RunPlace begin;  ///< of the line
    RunPlace end;
  };

  /// A section that somebody will close. Without a name it is nested, but not listed.
  void open(MarkSource source, std::string_view name, const Place& place);
  /// The innermost one of the source by that name with all that is inside; any name, if it is empty. Up to the line's
  /// end, or (`before`) its beginning.
  /// Of headings those of scripts alone have an end of their own. `state` is what it is at least.
  void close(MarkSource source, std::string_view name, const Place& place, RunState state = RunState::kPassed);
  /// One that ends where the next heading begins.
  void begin_heading(MarkSource source, std::string_view name, const Place& place);
  /// What a tool does from here on; goes on if it is the same tool's and has the same or no name.
  void begin_phase(MarkSource source, std::string_view name, const Place& place);
  void end_phase(const Place& place);
  /// At the end of the run: those still open end in `state`, the others are as they are.
  void close_all(RunState state, const Place& place);

  /// The innermost one of this source that is open has this title, or these times by its own account.
  void set_title(MarkSource source, std::string_view title);
  void set_times(MarkSource source, WallTime started, Milliseconds duration);
  /// What is open at the moment fails.
  void fail(RunState state);
  void fail_heading();

  [[nodiscard]] bool has_heading(MarkSource source, std::string_view name) const;
  /// Is a phase of this tool open?
  [[nodiscard]] bool has_phase(MarkSource source) const;
  /// "build / link"; empty: nothing is open.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<RunStage>& stages() const { return stages_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Grows whenever a stage begins or ends.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// The innermost of stages() that holds a record which ends there, by its place among them, from 1 on; 0: none.
  [[nodiscard]] std::uint32_t innermost_at(const RunPlace& end) const;
  /// "build / link" of each of stages(); of one that would be long its own name.
  [[nodiscard]] std::vector<std::string> paths() const;

  template <typename Archive>
  void archive_with(Archive& a) {
    a(stages_);
    a(open_);
    a(beyond_);
    a(dropped_);
    a(path_);
  }
  /// Does what was read make sense? Else it must not be used.
  [[nodiscard]] bool is_sound() const;

  enum class Kind : std::uint8_t { kSection, kHeading, kPhase };
  struct Open {
    std::string name;  // by which it is closed
    MarkSource source = MarkSource::kOwn;
    Kind kind = Kind::kSection;
    RunState worst = RunState::kPassed;
    std::uint32_t listed = 0;  // its place in stages_, from 1 on; 0: it is not there
    std::string title;         // of the path; empty: it has none
  };

 private:
  void push(Kind kind, MarkSource source, std::string_view name, const Place& place);
  void pop(WallTime time, RunPlace at, std::optional<RunState> state);
  void pop_to(std::size_t count, WallTime time, RunPlace at);
  [[nodiscard]] RunStage* listed(const Open& open);
  [[nodiscard]] Open* innermost(MarkSource source);
  void make_path();

  std::vector<RunStage> stages_;
  std::vector<Open> open_;
  std::uint64_t beyond_ = 0;  // opened beyond kMaxDepth and not closed yet
  std::uint64_t dropped_ = 0;
  std::string path_;
  std::uint64_t version_ = 0;
};

[[nodiscard]] constexpr StageStack::Kind last_of(StageStack::Kind /*kind*/) {
  return StageStack::Kind::kPhase;
}

}  // namespace tailwater
