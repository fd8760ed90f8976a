// History: one client's way from where it starts to the live end: resolves what it asked for, searches the last N,
// replays. Made on a client thread (nothing is read then), stepped on workers, one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filter/query.h"
#include "journal/journal.h"
#include "stream/read_on.h"
#include "stream/replay.h"
#include "stream/tail_search.h"

namespace tailwater {

/// What one step made.
struct HistoryStep {
  std::string bytes;                  ///< whole chunks for the client
  StepStop stop = StepStop::kBudget;  ///< kDone: everything up to `end` has been read
  JournalEnd end;
  std::optional<Position> progress;  ///< further than the last ID in a frame, if it is
  ReadOnPlace next;                  ///< where reading goes on behind `bytes`
  bool ended = false;                ///< follow=0: `end` was said, nothing will follow
  ReplayCounts counts;               ///< since the beginning
};

class History {
 public:
  /// The client's first: `at_request` is the journal's end as of its request.
  History(const HistorySources& sources, std::shared_ptr<const Selection> selection, StartRequest request,
          JournalEnd at_request);
  /// One that an earlier process had begun for the same request, goes on at `from`; what it has to say is not said
  /// again.
  History(const HistorySources& sources, std::shared_ptr<const Selection> selection, StartRequest request,
          const ReadOnPlace& from);
  /// One that fell behind at `from`.
  History(const HistorySources& sources, std::shared_ptr<const Selection> selection, JournalPoint from);

  [[nodiscard]] const std::shared_ptr<const Selection>& selection() const { return selection_; }
  [[nodiscard]] HistoryStep step(const StepBudget& budget, ReadBuffer& buffer, const std::atomic<bool>& cancelled);

 private:
  enum class Stage : std::uint8_t { kResolve, kTail, kReplay };

  enum class Resolved : std::uint8_t { kPlace, kGap, kUnavailable };

  [[nodiscard]] bool resolve(bool give_up);
  [[nodiscard]] bool start_fresh(bool give_up);
  [[nodiscard]] bool find_bounds(HistoryBounds& bounds, bool give_up);
  [[nodiscard]] bool start_since(WallTime time, bool give_up);
  [[nodiscard]] Resolved resolve_id(std::string_view text, bool give_up);
  void start_at(HistoryPlace place);
  void leave_out_before(WallTime time);
  [[nodiscard]] ReadOnPlace read_on() const;
  void say_start_gaps(ChunkBuffer& out, const HistoryPlace& place);
  [[nodiscard]] StepStop run(const StepBudget& budget, ReadBuffer& buffer, const std::atomic<bool>& cancelled,
                             ChunkBuffer& out);

  const HistorySources& sources_;
  std::shared_ptr<const Selection> selection_;
  Stage stage_ = Stage::kResolve;
  StartRequest request_;
  bool follow_ = true;
  JournalEnd until_;
  bool at_until_ = false;   // reached; ask for a new end
  bool old_until_ = false;  // of an earlier process: good for finding the start alone
  ReadOnPlace begun_;       // where reading begins, as far as it is settled
  std::vector<GapFrame> start_gaps_;
  std::optional<HistoryPlace> place_;  // where replay is to begin, until it has
  std::unique_ptr<TailSearch> tail_;
  Replay replay_;
  GapCounts gaps_{};
  int failures_ = 0;
};

}  // namespace tailwater
