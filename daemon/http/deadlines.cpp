#include "http/deadlines.h"

#include <algorithm>
#include <utility>

namespace tailwater {
namespace {

/// Deadlines that fall due together are handled together; none is late by more than this.
constexpr Milliseconds kGranularity{20};

/// Thousands that were begun together fall due together: so many, and then whoever else waits for the loop.
constexpr int kAtOnce = 64;

}  // namespace

void WithDeadline::cancel_deadline() {
  if (list_ != nullptr) list_->remove(*this);
}

Deadlines::Deadlines(EventLoop& loop, Milliseconds allowed, std::function<void(WithDeadline&)> on_due)
    : allowed_(allowed), on_due_(std::move(on_due)), timer_(loop, [this] { expire(); }) {}

Deadlines::~Deadlines() {
  while (first_ != nullptr) remove(*first_);
}

void Deadlines::start(WithDeadline& deadline) {
  deadline.cancel_deadline();
  deadline.list_ = this;
  deadline.due_ = std::chrono::steady_clock::now() + allowed_;
  deadline.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &deadline;
  last_ = &deadline;
  if (!timer_.is_pending()) arm();
}

void Deadlines::remove(WithDeadline& deadline) {
  (deadline.previous_ != nullptr ? deadline.previous_->next_ : first_) = deadline.next_;
  (deadline.next_ != nullptr ? deadline.next_->previous_ : last_) = deadline.previous_;
  deadline.list_ = nullptr;
  deadline.previous_ = nullptr;
  deadline.next_ = nullptr;
}

void Deadlines::arm() {
  // An emptied list lets the timer run out once, instead of cancelling and starting it for each short request.
  if (first_ == nullptr) return;
  const auto left = first_->due_ - std::chrono::steady_clock::now();
  timer_.start_once(std::max<std::chrono::microseconds>(
      std::chrono::duration_cast<std::chrono::microseconds>(left) + kGranularity, std::chrono::microseconds(0)));
}

void Deadlines::expire() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (int left = kAtOnce; left > 0 && first_ != nullptr && first_->due_ <= now; --left) {
    WithDeadline& due = *first_;
    remove(due);
    on_due_(due);
  }
  if (first_ != nullptr && first_->due_ <= now) {
    timer_.start_once(std::chrono::microseconds(0));
  } else {
    arm();
  }
}

}  // namespace tailwater
