// HistoryJob: one cursor's history on the worker pool: a step at a time, each result handed to the cursor's thread. The
// cursor and the pool share it; whoever is last frees it.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "stream/history.h"
#include "stream/readers_mailbox.h"
#include "stream/worker_pool.h"

namespace tailwater {

class LoopCursor;

class HistoryJob final : public WorkerPool::Job, public std::enable_shared_from_this<HistoryJob> {
 public:
  HistoryJob(History history, std::shared_ptr<ReadersMailbox> mailbox, LoopCursor& owner)
      : history_(std::move(history)), mailbox_(std::move(mailbox)), owner_(&owner) {}

  // --- client thread, while no step is in flight -------------------------------------------------------------
  void set_budget(const StepBudget& budget) { budget_ = budget; }
  [[nodiscard]] HistoryStep& step() { return step_; }
  [[nodiscard]] const std::shared_ptr<const Selection>& selection() const { return history_.selection(); }
  // --- client thread -----------------------------------------------------------------------------------------
  /// The owner is gone or wants no more: a step that runs ends soon and its result goes nowhere.
  void cancel() {
    owner_ = nullptr;
    cancelled_.store(true, std::memory_order_relaxed);
  }
  // --- a worker ----------------------------------------------------------------------------------------------
  void run(ReadBuffer& buffer) override;
  [[nodiscard]] bool is_slow() const override { return slow_; }

  /// A step that takes longer is slow: another one fills its budget in a tenth of that.
  static constexpr Milliseconds kSlowStep{20};

 private:
  History history_;
  StepBudget budget_;
  HistoryStep step_;
  bool slow_ = false;  // as `step_`
  std::shared_ptr<ReadersMailbox> mailbox_;
  LoopCursor* owner_;  // client thread alone
  std::atomic<bool> cancelled_{false};
};

}  // namespace tailwater
