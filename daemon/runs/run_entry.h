// RunEntry: one run as the run table works on it: what is known of it, what of its file is still to be read, and what
// is owed to those who look at it and to the disk. Plain data, the table's own.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "journal/extent.h"
#include "runs/run.h"
#include "runs/run_builder.h"
#include "runs/run_call.h"
#include "runs/run_record.h"

namespace tailwater {

/// What happened to a run's file, in its order.
struct RunNews {
  enum class Kind : std::uint8_t {
    kBytes,    ///< `extent` is there to be read
    kNewRun,   ///< the file begins anew with generation `extent.generation`
    kRemoved,  ///< it is there no more
  };
  Kind kind = Kind::kBytes;
  Extent extent;
  std::uint64_t appends = 0;  ///< number of the last append that told of it; 0: it was there before we were
};

/// Adds `news` behind what waits, joined with the bytes before it where no record is cut by that.
void add_news(std::deque<RunNews>& waiting, const RunNews& news);

struct RunEntry {
  // --- what is kept on disk ----------------------------------------------------------------------------------
  StoredRun stored;  ///< but for `reading`

  // --- what is known -----------------------------------------------------------------------------------------
  RunIdentity identity;  ///< by the path alone
  std::optional<FileIndex> index;
  std::unique_ptr<RunBuilder> builder;  ///< never null
  /// What it has found, as of then; its count and time of lines are those of the last line.
  RunFindings findings;
  std::uint64_t found_version = 0;

  // --- what is to be read ------------------------------------------------------------------------------------
  std::deque<RunNews> unread;
  bool queued = false;
  std::uint64_t appends = 0;  ///< of what was read last
  bool gone = false;          ///< the file is there no more

  // --- what is owed ------------------------------------------------------------------------------------------
  bool changed = false;  ///< since it was published
  bool unsaved = false;
  SteadyTime publish_at{};  ///< not before
  SteadyTime save_at{};
  RunState published_state = RunState::kPending;
  std::optional<std::uint64_t> ended_with;  ///< it is over, and all of its lines are handed on
  bool timed = false;                       ///< how long it took is among what estimates are made from
};

/// As it stands.
[[nodiscard]] Run run_of(RunEntry& entry);
[[nodiscard]] RunState state_of(RunEntry& entry);
/// What its lines have said, brought up to date.
[[nodiscard]] const RunFindings& findings_of(RunEntry& entry);
/// Its state is told by a call and will not change by itself.
[[nodiscard]] bool is_called_over(const RunEntry& entry);

}  // namespace tailwater
