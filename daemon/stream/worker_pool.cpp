#include "stream/worker_pool.h"

#include <pthread.h>

#include <utility>

namespace tailwater {

WorkerPool::WorkerPool(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "tw-history");
      work();
    });
  }
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::submit(std::shared_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    jobs_.push_back(std::move(job));
  }
  work_to_do_.notify_one();
}

bool WorkerPool::run_one() {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return false;
    job = std::move(jobs_.front());
    jobs_.pop_front();
  }
  job->run(stepped_buffer_);
  return true;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::work() {
  ReadBuffer buffer;
  std::unique_lock lock(mutex_);
  while (true) {
    work_to_do_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
    if (stopped_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job->run(buffer);
    job.reset();
    lock.lock();
  }
}

void WorkerPool::stop() {
  std::deque<std::shared_ptr<Job>> dropped;  // freed outside the lock
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(jobs_);
  }
  work_to_do_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace tailwater
