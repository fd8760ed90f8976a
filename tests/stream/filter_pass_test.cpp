// Many filters in one pass: whoever is found by it gets what it would have got by itself.
#include "stream/filter_pass.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

class FilterPassTest : public testing::Test {
 protected:
  void subscribe(const std::vector<Parameter>& parameters) {
    clients_.push_back(std::make_unique<TestClient>(world_.readers(), tail_of(0), parameters));
  }
  void subscribe_many(int count) {
    for (int i = 0; i < count; ++i) subscribe({{"grep", fmt::format("user=u{}\\b", i)}});
    settle();
  }
  void settle() {
    world_.settle([&] {
      bool any = false;
      for (const auto& client : clients_) any = client->read() || any;
      return any;
    });
  }
  /// A turn, in which a set may be asked for, and what is made of it.
  void turn(const std::string& text) {
    world_.write_turn(file_, text);
    settle();
  }
  /// The IDs of lines that hold `text`.
  std::vector<std::string> ids_of(const std::string& text) const {
    std::vector<std::string> ids;
    for (const auto& line : world_.lines()) {
      if (line.text.find(text) != std::string::npos) ids.push_back(line.id);
    }
    return ids;
  }
  std::string lines_for(int users) {
    std::string text;
    for (int i = 0; i < users; ++i) text += fmt::format("line {} user=u{} level=INFO\n", ++written_, i);
    return text;
  }
  void expect_each_has_its_own(int users) {
    for (int i = 0; i < users; ++i) {
      EXPECT_EQ(clients_[static_cast<std::size_t>(i)]->log_ids(), ids_of(fmt::format("user=u{} ", i))) << i;
    }
  }

  StreamWorld world_;
  std::size_t file_ = world_.add_file("a.log");
  std::vector<std::unique_ptr<TestClient>> clients_;
  int written_ = 0;
};

TEST_F(FilterPassTest, GivesEachClientItsLines) {
  subscribe_many(40);
  for (int i = 0; i < 5; ++i) turn(lines_for(50));
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 40U);
  expect_each_has_its_own(40);
}

TEST_F(FilterPassTest, FewFiltersAreLookedAtOneByOne) {
  subscribe_many(static_cast<int>(FilterPass::kFewestPatterns) - 1);
  for (int i = 0; i < 3; ++i) turn(lines_for(20));
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 0U);
  expect_each_has_its_own(static_cast<int>(FilterPass::kFewestPatterns) - 1);
}

TEST_F(FilterPassTest, OtherConditionsHoldToo) {
  for (int i = 0; i < 20; ++i) {
    subscribe({{"grep", fmt::format("user=u{}\\b", i)}, {"grep", "keep"}, {"exclude", "drop"}, {"level", "warn"}});
  }
  settle();
  for (int round = 0; round < 3; ++round) {
    turn("WARN user=u3 keep a\nINFO user=u3 keep\nWARN user=u3\nWARN user=u3 keep drop\nERROR user=u3 keep b\n");
  }
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 20U);
  std::vector<std::string> wanted;
  for (const auto& line : world_.lines()) {
    if (line.text.find("keep a") != std::string::npos || line.text.find("keep b") != std::string::npos) {
      wanted.push_back(line.id);
    }
  }
  EXPECT_EQ(clients_[3]->log_ids(), wanted);
  EXPECT_TRUE(clients_[4]->log_ids().empty());
}

TEST_F(FilterPassTest, ThoseWithoutAPatternAndThoseWhoComeLaterAreAskedThemselves) {
  subscribe({});
  subscribe_many(20);
  turn(lines_for(30));
  clients_.push_back(
      std::make_unique<TestClient>(world_.readers(), tail_of(0), std::vector<Parameter>{{"grep", "user=u25"}}));
  settle();
  const std::size_t before = world_.lines().size();
  turn(lines_for(30));
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 20U);
  EXPECT_EQ(clients_.front()->log_ids(), ids_of("line"));
  std::vector<std::string> since;
  for (std::size_t i = before; i < world_.lines().size(); ++i) {
    if (world_.lines()[i].text.find("user=u25 ") != std::string::npos) since.push_back(world_.lines()[i].id);
  }
  EXPECT_EQ(clients_.back()->log_ids(), since);
}

