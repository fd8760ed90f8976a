// HandlerWorker: one thread for the handlers that may compute for long. A hostile pattern costs up to 50 ms to compile
// before its size refuses it; on a client thread all its readers would wait for that. Jobs wait in a queue of bounded
// length and run one at a time, so this is the limit on how fast anybody can make us compile, too; one that has waited
// for long is not run any more. A thousand readers that come back at once, each with a filter of its own, are compiled
// in a tenth of a second.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "event/event_loop.h"
#include "http/routes.h"

namespace tailwater {

/// A request as text and as views into it; shared by who serves it.
struct VettedHead {
  std::string text;
  RequestHead head;
};

class HandlerWorker {
 public:
  static constexpr std::size_t kMaxQueued = 4096;

  struct Job {
    std::shared_ptr<const VettedHead> head;  ///< what routed.request points into
    RoutedRequest routed;
    EventLoop* reply_to = nullptr;  ///< outlives stop()
    /// Run there; nullopt: it has waited for too long.
    std::function<void(std::optional<Outcome>)> on_outcome;
  };

  /// `backend` outlives the worker; `name` is the thread's, at most 15 characters.
  [[nodiscard]] static Result<std::unique_ptr<HandlerWorker>> start(const Backend& backend, const char* name,
                                                                    Milliseconds longest_wait);
  ~HandlerWorker() { stop(); }
  HandlerWorker(const HandlerWorker&) = delete;
  HandlerWorker& operator=(const HandlerWorker&) = delete;

  /// Any thread. False, and the job is dropped, if too many wait already.
  [[nodiscard]] bool submit(Job job);
  /// Jobs that have not begun are dropped; their outcomes never come. Joins.
  void stop();

  /// Does the request bring patterns that somebody must compile?
  [[nodiscard]] static bool is_for(const Request& request);

 private:
  HandlerWorker(const Backend& backend, std::unique_ptr<EventLoop> loop, Milliseconds longest_wait)
      : backend_(backend), loop_(std::move(loop)), longest_wait_(longest_wait), thread_([this] { loop_->run(); }) {}
  void run(Job& job, SteadyTime submitted);

  const Backend& backend_;
  std::unique_ptr<EventLoop> loop_;
  const Milliseconds longest_wait_;
  std::atomic<std::size_t> queued_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tailwater
