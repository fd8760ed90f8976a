// lag=skip: whoever is too slow misses what it must, is told so, and is live again at once.
#include "stream/lag_skip.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

StartRequest skipping(StartRequest start = tail_of(0)) {
  start.skip_lag = true;
  return start;
}

std::string member(const SseEvent& event, const std::string& name) {
  const std::string head = "\"" + name + "\":\"";
  const std::size_t at = event.data.find(head);
  if (at == std::string::npos) return "";
  return event.data.substr(at + head.size(), event.data.find('"', at + head.size()) - at - head.size());
}

class LagSkipTest : public testing::Test {
 protected:
  LagSkipTest() : world_(StreamWorld::small()), file_(world_.add_file("a.log")) {}
  void settle(TestClient& client) {
    world_.settle([&] { return client.read(); });
  }
  void write_lines(int count) {
    for (int i = 0; i < count; ++i) {
      world_.write_turn(file_, fmt::format("line {} {}\n", ++written_, std::string(100, 'x')));
      world_.settle();
    }
  }
  std::size_t index_of(const std::string& id) const {
    const auto& lines = world_.lines();
    return static_cast<std::size_t>(
        std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.id == id; }) - lines.begin());
  }

  StreamWorld world_;
  std::size_t file_;
  int written_ = 0;
};

TEST_F(LagSkipTest, IsToldWhatItMissedAndIsLiveAgain) {
  TestClient client(world_.readers(), skipping());
  settle(client);
  write_lines(3);
  settle(client);
  write_lines(200);  // far more than the feed keeps
  settle(client);
  write_lines(2);
  settle(client);
  const auto gaps = client.of_type("gap");
  ASSERT_THAT(gaps, SizeIs(1));
  EXPECT_EQ(member(gaps[0], "reason"), "slow");
  EXPECT_EQ(member(gaps[0], "from"), world_.lines()[2].id);
  EXPECT_EQ(gaps[0].id, member(gaps[0], "to"));
  const std::size_t to = index_of(gaps[0].id);
  EXPECT_LE(to, 202U);
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < world_.lines().size(); ++i) {
    if (i < 3 || i > to) expected.push_back(world_.lines()[i].id);
  }
  EXPECT_EQ(client.log_ids(), expected);
  EXPECT_EQ(world_.core().counters.live_clients.load(), 1U);
  EXPECT_EQ(world_.core().counters.catching_up.load(), 0U);

  // Whoever wants it after all can have it.
  StartRequest missed = start_of(StartRequest::Kind::kId);
  missed.from_id = member(gaps[0], "from");
  TestClient other(world_.readers(), missed);
  settle(other);
  EXPECT_EQ(other.log_ids().size(), world_.lines().size() - 3);
}

TEST_F(LagSkipTest, AClientThatTakesNothingCostsNoMoreHoweverLongItLasts) {
  TestClient client(world_.readers(), skipping());
  settle(client);
  write_lines(1);
  client.read(10);  // stands inside a chunk
  write_lines(500);
  EXPECT_LE(client.cursor().lag(), 4000U);
  settle(client);
  EXPECT_THAT(client.of_type("gap"), SizeIs(1));
  EXPECT_EQ(client.last_event_id(), world_.lines().back().id);
}

TEST_F(LagSkipTest, TailIsToldInALine) {
  Subscription subscription{query_of({{"format", "raw"}}), skipping(), /*sse=*/false, StreamSet::all()};
  TestClient client(world_.readers(), std::move(subscription));
  settle(client);
  write_lines(200);
  settle(client);
  EXPECT_THAT(client.body, HasSubstr("[tailwater: gap in all files: slow]\n"));
}

TEST_F(LagSkipTest, NobodyElseMissesAnything) {
  TestClient client(world_.readers(), tail_of(0));
  TestClient skipper(world_.readers(), skipping());
  settle(client);
  settle(skipper);
  write_lines(200);
  settle(client);
  EXPECT_THAT(client.of_type("gap"), IsEmpty());
  EXPECT_THAT(client.log_ids(), SizeIs(200));
}

TEST_F(LagSkipTest, EndsInOrderWhileItWaitsForItsSocket) {
  TestClient client(world_.readers(), skipping());
  settle(client);
  write_lines(1);
  client.read(10);
  write_lines(100);
  world_.readers().shut_down();
  settle(client);
  EXPECT_TRUE(client.finished());
  EXPECT_EQ(client.types().back(), "shutdown");
}

/// Records and gaps together are everything, in order, whatever the socket takes.
TEST_F(LagSkipTest, GapsSayExactlyWhatIsMissingInARandomRun) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    StreamWorld::Options options = StreamWorld::small();
    options.stream.feed_bytes = random() % 2 == 0 ? 0 : 20'000;
    StreamWorld world(options);
    const std::size_t file = world.add_file("a.log");
    const bool batch = random() % 2 == 0;
    const std::vector<Parameter> query = batch ? std::vector<Parameter>{{"batch", "1"}} : std::vector<Parameter>{};
    TestClient client(world.readers(), skipping(start_of(StartRequest::Kind::kStart)), query);
    for (int step = 0; step < 400; ++step) {
      std::string text;
      for (std::size_t n = random() % 20; n > 0; --n) text += std::string(random() % 200 + 1, 'x') + "\n";
      if (!text.empty()) world.write(file, text);
      if (random() % 3 == 0)
        world.turn([&] {
          if (random() % 4 == 0) client.read(random() % 3000, 1 + random() % 500);
        });
      if (random() % 2 == 0) world.run_client();
      if (random() % 2 == 0) world.run_worker();
      if (random() % 50 == 0) world.readers().beat();
      if (random() % 4 == 0) client.read(random() % 6000, 1 + random() % 500);
    }
    world.turn();
    world.settle([&] { return client.read(); });
    std::size_t next = 0;
    for (const SseEvent& event : client.events) {
      if (event.type == "gap") {
        ASSERT_EQ(member(event, "from"), next == 0 ? member(event, "from") : world.lines()[next - 1].id)
            << "seed " << seed;
        while (next < world.lines().size() && world.lines()[next].id != member(event, "to")) ++next;
        ++next;
      }
      for (const SseEvent& record : expand_lines(event)) {
        if (record.type != "log") continue;
        ASSERT_LT(next, world.lines().size());
        ASSERT_EQ(record.id, world.lines()[next++].id) << "seed " << seed;
      }
    }
    EXPECT_EQ(next, world.lines().size()) << "seed " << seed;
    EXPECT_EQ(client.last_event_id(), world.lines().back().id);
  }
}

}  // namespace
}  // namespace tailwater
