#include "http/handler_worker.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace tailwater {

Result<std::unique_ptr<HandlerWorker>> HandlerWorker::start(const Backend& backend, const char* name,
                                                            Milliseconds longest_wait) {
  auto loop = EventLoop::create();
  if (!loop) return fail(loop.error());
  std::unique_ptr<HandlerWorker> worker(new HandlerWorker(backend, std::move(*loop), longest_wait));
  worker->loop_->post([name] { ::pthread_setname_np(::pthread_self(), name); });
  return worker;
}

bool HandlerWorker::is_for(const Request& request) {
  constexpr std::string_view kCompiled[] = {"grep", "exclude", "where"};
  return std::any_of(request.parameters.begin(), request.parameters.end(), [&](const Parameter& parameter) {
    return std::find(std::begin(kCompiled), std::end(kCompiled), parameter.name) != std::end(kCompiled);
  });
}

bool HandlerWorker::submit(Job job) {
  if (queued_.fetch_add(1, std::memory_order_relaxed) >= kMaxQueued) {
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  loop_->post([this, submitted = backend_.clock->steady_now(), shared = std::make_shared<Job>(std::move(job))] {
    if (!stopping_) run(*shared, submitted);
    queued_.fetch_sub(1, std::memory_order_relaxed);
  });
  return true;
}

void HandlerWorker::run(Job& job, SteadyTime submitted) {
  const RoutedRequest& routed = job.routed;
  auto outcome = std::make_shared<std::optional<Outcome>>();
  if (backend_.clock->steady_now() - submitted <= longest_wait_) {
    *outcome = routed.route->handler(routed.request, routed.captures, backend_);
  }
  job.reply_to->post([outcome, on_outcome = std::move(job.on_outcome)] { on_outcome(std::move(*outcome)); });
}

void HandlerWorker::stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

}  // namespace tailwater
