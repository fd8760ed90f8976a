// Every client sees exactly the records behind its start, once, in order, whatever happens in between: random appends,
// subscribing, stepping, slow reading, hanging up and coming back, with budgets so small that everybody falls behind
// all the time. And the frames are the same bytes whether they came live or from history.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

struct Interest {
  std::vector<Parameter> query;
  bool (*matches)(const StreamWorld::Line&);
};
const std::vector<Interest> kInterests = {
    {{}, [](const StreamWorld::Line&) { return true; }},
    {{{"grep", "needle"}}, [](const StreamWorld::Line& line) { return line.text.find("needle") != std::string::npos; }},
    {{{"exclude", "hay"}}, [](const StreamWorld::Line& line) { return line.text.find("hay") == std::string::npos; }},
    {{{"file", "f1.log"}}, [](const StreamWorld::Line& line) { return line.file == 1; }},
    {{{"batch", "1"}}, [](const StreamWorld::Line&) { return true; }},
    {{{"grep", "needle"}, {"batch", "1"}},
     [](const StreamWorld::Line& line) { return line.text.find("needle") != std::string::npos; }},
    {{{"grep", "absent"}}, [](const StreamWorld::Line&) { return false; }},
};

/// One user: connections come and go, what was seen stays.
struct User {
  const Interest* interest = nullptr;
  std::size_t first = 0;  // index of the first line that must be seen
  std::string last_event_id;
  std::vector<SseEvent> logs;
  std::unique_ptr<TestClient> client;
};

class HandOver {
 public:
  HandOver(StreamWorld::Options options, std::uint32_t seed) : world_(std::move(options)), random_(seed) {
    for (int i = 0; i < 3; ++i) world_.add_file(fmt::format("f{}.log", i));
  }

