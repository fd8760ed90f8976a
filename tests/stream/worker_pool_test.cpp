#include "stream/worker_pool.h"

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

class Task final : public WorkerPool::Job {
 public:
  explicit Task(std::function<void()> run) : run_(std::move(run)) {}
  void run(ReadBuffer& /*buffer*/) override { run_(); }

 private:
  std::function<void()> run_;
};

std::shared_ptr<WorkerPool::Job> task(std::function<void()> run) {
  return std::make_shared<Task>(std::move(run));
}

TEST(WorkerPool, TakesTurns) {
  WorkerPool pool(0);
  std::string order;
  // Each has two steps to do and queues again behind the others.
  for (const char name : {'a', 'b', 'c'}) {
    pool.submit(task([&pool, &order, name] {
      order += name;
      pool.submit(task([&order, name] { order += name; }));
    }));
  }
  while (pool.run_one()) {
  }
  EXPECT_EQ(order, "abcabc");
}

TEST(WorkerPool, RunsJobsOnItsThreads) {
  WorkerPool pool(2);
  std::atomic<int> ran{0};
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) {
    pool.submit(task([&] {
      if (ran.fetch_add(1) == 99) done.set_value();
    }));
  }
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(WorkerPool, StopDropsWhatWaitsAndWhatComesLater) {
  WorkerPool pool(0);
  bool ran = false;
  const auto waiting = task([&] { ran = true; });
  pool.submit(waiting);
  pool.stop();
  EXPECT_EQ(waiting.use_count(), 1);
  pool.submit(waiting);
  EXPECT_FALSE(pool.run_one());
  EXPECT_FALSE(ran);
  pool.stop();
}

}  // namespace
}  // namespace tailwater
