#include "http/deadlines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_streams.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

struct Item final : WithDeadline {
  explicit Item(std::string item_name) : name(std::move(item_name)) {}
  std::string name;
};

class DeadlinesTest : public testing::Test {
 protected:
  void run_until(std::size_t due) {
    EXPECT_TRUE(wait_until([&] {
      loop_->run_once();
      return due_.size() >= due;
    }));
  }

  std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
  std::vector<std::string> due_;
  Deadlines deadlines_{*loop_, milliseconds(60),
                       [this](WithDeadline& item) { due_.push_back(static_cast<Item&>(item).name); }};
};

TEST_F(DeadlinesTest, FallDueInTheOrderInWhichTheyStarted) {
  Item a("a");
  Item b("b");
  Item c("c");
  for (Item* item : {&b, &a, &c}) deadlines_.start(*item);
  const auto begin = std::chrono::steady_clock::now();
  run_until(3);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(50));
  EXPECT_EQ(due_, (std::vector<std::string>{"b", "a", "c"}));
}

TEST_F(DeadlinesTest, LeaveOthersTheirTurnWhereManyFallDueTogether) {
  std::vector<std::unique_ptr<Item>> items;
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back(std::to_string(i));
    items.push_back(std::make_unique<Item>(names.back()));
    deadlines_.start(*items.back());
  }
  std::size_t most = 0;
  EXPECT_TRUE(wait_until([&] {
    const std::size_t before = due_.size();
    loop_->run_once();
    most = std::max(most, due_.size() - before);
    return due_.size() == items.size();
  }));
  EXPECT_EQ(most, 64U);
  EXPECT_EQ(due_, names);
}

TEST_F(DeadlinesTest, StartingAgainGivesTheWholeTimeAgain) {
  Item a("a");
  Item b("b");
  deadlines_.start(a);
  deadlines_.start(b);
  deadlines_.start(a);
  run_until(2);
  EXPECT_EQ(due_, (std::vector<std::string>{"b", "a"}));
}

TEST_F(DeadlinesTest, WhatIsCancelledOrGoneIsNotDue) {
  Item cancelled("cancelled");
  Item last("last");
  deadlines_.start(cancelled);
  {
    Item gone("gone");
    deadlines_.start(gone);
  }
  deadlines_.start(last);
  cancelled.cancel_deadline();
  run_until(1);
  EXPECT_EQ(due_, std::vector<std::string>{"last"});
}

TEST_F(DeadlinesTest, TheTimerRunsAgainAfterTheListWasEmpty) {
  Item a("a");
  deadlines_.start(a);
  run_until(1);
  deadlines_.start(a);
  run_until(2);
}

TEST_F(DeadlinesTest, AnItemMayBeDestroyedWhenItIsDue) {
  std::vector<std::unique_ptr<Item>> items;
  Deadlines deadlines(*loop_, milliseconds(10), [&](WithDeadline&) { items.erase(items.begin()); });
  for (int i = 0; i < 3; ++i) {
    items.push_back(std::make_unique<Item>(""));
    deadlines.start(*items.back());
  }
  EXPECT_TRUE(wait_until([&] {
    loop_->run_once();
    return items.empty();
  }));
}

}  // namespace
}  // namespace tailwater