TEST_F(FilterPassTest, OnesOfTheSamePatternShareItsPlace) {
  for (int i = 0; i < 20; ++i) subscribe({{"grep", fmt::format("user=u{}\\b", i)}});
  for (int i = 0; i < 20; ++i) subscribe({{"grep", fmt::format("user=u{}\\b", i)}, {"format", "text"}});
  settle();
  for (int i = 0; i < 3; ++i) turn(lines_for(20));
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 40U);
  EXPECT_EQ(clients_[7]->log_ids(), ids_of("user=u7 "));
}

TEST_F(FilterPassTest, ClientsThatLeaveAreForgotten) {
  subscribe_many(40);
  turn(lines_for(50));
  clients_.erase(clients_.begin() + 20, clients_.end());
  settle();
  turn(lines_for(50));
  expect_each_has_its_own(20);
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 20U);
  clients_.erase(clients_.begin() + 5, clients_.end());
  settle();
  turn(lines_for(50));
  EXPECT_EQ(world_.core().feeds->found_in_one_pass(), 0U);
  expect_each_has_its_own(5);
}

TEST_F(FilterPassTest, AnotherFileHasOthersThatSelectIt) {
  const std::size_t other = world_.add_file("b.log", "other");
  for (int i = 0; i < 20; ++i)
    subscribe({{"grep", fmt::format("user=u{}\\b", i)}, {"stream", i % 2 == 0 ? "s" : "other"}});
  settle();
  for (int i = 0; i < 3; ++i) {
    world_.write(other, lines_for(20));
    turn(lines_for(20));
  }
  for (int i = 0; i < 20; ++i) {
    std::vector<std::string> wanted;
    for (const auto& line : world_.lines()) {
      const bool own = line.file == (i % 2 == 0 ? file_ : other);
      if (own && line.text.find(fmt::format("user=u{} ", i)) != std::string::npos) wanted.push_back(line.id);
    }
    EXPECT_EQ(clients_[static_cast<std::size_t>(i)]->log_ids(), wanted) << i;
  }
}

TEST(FilterPass, ASetThatTurnsOutSlowIsDroppedForAWhile) {
  FakeClock clock;
  std::chrono::nanoseconds cpu_time{0};
  std::chrono::nanoseconds step{0};
  const auto at_once = [](FilterPass::Task task) { task(); };
  FilterPass pass(clock, {at_once, at_once, [&] { return cpu_time += step; }});
  std::vector<std::shared_ptr<Feed>> feeds;
  for (int i = 0; i < 20; ++i) {
    const std::vector<Parameter> parameters{{"grep", fmt::format("user=u{}\\b", i)}};
    auto selection = std::make_shared<const Selection>(*Query::parse(parameters, {}), /*sse=*/true, StreamSet::all());
    feeds.push_back(std::make_shared<Feed>(std::move(selection), FeedLimits{}));
  }
  pass.on_new_feeds();
  pass.on_turn_end(feeds);
  ASSERT_EQ(pass.size(), 20U);
  const std::string line = "a line of user=u7 and no other";
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(pass.find(line).size(), 1U);
  step = Milliseconds(1);
  int lines = 0;
  while (pass.find(line).size() == 1 && lines < 100'000) ++lines;
  EXPECT_LT(lines, 1000);  // half a second's worth of debt
  EXPECT_EQ(pass.find(line).size(), 20U) << "each may want it: nobody knows";
  pass.on_turn_end(feeds);
  EXPECT_EQ(pass.size(), 0U);
  step = {};
  clock.advance(Milliseconds(59'000));
  pass.on_turn_end(feeds);
  EXPECT_EQ(pass.size(), 0U);
  clock.advance(Milliseconds(2000));
  pass.on_turn_end(feeds);
  EXPECT_EQ(pass.size(), 20U);
  EXPECT_EQ(pass.find(line).size(), 1U);
}

}  // namespace
}  // namespace tailwater
