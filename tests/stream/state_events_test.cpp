// Events that tell states, between the chunks of a log: what is latest, in turns with the log, and the end.
#include <map>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/readers_mailbox.h"
#include "stream/state_events.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

/// States by name; tells of all, in the order of their last changes.
class FakeStates final : public StateEvents {
 public:
  void set(const std::string& name, const std::string& text) {
    std::erase_if(changes_, [&](const auto& change) { return change.second.first == name; });
    changes_[++last_] = {name, text};
    for (const auto& mailbox : watchers) mailbox->notify();
  }
  void end_with(std::uint64_t appends) {
    end_ = appends;
    set("end", "over");
  }
  [[nodiscard]] std::uint64_t last_change() const override { return last_; }
  void append(std::string& frames, std::uint64_t& seen, const StateWish&, std::size_t budget) const override {
    const std::size_t enough = frames.size() + budget;
    for (auto at = changes_.upper_bound(seen); at != changes_.end() && frames.size() < enough; ++at) {
      seen = at->first;
      frames += fmt::format("event: run\ndata: {}={}\n\n", at->second.first, at->second.second);
    }
  }
  [[nodiscard]] std::optional<std::uint64_t> ended(const StateWish&) const override { return end_; }
  void watch(const std::shared_ptr<ReadersMailbox>& mailbox) override { watchers.push_back(mailbox); }
  void unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) override { std::erase(watchers, mailbox); }

  std::vector<std::shared_ptr<ReadersMailbox>> watchers;

 private:
  std::map<std::uint64_t, std::pair<std::string, std::string>> changes_;
  std::uint64_t last_ = 0;
  std::optional<std::uint64_t> end_;
};

class StateEventsTest : public testing::Test {
 protected:
  StateEventsTest() : world_(with(states_)) { log_ = world_.add_file("a.log"); }
  static StreamWorld::Options with(FakeStates& states) {
    StreamWorld::Options options = StreamWorld::small();
    options.stream.feed_bytes = 64 << 10;
    options.stream.states = &states;
    return options;
  }
  static Subscription wish(StartRequest start, const std::string& only = {}, const std::string& types = "log,run") {
    return {query_of({{"types", types}}), std::move(start), true, StreamSet::all(), only};
  }
  void settle(TestClient& client) {
    world_.settle([&] { return client.read(); });
  }
  void line(const std::string& text) { world_.write_turn(log_, text + "\n"); }
  static std::vector<std::string> told(const TestClient& client) {
    std::vector<std::string> data;
    for (const SseEvent& event : client.of_type("run")) data.push_back(event.data);
    return data;
  }

  FakeStates states_;
  StreamWorld world_;
  std::size_t log_ = 0;
};

TEST_F(StateEventsTest, WhatIsThereComesBeforeTheLog) {
  line("one");
  states_.set("a", "1");
  states_.set("b", "1");
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kStart)));
  settle(client);
  EXPECT_THAT(client.types(), testing::ElementsAre("hello", "run", "run", "file", "log", "caught-up"));
  EXPECT_THAT(told(client), testing::ElementsAre("a=1", "b=1"));
}

TEST_F(StateEventsTest, AQuietClientIsWokenForEachChange) {
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kEnd)));
  settle(client);
  states_.set("a", "1");
  settle(client);
  states_.set("a", "2");
  settle(client);
  EXPECT_THAT(told(client), testing::ElementsAre("a=1", "a=2"));
  EXPECT_EQ(client.of_type("hello").size(), 1U);
}

