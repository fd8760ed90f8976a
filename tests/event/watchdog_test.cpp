#include "event/watchdog.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

/// A watchdog of three loops, stepped by hand.
class WatchdogTest : public testing::Test {
 protected:
  static std::unique_ptr<EventLoop> make_loop() { return std::move(*EventLoop::create()); }

  WatchdogTest() {
    watchdog_.watch("first", [this](const EventLoop::Task& task) {
      first_->post(task);
      return std::size_t{1};
    });
    watchdog_.watch("pair", [this](const EventLoop::Task& task) {
      second_->post(task);
      third_->post(task);
      return std::size_t{2};
    });
  }
  /// Until the interval is over and everybody has been asked once more, and no longer.
  void pass_interval() {
    bool due = false;
    Timer timer(*own_, [&due] { due = true; });
    timer.start_once(kInterval);
    while (!due) own_->run_once();
  }

  static constexpr std::chrono::microseconds kInterval{2000};
  std::unique_ptr<EventLoop> own_ = make_loop();
  std::unique_ptr<EventLoop> first_ = make_loop();
  std::unique_ptr<EventLoop> second_ = make_loop();
  std::unique_ptr<EventLoop> third_ = make_loop();
  int fed_ = 0;
  std::vector<std::string> late_;
  Watchdog watchdog_{*own_, kInterval, [this] { ++fed_; }, [this](const std::string& name) { late_.push_back(name); }};
};

TEST_F(WatchdogTest, FeedsAtOnceAndThenWhenAllHaveAnswered) {
  watchdog_.start();
  EXPECT_EQ(fed_, 1);
  pass_interval();
  EXPECT_EQ(fed_, 1) << "nobody has answered";
  while (fed_ == 1) {
    for (EventLoop* loop : {first_.get(), second_.get(), third_.get(), own_.get()}) loop->run_once();
  }
  EXPECT_EQ(fed_, 2);
}

TEST_F(WatchdogTest, IsNotFedForALoopThatHasStopped) {
  watchdog_.start();
  for (int i = 0; i < 5; ++i) {
    pass_interval();
    first_->run_once();
    second_->run_once();
    own_->run_once();
  }
  EXPECT_EQ(fed_, 1) << "one of the pair has stopped";
  ASSERT_FALSE(late_.empty());
  EXPECT_EQ(late_.front(), "pair");
  EXPECT_EQ(late_.back(), "pair");
}

TEST_F(WatchdogTest, IsFedAsSoonAsALoopGoesOn) {
  watchdog_.start();
  for (int i = 0; i < 3; ++i) pass_interval();
  EXPECT_EQ(fed_, 1);
  for (EventLoop* loop : {first_.get(), second_.get(), third_.get()}) loop->run_once();
  while (fed_ == 1) own_->run_once();
  EXPECT_EQ(fed_, 2);
}

TEST(Watchdog, OfItsOwnLoopAloneIsFedAtEachInterval) {
  const auto own = std::move(*EventLoop::create());
  int fed = 0;
  Watchdog watchdog(
      *own, std::chrono::microseconds(1000),
      [&] {
        if (++fed == 3) own->stop();
      },
      [](const std::string&) {});
  watchdog.watch("not there", [](const EventLoop::Task&) { return std::size_t{0}; });
  watchdog.start();
  own->run();
  EXPECT_EQ(fed, 3);
}

}  // namespace
}  // namespace tailwater
