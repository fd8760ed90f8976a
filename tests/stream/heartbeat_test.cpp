// Heartbeats, and the IDs that move a quiet client past what its filter dropped.
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::ElementsAre;

class HeartbeatTest : public testing::Test {
 protected:
  void settle(TestClient& client) {
    world_.settle([&] { return client.read(); });
  }
  void pass(Milliseconds time) {
    world_.clock.advance(time);
    world_.readers().beat();
  }

  StreamWorld world_;
  std::size_t a_ = world_.add_file("a.log");
};

TEST_F(HeartbeatTest, ComesAfterAnIntervalWithoutBytesAndThenEachInterval) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  pass(Milliseconds(10'000));
  client.read();
  EXPECT_EQ(client.comments(), 0U);
  pass(Milliseconds(5'000));
  client.read();
  EXPECT_EQ(client.comments(), 1U);
  pass(Milliseconds(10'000));
  client.read();
  EXPECT_EQ(client.comments(), 1U);
  pass(Milliseconds(5'000));
  client.read();
  EXPECT_EQ(client.comments(), 2U);
}

TEST_F(HeartbeatTest, BytesPutItOff) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  for (int i = 0; i < 5; ++i) {
    pass(Milliseconds(10'000));
    world_.write_turn(a_, "line\n");
    settle(client);
  }
  EXPECT_EQ(client.comments(), 0U);
}

TEST_F(HeartbeatTest, MovesTheIdPastWhatTheFilterDroppedOnce) {
  world_.write_turn(a_, "needle\n");
  TestClient client(world_.readers(), tail_of(1), {{"grep", "needle"}});
  settle(client);
  world_.write_turn(a_, "hay\n");
  settle(client);
  EXPECT_EQ(client.last_event_id(), world_.lines()[0].id);
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.last_event_id(), world_.lines()[1].id);
  EXPECT_EQ(client.id_only_blocks(), 1U);
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.id_only_blocks(), 1U);
  EXPECT_EQ(client.comments(), 2U);
  world_.write_turn(a_, "needle again\n");
  settle(client);
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.id_only_blocks(), 1U) << "the frame's own ID was as far";
}

TEST_F(HeartbeatTest, MovesTheIdPastTheRestOfAnExtentThatTheFilterDropped) {
  TestClient client(world_.readers(), tail_of(0), {{"grep", "needle"}});
  settle(client);
  world_.write_turn(a_, "needle\nhay\nhay\n");
  settle(client);
  EXPECT_EQ(client.last_event_id(), world_.lines()[0].id);
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.last_event_id(), world_.lines()[2].id);
}

TEST_F(HeartbeatTest, NeverMovesTheIdPastWhatWasNotSent) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  const std::string before = client.last_event_id();
  world_.write_turn(a_, "line\n");  // published, but the client's loop has not run
  pass(Milliseconds(15'000));
  client.read(0);
  EXPECT_EQ(client.last_event_id(), before);
  settle(client);
  EXPECT_EQ(client.log_ids().size(), 1U);
}

TEST_F(HeartbeatTest, NeverMovesTheIdPastWhatIsCommittedButNotEvaluated) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  const std::string before = client.last_event_id();
  world_.write(a_, "line\n");
  world_.turn([&] {
    pass(Milliseconds(15'000));
    client.read();
    EXPECT_EQ(client.last_event_id(), before);
  });
  settle(client);
  EXPECT_EQ(client.log_ids().size(), 1U);
  EXPECT_EQ(client.last_event_id(), world_.lines()[0].id);
}

TEST_F(HeartbeatTest, IsNotSentToOneWhoHasBytesToTake) {
  TestClient client(world_.readers(), tail_of(0));
  client.read(5);
  pass(Milliseconds(60'000));
  client.read();
  EXPECT_EQ(client.comments(), 0U);
}

TEST_F(HeartbeatTest, GivesProgressWhileALongFilteredStretchIsReplayed) {
  std::string hay;
  while (hay.size() < (20U << 20))
    hay += "hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay\n";
  world_.write_turn(a_, hay);
  TestClient client(world_.readers(), start_of(StartRequest::Kind::kStart), {{"exclude", "hay"}});
  client.read();
  ASSERT_TRUE(world_.run_worker());
  world_.run_client();
  client.read();
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.comments(), 1U);
  EXPECT_EQ(client.id_only_blocks(), 1U);
  const auto id = parse_event_id(client.last_event_id());
  ASSERT_TRUE(id);
  EXPECT_GT(id->position.offset, 1U << 20);
  EXPECT_LT(id->position.offset, hay.size());
  TestClient resumed(world_.readers(), resume_of(client.last_event_id()), {{"exclude", "hay"}});
  settle(resumed);
  EXPECT_TRUE(resumed.of_type("gap").empty());
  settle(client);
  EXPECT_EQ(client.events.back().type, "caught-up");
}

TEST_F(HeartbeatTest, GivesNoProgressPastAGapThatIsNotSaidYet) {
  const auto b = world_.add_file("b.log");
  world_.write_turn(a_, "lost\n");
  std::string hay;
  while (hay.size() < (20U << 20))
    hay += "hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay\n";
  world_.write_turn(b, hay);
  world_.forget(a_);
  TestClient client(world_.readers(), start_of(StartRequest::Kind::kStart), {{"exclude", "hay"}});
  client.read();
  ASSERT_TRUE(world_.run_worker());
  world_.run_client();
  client.read();
  pass(Milliseconds(15'000));
  client.read();
  EXPECT_EQ(client.comments(), 1U);
  EXPECT_TRUE(client.of_type("gap").empty());  // it may still grow
  EXPECT_EQ(client.last_event_id(), "");
  settle(client);
  EXPECT_EQ(client.of_type("gap").size(), 1U);
}

TEST_F(HeartbeatTest, IsSpreadOverTheClients) {
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<TestClient>(world_.readers(), tail_of(0)));
  const auto read = [&] {
    bool any = false;
    for (const auto& client : clients) any = client->read() || any;
    return any;
  };
  world_.settle(read);
  std::set<std::int64_t> times;
  std::size_t beaten = 0;
  for (std::int64_t ms = 0; ms < 15'500; ms += 100) {
    pass(Milliseconds(100));
    read();
    std::size_t now = 0;
    for (const auto& client : clients) now += client->comments();
    if (now > beaten) times.insert(ms);
    beaten = now;
  }
  EXPECT_EQ(beaten, 40U);
  EXPECT_GE(times.size(), 6U);
}

TEST_F(HeartbeatTest, IsSilentInTail) {
  TestClient client(world_.readers(), Subscription{query_of({}), tail_of(0), /*sse=*/false, StreamSet::all()});
  settle(client);
  pass(Milliseconds(60'000));
  client.read();
  EXPECT_EQ(client.body, "");
}

}  // namespace
}  // namespace tailwater