TEST_F(StateEventsTest, ASlowClientIsToldTheLatestOnceAndLosesNoLine) {
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kEnd)));
  settle(client);
  for (int i = 0; i < 500; ++i) {
    line(fmt::format("line {}", i));
    states_.set("a", fmt::format("{}", i));
    states_.set("b", fmt::format("{}", i));
    world_.settle();
    if (i % 5 == 0) client.read(/*most=*/97, /*piece=*/31);  // stops in the middle of chunks
  }
  EXPECT_LT(client.cursor().lag(), 200U << 10);
  settle(client);
  EXPECT_EQ(client.records().size(), 500U);
  for (std::size_t i = 0; i < client.records().size(); ++i) {
    EXPECT_NE(client.records()[i].data.find(fmt::format("\"line {}\"", i)), std::string::npos);
  }
  const auto all = told(client);
  EXPECT_EQ(all.back(), "b=499");
  EXPECT_LT(all.size(), 1000U);
  EXPECT_TRUE(client.between_chunks());
}

TEST_F(StateEventsTest, ManyStatesDoNotKeepTheLogWaiting) {
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kEnd)));
  settle(client);
  const std::string large(40 << 10, 'x');  // more than a turn each
  for (int i = 0; i < 10; ++i) states_.set(fmt::format("s{}", i), large);
  line("between");
  settle(client);
  const auto types = client.types();
  const auto log = std::find(types.begin(), types.end(), "log");
  ASSERT_NE(log, types.end());
  EXPECT_GT(std::count(log, types.end(), "run"), 5) << "the line went before most of them";
  EXPECT_EQ(told(client).size(), 10U);
}

TEST_F(StateEventsTest, TheEndComesBehindTheLastLineAndTheLastState) {
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kEnd), "s/a"));
  settle(client);
  line("one");
  world_.write(log_, "two\n");
  states_.end_with(world_.journal().end().appends + 1);  // told before the line is
  settle(client);
  EXPECT_TRUE(client.of_type("end").empty());
  world_.turn();
  states_.set("a", "passed");
  settle(client);
  EXPECT_TRUE(client.finished());
  EXPECT_EQ(client.records().size(), 2U);
  EXPECT_THAT(told(client), testing::ElementsAre("end=over", "a=passed"));
  EXPECT_EQ(client.types().back(), "end");
  const auto id = parse_event_id(client.last_event_id());
  ASSERT_TRUE(id);
  EXPECT_TRUE(id->ended);
}

TEST_F(StateEventsTest, OneThatIsOverAlreadyIsToldWholeAndEnded) {
  for (int i = 0; i < 100; ++i) line(fmt::format("line {}", i));
  states_.set("a", "passed");
  states_.end_with(0);
  TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kStart), "s/a"));
  settle(client);
  EXPECT_EQ(client.records().size(), 100U);
  EXPECT_EQ(client.types().back(), "end");
  TestClient states_alone(world_.readers(), wish(start_of(StartRequest::Kind::kEnd), "s/a", "run"));
  settle(states_alone);
  EXPECT_THAT(states_alone.types(), testing::ElementsAre("hello", "run", "run", "caught-up", "end"));
}

TEST_F(StateEventsTest, WithoutFollowingThereIsWhatIsThereAndTheEnd) {
  line("one");
  states_.set("a", "1");
  StartRequest start = start_of(StartRequest::Kind::kStart);
  start.follow = false;
  TestClient client(world_.readers(), wish(start));
  settle(client);
  EXPECT_TRUE(client.finished());
  EXPECT_THAT(client.types(), testing::ElementsAre("hello", "run", "file", "log", "end"));
}

TEST_F(StateEventsTest, NobodyIsWokenWhoDoesNotWantThem) {
  {
    TestClient client(world_.readers(), start_of(StartRequest::Kind::kEnd));
    settle(client);
    EXPECT_TRUE(states_.watchers.empty());
  }
  {
    TestClient client(world_.readers(), wish(start_of(StartRequest::Kind::kEnd)));
    settle(client);
    EXPECT_EQ(states_.watchers.size(), 1U);
  }
  states_.set("a", "1");
  world_.settle();
  EXPECT_TRUE(states_.watchers.empty()) << "the last one has gone";
}

}  // namespace
}  // namespace tailwater
