// WorkerPool: the threads on which everything runs that may wait for a disk. Jobs are short steps that queue again if
// there is more to do, so clients take turns. At most one job per client is queued, which bounds the queue; so one
// client never has more than one worker. Jobs whose steps are slow (a hostile filter, say) have half of the workers
// between them, and of a lone worker every other turn: however many there are, the others are not kept waiting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "stream/record_pieces.h"

namespace tailwater {

class WorkerPool {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    /// On one worker at a time; `buffer` is that worker's.
    virtual void run(ReadBuffer& buffer) = 0;
    /// As its last step was. Asked when it is submitted.
    [[nodiscard]] virtual bool is_slow() const { return false; }
  };

  /// With no threads nothing runs but what run_one() runs: for tests that step.
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Any thread. After stop() the job is dropped.
  void submit(std::shared_ptr<Job> job);
  /// The same once `delay` has passed. It occupies no thread until then.
  void submit_later(std::shared_ptr<Job> job, Milliseconds delay);
  /// Runs the oldest job on the calling thread, one that is to come later if there is no other; false if there is none.
  bool run_one();
  /// Jobs that wait for a thread.
  [[nodiscard]] std::size_t waiting() const;
  /// Ends what runs, drops what waits, joins.
  void stop();

 private:
  using Queue = std::deque<std::shared_ptr<Job>>;

  void put(std::shared_ptr<Job> job);
  void put_due(SteadyTime now);
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Queue* next_queue();
  [[nodiscard]] std::shared_ptr<Job> take(Queue& queue);
  void work();

  mutable std::mutex mutex_;
  std::condition_variable work_to_do_;
  Queue jobs_;                                             // guarded by mutex_
  Queue slow_jobs_;                                        // guarded by mutex_
  std::multimap<SteadyTime, std::shared_ptr<Job>> later_;  // guarded by mutex_
  std::size_t slow_running_ = 0;                           // guarded by mutex_
  bool slow_had_the_last_turn_ = false;                    // guarded by mutex_
  bool stopped_ = false;                                   // guarded by mutex_
  ReadBuffer stepped_buffer_;                              // run_one()'s
  const std::size_t most_slow_;                            // at a time
  std::vector<std::thread> threads_;
};

}  // namespace tailwater
