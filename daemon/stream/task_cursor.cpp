#include "stream/task_cursor.h"

#include <utility>

#include "stream/chunk.h"
#include "stream/sse_frame.h"

namespace tailwater {

void TaskListener::begin(BodyTask& task, WorkerPool& pool, const std::shared_ptr<ReadersMailbox>& mailbox) {
  task.begin(pool, [mailbox, listens = listens_] {
    mailbox->post([listens] {
      if (*listens != nullptr) (*listens)->on_output();
    });
  });
}

TaskCursor::~TaskCursor() {
  *listens_ = nullptr;
  task_->cancel();
}

void TaskCursor::fetch() {
  if (finished_ || !bytes_.empty()) return;
  BodyTask::Output output = task_->take();
  finished_ = output.finished;
  append_chunk(bytes_, output.bytes);
}

std::string_view TaskCursor::peek() {
  fetch();
  waiting_ = bytes_.empty() && !finished_;
  return std::string_view(bytes_).substr(sent_);
}

bool TaskCursor::consume(std::size_t count) {
  sent_ += count;
  if (sent_ < bytes_.size()) return true;
  std::string().swap(bytes_);
  sent_ = 0;
  return true;
}

void TaskCursor::on_output() {
  if (!waiting_) return;
  fetch();
  if (bytes_.empty() && !finished_) return;
  waiting_ = false;
  listener_.on_ready();  // it may destroy the cursor
}

void TaskCursor::shut_down(Milliseconds reconnect) {
  if (finished_) return;
  task_->cancel();
  finished_ = true;
  if (sse_) {
    std::string frames;
    append_shutdown(frames, reconnect);
    append_chunk(bytes_, frames);
  }
  if (!std::exchange(waiting_, false)) return;
  listener_.on_ready();  // it may destroy the cursor
}

TaskReply::~TaskReply() {
  *listens_ = nullptr;
  task_->cancel();
}

void TaskReply::on_output() {
  BodyTask::Output output = task_->take();
  body_ += output.bytes;
  if (!output.finished) return;
  const auto call = std::move(on_body_);  // this may be destroyed by it
  if (output.error) {
    call(fail(std::move(*output.error)));
  } else {
    call(std::move(body_));
  }
}

}  // namespace tailwater
