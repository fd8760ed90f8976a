#include "event/event_loop.h"

#include <sys/socket.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

std::unique_ptr<EventLoop> make_loop() {
  auto loop = EventLoop::create();
  EXPECT_TRUE(loop);
  return std::move(*loop);
}

TEST(EventLoop, RunsPostedTasksInOrderBeforeItStops) {
  const auto loop = make_loop();
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i) loop->post([&seen, i] { seen.push_back(i); });
  loop->stop();
  loop->run();
  EXPECT_EQ(seen, (std::vector{0, 1, 2}));
}

TEST(EventLoop, TakesTasksFromManyThreads) {
  const auto loop = make_loop();
  int sum = 0;  // touched on the loop's thread alone
  std::vector<std::thread> threads;
  std::atomic<int> finished = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) loop->post([&sum] { ++sum; });
      if (++finished == 4) loop->stop();
    });
  }
  loop->run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 4000);
}

TEST(EventLoop, ATaskMayPostAnother) {
  const auto loop = make_loop();
  bool second = false;
  loop->post([&] {
    loop->post([&] {
      second = true;
      loop->stop();
    });
  });
  loop->run();
  EXPECT_TRUE(second);
}

TEST(Timer, OneShotFiresOnceAndPeriodicUntilCancelled) {
  const auto loop = make_loop();
  int once = 0;
  int periodic = 0;
  Timer one(*loop, [&] { ++once; });
  std::unique_ptr<Timer> many;
  many = std::make_unique<Timer>(*loop, [&] {
    if (++periodic == 5) {
      many->cancel();
      loop->stop();
    }
  });
  one.start_once(std::chrono::microseconds(10));
  many->start_periodic(std::chrono::microseconds(200));
  loop->run();
  EXPECT_EQ(once, 1);
  EXPECT_EQ(periodic, 5);
  EXPECT_FALSE(one.is_pending());
  EXPECT_FALSE(many->is_pending());
}

TEST(FdWatch, TellsOfReadableBytesWhileEnabled) {
  const auto loop = make_loop();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueFd left(ends[0]);
  const UniqueFd right(ends[1]);
  int calls = 0;
  FdWatch watch(*loop, left.get(), FdWatch::Interest::kRead, [&] { ++calls; });
  ASSERT_EQ(::write(right.get(), "x", 1), 1);
  loop->run_once();
  EXPECT_EQ(calls, 0);
  watch.enable();
  loop->run_once();
  EXPECT_EQ(calls, 1);
  watch.disable();
  loop->run_once();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tailwater
