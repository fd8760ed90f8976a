// RunEvents: `run` events for clients of /api/events: what of the board one of them wants and has not been told yet.
// Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runs/run_board.h"
#include "stream/state_events.h"

namespace tailwater {

class RunEvents final : public StateEvents {
 public:
  /// `board` outlives it, and tells it alone of its changes.
  explicit RunEvents(RunBoard& board);

  [[nodiscard]] std::uint64_t last_change() const override { return board_.last_change(); }
  void append(std::string& frames, std::uint64_t& seen, const StateWish& wish, std::size_t budget) const override;
  [[nodiscard]] std::optional<std::uint64_t> ended(const StateWish& wish) const override;
  void watch(const std::shared_ptr<ReadersMailbox>& mailbox) override;
  void unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) override;

 private:
  void append_only(std::string& frames, std::uint64_t& seen, const StateWish& wish) const;
  void tell();

  RunBoard& board_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<ReadersMailbox>> watchers_;  // guarded by mutex_
};

/// Does the query select it: by its stream, and by its file's path or its name in the stream?
[[nodiscard]] bool selects_run(const Selection& selection, std::string_view stream, std::string_view file,
                               std::string_view path);

}  // namespace tailwater
