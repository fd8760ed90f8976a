#include "stream/history_job.h"

#include "stream/cursor.h"

namespace tailwater {

void HistoryJob::run(ReadBuffer& buffer) {
  if (cancelled_.load(std::memory_order_relaxed)) return;
  step_ = history_.step(budget_, buffer, cancelled_);
  mailbox_->post([self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->on_step();
  });
}

}  // namespace tailwater
