#include "stream/worker_pool.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace tailwater {
namespace {

/// struct sched_attr of sched_setattr(2), in its first version; glibc 2.36 does not know it, and the kernel's header
/// does not go together with glibc's.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  ///< of SCHED_OTHER the slice in nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

constexpr int kNiceness = 10;
constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(20);

/// Where processors are short, what reads the past gives way to what is live. Its slice is longer than that of others,
/// so that one of them that wakes up need not wait for its end (since Linux 6.12). Where it is forbidden all are alike.
void give_way() {
  SchedulingAttributes attributes;
  attributes.nice = std::max(::getpriority(PRIO_PROCESS, 0), kNiceness);  // of this thread alone
  attributes.runtime = static_cast<std::uint64_t>(kSlice.count());
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0U);
}

}  // namespace

WorkerPool::WorkerPool(std::size_t threads) : most_slow_(std::max<std::size_t>(1, threads / 2)) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "tw-history");
      give_way();
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
    put(std::move(job));
  }
  work_to_do_.notify_one();
}

void WorkerPool::submit_later(std::shared_ptr<Job> job, Milliseconds delay) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    later_.emplace(std::chrono::steady_clock::now() + delay, std::move(job));
  }
  work_to_do_.notify_one();  // whoever waits has to wait less long
}

void WorkerPool::put(std::shared_ptr<Job> job) {
  Queue& queue = job->is_slow() ? slow_jobs_ : jobs_;
  queue.push_back(std::move(job));
}

void WorkerPool::put_due(SteadyTime now) {
  const auto due = later_.upper_bound(now);
  if (due == later_.begin()) return;
  for (auto each = later_.begin(); each != due; ++each) put(std::move(each->second));
  later_.erase(later_.begin(), due);
  work_to_do_.notify_all();
}

/// Where the next job is to be taken from; null: from nowhere, for now.
WorkerPool::Queue* WorkerPool::next_queue() {
  const bool slow = !slow_jobs_.empty() && slow_running_ < most_slow_;
  if (jobs_.empty()) return slow ? &slow_jobs_ : nullptr;
  return slow && !slow_had_the_last_turn_ ? &slow_jobs_ : &jobs_;
}

std::shared_ptr<WorkerPool::Job> WorkerPool::take(Queue& queue) {
  std::shared_ptr<Job> job = std::move(queue.front());
  queue.pop_front();
  slow_had_the_last_turn_ = &queue == &slow_jobs_;
  return job;
}

bool WorkerPool::run_one() {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    if (next_queue() == nullptr && !later_.empty()) put_due(later_.begin()->first);
    Queue* queue = next_queue();
    if (queue == nullptr) return false;
    job = take(*queue);
  }
  job->run(stepped_buffer_);
  return true;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::wait_for_work(std::unique_lock<std::mutex>& lock) {
  while (true) {
    if (!later_.empty()) put_due(std::chrono::steady_clock::now());
    if (stopped_ || next_queue() != nullptr) return;
    if (later_.empty()) {
      work_to_do_.wait(lock);
    } else {
      work_to_do_.wait_until(lock, SteadyTime(later_.begin()->first));
    }
  }
}

void WorkerPool::work() {
  ReadBuffer buffer;
  std::unique_lock lock(mutex_);
  while (true) {
    wait_for_work(lock);
    if (stopped_) return;
    auto job = take(*next_queue());
    const bool slow = slow_had_the_last_turn_;
    slow_running_ += slow ? 1 : 0;
    lock.unlock();
    job->run(buffer);
    job.reset();
    lock.lock();
    if (!slow) continue;
    --slow_running_;
    work_to_do_.notify_one();  // another slow one may begin
  }
}

void WorkerPool::stop() {
  Queue dropped;  // freed outside the lock
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(jobs_);
    dropped.insert(dropped.end(), slow_jobs_.begin(), slow_jobs_.end());
    slow_jobs_.clear();
    for (auto& [due, job] : later_) dropped.push_back(std::move(job));
    later_.clear();
  }
  work_to_do_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace tailwater
