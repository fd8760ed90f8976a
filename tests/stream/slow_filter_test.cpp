// Filters that cost the ingest thread too much: their clients read the journal instead, and miss nothing.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

/// The clock of these tests stands still, so that any filter that is timed has used up a budget of nothing.
StreamWorld::Options no_budget() {
  StreamWorld::Options options = StreamWorld::roomy();
  options.stream.filter_time = std::chrono::nanoseconds(0);
  options.stream.filter_time_per_byte = std::chrono::nanoseconds(0);
  return options;
}

class SlowFilterTest : public testing::Test {
 protected:
  explicit SlowFilterTest(StreamWorld::Options options = no_budget())
      : world_(std::move(options)), file_(world_.add_file("a.log")) {}
  void settle(std::vector<TestClient*> clients) {
    world_.settle([&] {
      bool any = false;
      for (TestClient* client : clients) any = client->read() || any;
      return any;
    });
  }
  void write_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("line {}\n", ++written_);
    world_.write_turn(file_, text);
  }
  std::vector<std::string> all_ids() const {
    std::vector<std::string> ids;
    for (const auto& line : world_.lines()) ids.push_back(line.id);
    return ids;
  }
  std::uint64_t set_aside() { return world_.core().counters.feeds_set_aside.load(); }

  const std::vector<Parameter> regex_{{"grep", "l.ne [0-9]"}};
  StreamWorld world_;
  std::size_t file_;
  int written_ = 0;
};

TEST_F(SlowFilterTest, IsSetAsideAndItsClientMissesNothing) {
  TestClient client(world_.readers(), tail_of(0), regex_);
  settle({&client});
  EXPECT_EQ(world_.core().counters.live_clients.load(), 1U);
  for (int i = 0; i < 5; ++i) {
    write_lines(20);
    settle({&client});
  }
  EXPECT_EQ(set_aside(), 1U);
  EXPECT_EQ(world_.core().feeds->size(), 0U);
  EXPECT_EQ(client.log_ids(), all_ids());
  EXPECT_THAT(client.of_type("gap"), IsEmpty());
  EXPECT_THAT(client.of_type("caught-up"), SizeIs(1));
}

TEST_F(SlowFilterTest, OthersStayLive) {
  TestClient slow(world_.readers(), tail_of(0), regex_);
  TestClient all(world_.readers(), tail_of(0));
  settle({&slow, &all});
  write_lines(100);
  settle({&slow, &all});
  EXPECT_EQ(set_aside(), 1U);
  EXPECT_EQ(world_.core().counters.live_clients.load(), 1U);
  EXPECT_EQ(slow.log_ids(), all_ids());
  EXPECT_EQ(all.log_ids(), all_ids());
}

TEST_F(SlowFilterTest, AStalledClientGoesOnWhereItWas) {
  TestClient client(world_.readers(), tail_of(0), regex_);
  settle({&client});
  write_lines(5);
  world_.settle();
  client.read(100);  // stands inside a chunk
  for (int i = 0; i < 5; ++i) write_lines(20);
  world_.settle();
  EXPECT_EQ(set_aside(), 1U);
  settle({&client});
  EXPECT_EQ(client.log_ids(), all_ids());
}

TEST_F(SlowFilterTest, GetsNoFeedForAWhileAndThenAnotherTry) {
  TestClient first(world_.readers(), tail_of(0), regex_);
  settle({&first});
  write_lines(32);
  TestClient second(world_.readers(), tail_of(0), regex_);
  settle({&first, &second});
  EXPECT_EQ(world_.core().feeds->size(), 0U);
  world_.clock.advance(std::chrono::minutes(6));
  write_lines(1);
  settle({&first, &second});
  EXPECT_EQ(world_.core().feeds->size(), 1U);
  EXPECT_EQ(world_.core().counters.live_clients.load(), 2U);
  write_lines(32);
  settle({&first, &second});
  EXPECT_EQ(set_aside(), 2U);
  EXPECT_EQ(first.log_ids(), all_ids());
}

TEST_F(SlowFilterTest, WhoeverWouldRatherMissSomethingDoesNotHaveTo) {
  StartRequest start = tail_of(0);
  start.skip_lag = true;
  TestClient client(world_.readers(), start, regex_);
  settle({&client});
  for (int i = 0; i < 3; ++i) {
    write_lines(20);
    settle({&client});
  }
  EXPECT_EQ(set_aside(), 1U);
  EXPECT_EQ(client.log_ids(), all_ids());
  EXPECT_THAT(client.of_type("gap"), IsEmpty());
}

class QuickFilterTest : public SlowFilterTest {
 protected:
  QuickFilterTest() : SlowFilterTest(StreamWorld::roomy()) {}
};

TEST_F(QuickFilterTest, StaysLive) {
  TestClient client(world_.readers(), tail_of(0), regex_);
  settle({&client});
  for (int i = 0; i < 10; ++i) write_lines(100);
  settle({&client});
  EXPECT_EQ(set_aside(), 0U);
  EXPECT_EQ(client.log_ids(), all_ids());
}

}  // namespace
}  // namespace tailwater
