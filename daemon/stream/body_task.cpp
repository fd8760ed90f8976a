#include "stream/body_task.h"

#include <utility>

namespace tailwater {

constexpr Milliseconds kLaterDelay{250};

class BodyTask::Lane final : public WorkerPool::Job {
 public:
  explicit Lane(std::shared_ptr<BodyTask> task) : task_(std::move(task)) {}
  void run(ReadBuffer& buffer) override { task_->run(buffer); }

 private:
  std::shared_ptr<BodyTask> task_;
};

void BodyTask::begin(WorkerPool& pool, std::function<void()> on_output) {
  pool_ = &pool;
  on_output_ = std::move(on_output);
  for (std::size_t i = 0; i < lanes_; ++i) submit_lane();
}

void BodyTask::submit_lane() {
  pool_->submit(std::make_shared<Lane>(shared_from_this()));
}

void BodyTask::run(ReadBuffer& buffer) {
  if (is_cancelled()) return;
  std::size_t wakes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    wakes = wakes_;
  }
  const Turn turn = work(buffer);
  if (is_cancelled() || turn == Turn::kEnd) return;
  if (turn == Turn::kLater) {
    pool_->submit_later(std::make_shared<Lane>(shared_from_this()), kLaterDelay);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    const bool full = output_.size() >= waiting_bytes_;
    if (wakes == wakes_ && (full || turn == Turn::kRest)) {
      ++resting_;
      return;
    }
  }
  submit_lane();
}

void BodyTask::tell_locked(std::unique_lock<std::mutex>& lock) {
  if (std::exchange(told_, true)) return;
  lock.unlock();
  on_output_();
}

void BodyTask::say(std::string_view bytes) {
  if (bytes.empty()) return;
  std::unique_lock lock(mutex_);
  output_.append(bytes);
  tell_locked(lock);
}

void BodyTask::finish() {
  std::unique_lock lock(mutex_);
  finished_ = true;
  tell_locked(lock);
}

void BodyTask::finish(Error error) {
  std::unique_lock lock(mutex_);
  finished_ = true;
  error_ = std::move(error);
  tell_locked(lock);
}

void BodyTask::wake() {
  std::size_t lanes = 0;
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    lanes = std::exchange(resting_, 0);
  }
  for (; lanes > 0; --lanes) submit_lane();
}

bool BodyTask::has_room() const {
  const std::lock_guard lock(mutex_);
  return output_.size() < waiting_bytes_;
}

BodyTask::Output BodyTask::take() {
  Output output;
  {
    const std::lock_guard lock(mutex_);
    output.bytes = std::exchange(output_, {});
    output.finished = finished_;
    output.error = error_;
    told_ = false;
  }
  if (!output.finished && !is_cancelled()) wake();
  return output;
}

}  // namespace tailwater