  void run(int operations) {
    for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) operate();
    world_.settle([&] {
      bool any = false;
      for (User& user : users_) any = (user.client && user.client->read()) || any;
      return any;
    });
    for (User& user : users_) {
      collect(user);
      check(user);
    }
    check_against_replay();
    for (User& user : users_) user.client.reset();
  }

 private:
  std::size_t random(std::size_t below) { return random_() % below; }

  void operate() {
    switch (random(12)) {
      case 0: write(); break;
      case 1:
        in_turn_ = true;
        world_.turn([&] { interrupt(); });
        in_turn_ = false;
        break;
      case 2:
        in_turn_ = true;
        world_.turn_with_many_commits([&] { interrupt(); });
        in_turn_ = false;
        break;
      case 3: world_.clock.advance(random(40) == 0 ? std::chrono::minutes(6) : Milliseconds(random(80))); break;
      case 4:
        if (users_.size() < 12) connect();
        break;
      case 5:
        if (random(4) == 0) hang_up();
        break;
      case 6:
        if (random(20) == 0) world_.rotate(random(3));
        break;
      case 7: world_.readers().beat(); break;
      default: interrupt(); break;
    }
  }

  /// What other threads may do at any moment, even in the middle of an ingest turn.
  void interrupt() {
    for (std::size_t n = random(4); n > 0; --n) {
      switch (random(5)) {
        case 0: world_.run_worker(); break;
        case 4:
          if (random(8) == 0 && users_.size() < 12) connect();
          if (random(8) == 0) hang_up();
          break;
        case 1: world_.run_client(); break;
        case 2:
          if (!users_.empty()) read(users_[random(users_.size())]);
          break;
        case 3: between_turns_ingest(); break;
      }
    }
  }
  void between_turns_ingest() {
    if (!in_turn_) world_.run_ingest();
  }

  void write() {
    std::string text;
    for (std::size_t n = random(30) + 1; n > 0; --n) {
      const std::size_t kind = random(40);
      text += fmt::format("{} line {} ", kind < 10 ? "needle" : kind < 20 ? "hay" : "other", ++written_);
      if (kind == 0) text += std::string(random(6000), 'z');  // longer than a block
      if (kind == 1) text += "\xFF\r\"";
      text += "\n";
    }
    world_.write(random(3), text);
  }

  void connect() {
    User user;
    user.interest = &kInterests[random(kInterests.size())];
    StartRequest start;
    switch (random(3)) {
      case 0:
        start = start_of(StartRequest::Kind::kStart);
        user.first = 0;
        break;
      case 1:
        start = start_of(StartRequest::Kind::kEnd);
        user.first = world_.lines().size();
        break;
      default: {
        const std::size_t wanted = random(60);
        start = tail_of(static_cast<std::uint32_t>(wanted));
        user.first = world_.lines().size();
        for (std::size_t found = 0; user.first > 0 && found < wanted;) {
          found += user.interest->matches(world_.lines()[--user.first]) ? 1 : 0;
        }
      }
    }
    user.client = std::make_unique<TestClient>(world_.readers(), start, user.interest->query);
    users_.push_back(std::move(user));
  }

  /// And comes back with what a browser would send.
  void hang_up() {
    if (users_.empty()) return;
    User& user = users_[random(users_.size())];
    collect(user);
    // Before its first ID it would start anew.
    if (user.last_event_id.empty()) return;
    user.client.reset();
    user.client = std::make_unique<TestClient>(world_.readers(), resume_of(user.last_event_id), user.interest->query);
  }

  void read(User& user) { user.client->read(random(3) == 0 ? 100'000 : random(700), random(300) + 1); }

  static void collect(User& user) {
    for (const SseEvent& event : user.client->records()) user.logs.push_back(event);
    EXPECT_TRUE(user.client->of_type("gap").empty()) << user.client->of_type("gap")[0].data;
    EXPECT_LE(user.client->of_type("caught-up").size(), 1U);
    user.client->events.clear();
    if (!user.client->last_event_id().empty()) user.last_event_id = user.client->last_event_id();
  }

  void check(const User& user) {
    std::vector<std::string> expected;
    for (std::size_t i = user.first; i < world_.lines().size(); ++i) {
      if (user.interest->matches(world_.lines()[i])) expected.push_back(world_.lines()[i].id);
    }
    std::vector<std::string> got;
    for (const SseEvent& log : user.logs) got.push_back(log.id);
    const auto differ = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
    const auto at = differ.first - got.begin();
    EXPECT_TRUE(got == expected) << "record " << at << " of " << expected.size() << ": got "
                                 << (differ.first == got.end() ? "nothing" : *differ.first) << ", expected "
                                 << (differ.second == expected.end() ? "nothing" : *differ.second);
  }

  /// Each frame as a client gets it that reads everything from history.
  void check_against_replay() {
    StartRequest start = start_of(StartRequest::Kind::kStart);
    start.follow = false;
    TestClient replayed(world_.readers(), start);
    world_.settle([&] { return replayed.read(); });
    EXPECT_EQ(replayed.events.back().type, "end");
    std::map<std::string, std::string> by_id;
    for (const SseEvent& log : replayed.of_type("log")) by_id[log.id] = log.data;
    EXPECT_EQ(by_id.size(), world_.lines().size());
    for (const User& user : users_) {
      for (const SseEvent& log : user.logs) ASSERT_EQ(log.data, by_id[log.id]);
    }
  }

  StreamWorld world_;
  std::mt19937 random_;
  std::vector<User> users_;
  int written_ = 0;
  bool in_turn_ = false;
};

class HandOverTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(HandOverTest, EverybodySeesEverythingOnceInOrderThroughTinyBudgets) {
  HandOver(StreamWorld::small(), GetParam()).run(1500);
}

TEST_P(HandOverTest, EverybodySeesEverythingOnceInOrderThroughAFewBlocks) {
  StreamWorld::Options options = StreamWorld::small();
  options.stream.feed_bytes = 60'000;
  HandOver(options, GetParam() + 1000).run(1500);
}

TEST_P(HandOverTest, EverybodySeesEverythingOnceInOrderAtUsualSizes) {
  HandOver(StreamWorld::roomy(), GetParam() + 2000).run(1500);
}

TEST_P(HandOverTest, EverybodySeesEverythingOnceInOrderWithTooManyFeeds) {
  StreamWorld::Options options = StreamWorld::small();
  options.stream.max_feeds = 2;
  HandOver(options, GetParam() + 3000).run(1500);
}

TEST_P(HandOverTest, EverybodySeesEverythingOnceInOrderWhereEachFilterIsSetAside) {
  StreamWorld::Options options = StreamWorld::small();
  options.stream.feed_bytes = 20'000;
  options.stream.filter_time = std::chrono::nanoseconds(0);
  options.stream.filter_time_per_byte = std::chrono::nanoseconds(0);
  HandOver(options, GetParam() + 4000).run(1500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HandOverTest, testing::Range(1U, 9U));

}  // namespace
}  // namespace tailwater
