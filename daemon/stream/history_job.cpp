#include "stream/history_job.h"

#include <chrono>

#include "stream/cursor.h"

namespace tailwater {

void HistoryJob::run(ReadBuffer& buffer) {
  if (cancelled_.load(std::memory_order_relaxed)) return;
  const auto begin = std::chrono::steady_clock::now();
  step_ = history_.step(budget_, buffer, cancelled_);
  slow_ = std::chrono::steady_clock::now() - begin > kSlowStep;
  mailbox_->post([self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->on_step();
  });
}

}  // namespace tailwater
