// TaskCursor: the Cursor of a body that history workers make: takes what they have made, frames it as chunks, lets
// them go on. TaskReply: the same for a body that is wanted whole. Client thread only; destroying one cancels its task.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "stream/body_task.h"
#include "stream/intrusive_list.h"
#include "stream/readers_mailbox.h"
#include "stream/stream_service.h"

namespace tailwater {

struct TaskTag;

/// Hears, on the client thread, that a task has made something; the task may outlive it.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  virtual void on_output() = 0;

 protected:
  /// Begins the task. `listens_` is cleared by whoever derives when it ends.
  void begin(BodyTask& task, WorkerPool& pool, const std::shared_ptr<ReadersMailbox>& mailbox);
  std::shared_ptr<TaskListener*> listens_ = std::make_shared<TaskListener*>(this);
};

class TaskCursor final : public Cursor, public TaskListener, public ListHook<TaskTag> {
 public:
  TaskCursor(std::shared_ptr<BodyTask> task, bool sse, CursorListener& listener)
      : task_(std::move(task)), sse_(sse), listener_(listener) {}
  ~TaskCursor() override;
  void start(WorkerPool& pool, const std::shared_ptr<ReadersMailbox>& mailbox) { begin(*task_, pool, mailbox); }

  [[nodiscard]] std::string_view peek() override;
  bool consume(std::size_t count) override;
  [[nodiscard]] bool finished() const override { return finished_ && bytes_.empty(); }
  [[nodiscard]] ByteCount lag() const override { return bytes_.size() - sent_; }
  void on_output() override;
  /// Ends the body behind what is on its way; one of events says `shutdown` first.
  void shut_down(Milliseconds reconnect);

 private:
  void fetch();

  std::shared_ptr<BodyTask> task_;
  bool sse_;
  CursorListener& listener_;
  std::string bytes_;
  std::size_t sent_ = 0;
  bool finished_ = false;
  bool waiting_ = false;  // on_ready() is owed
};

class TaskReply final : public PendingBody, public TaskListener {
 public:
  TaskReply(std::shared_ptr<BodyTask> task, std::function<void(Result<std::string>)> on_body)
      : task_(std::move(task)), on_body_(std::move(on_body)) {}
  ~TaskReply() override;
  void start(WorkerPool& pool, const std::shared_ptr<ReadersMailbox>& mailbox) { begin(*task_, pool, mailbox); }
  void on_output() override;

 private:
  std::shared_ptr<BodyTask> task_;
  std::function<void(Result<std::string>)> on_body_;
  std::string body_;
};

}  // namespace tailwater
