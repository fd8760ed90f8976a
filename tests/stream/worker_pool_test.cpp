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
  explicit Task(std::function<void()> run, bool slow = false) : run_(std::move(run)), slow_(slow) {}
  void run(ReadBuffer& /*buffer*/) override { run_(); }
  [[nodiscard]] bool is_slow() const override { return slow_; }

 private:
  std::function<void()> run_;
  bool slow_;
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

TEST(WorkerPool, OfALoneWorkerSlowJobsGetEveryOtherTurn) {
  WorkerPool pool(0);
  std::string order;
  for (int i = 0; i < 5; ++i) pool.submit(std::make_shared<Task>([&order] { order += 's'; }, /*slow=*/true));
  for (int i = 0; i < 3; ++i) pool.submit(task([&order] { order += 'q'; }));
  while (pool.run_one()) {
  }
  EXPECT_EQ(order, "sqsqsqss");
}

TEST(WorkerPool, SlowJobsLeaveHalfOfTheWorkersToTheOthers) {
  WorkerPool pool(2);
  std::promise<void> release;
  const std::shared_future<void> released(release.get_future());
  std::atomic<int> slow{0};
  for (int i = 0; i < 4; ++i) {
    pool.submit(std::make_shared<Task>(
        [&slow, released] {
          ++slow;
          released.wait();
        },
        /*slow=*/true));
  }
  for (int i = 0; i < 10; ++i) {
    std::promise<void> done;
    pool.submit(task([&done] { done.set_value(); }));
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  }
  EXPECT_LE(slow, 1);
  release.set_value();
  std::promise<void> all;
  pool.submit(std::make_shared<Task>([&all] { all.set_value(); }, /*slow=*/true));
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(slow, 4);
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

TEST(WorkerPool, ALaterJobLetsOthersGoBeforeAndRunsInItsTime) {
  WorkerPool pool(1);
  std::promise<void> done;
  std::atomic<bool> other{false};
  const auto begin = std::chrono::steady_clock::now();
  constexpr Milliseconds kDelay{30};
  pool.submit_later(task([&] {
                      EXPECT_TRUE(other);
                      done.set_value();
                    }),
                    kDelay);
  pool.submit(task([&] { other = true; }));
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, kDelay);
}

TEST(WorkerPool, SteppedALaterJobComesWhenThereIsNoOther) {
  WorkerPool pool(0);
  std::string order;
  pool.submit_later(task([&] { order += '2'; }), Milliseconds(2000));
  pool.submit_later(task([&] { order += '1'; }), Milliseconds(1000));
  pool.submit(task([&] { order += '0'; }));
  while (pool.run_one()) {
  }
  EXPECT_EQ(order, "012");
}

TEST(WorkerPool, StopDropsWhatWaitsAndWhatComesLater) {
  WorkerPool pool(0);
  bool ran = false;
  const auto waiting = task([&] { ran = true; });
  pool.submit(waiting);
  pool.submit_later(waiting, Milliseconds(1));
  pool.stop();
  EXPECT_EQ(waiting.use_count(), 1);
  pool.submit(waiting);
  pool.submit_later(waiting, Milliseconds(1));
  EXPECT_FALSE(pool.run_one());
  EXPECT_FALSE(ran);
  pool.stop();
}

}  // namespace
}  // namespace tailwater
