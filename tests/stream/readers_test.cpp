// Waking: who is called, in which order, and that callbacks may do what they like.
#include "stream/readers.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "stream/call_on_ready.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

class ReadersTest : public testing::Test {
 protected:
  /// A live cursor that has taken all there is.
  std::unique_ptr<Cursor> live_cursor(std::function<void()> on_ready) {
    auto cursor = world_.readers().subscribe(Subscription{query_of({}), tail_of(0), true, StreamSet::all()},
                                             listeners_.emplace_back(std::move(on_ready)));
    drain(*cursor);
    world_.settle();
    drain(*cursor);
    return cursor;
  }
  static std::size_t drain(Cursor& cursor) {
    std::size_t taken = 0;
    for (auto bytes = cursor.peek(); !bytes.empty(); bytes = cursor.peek()) {
      taken += bytes.size();
      cursor.consume(bytes.size());
    }
    return taken;
  }

  std::deque<CallOnReady> listeners_;
  StreamWorld world_;
  std::size_t a_ = world_.add_file("a.log");
};

TEST_F(ReadersTest, CallsOnceForAnyNumberOfTurnsUntilAllWasTaken) {
  int calls = 0;
  const auto cursor = live_cursor([&] { ++calls; });
  calls = 0;
  world_.write_turn(a_, "one\n");
  world_.write_turn(a_, "two\n");
  world_.run_client();
  EXPECT_EQ(calls, 1);
  world_.write_turn(a_, "three\n");
  world_.run_client();
  EXPECT_EQ(calls, 1) << "bytes were left";
  drain(*cursor);
  world_.write_turn(a_, "four\n");
  world_.run_client();
  EXPECT_EQ(calls, 2);
}

TEST_F(ReadersTest, IsNotCalledFromInsideAMember) {
  bool inside = false;
  bool called = false;
  CallOnReady listener([&] {
    EXPECT_FALSE(inside);
    called = true;
  });
  auto cursor =
      world_.readers().subscribe(Subscription{query_of({}), StartRequest{}, true, StreamSet::all()}, listener);
  for (int i = 0; i < 20; ++i) {
    world_.write_turn(a_, "line\n");
    inside = true;
    drain(*cursor);
    inside = false;
    world_.settle();
  }
  EXPECT_TRUE(called);
}

TEST_F(ReadersTest, ACallbackMayDestroyAnyCursor) {
  std::vector<std::unique_ptr<Cursor>> cursors(40);
  std::size_t called = 0;
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    cursors[i] = live_cursor([&, i] {
      ++called;
      cursors[(i + 7) % cursors.size()].reset();
      if (i % 3 == 0) cursors[i].reset();
    });
  }
  called = 0;
  world_.write_turn(a_, "line\n");
  world_.settle();
  EXPECT_GT(called, 0U);
  for (auto& cursor : cursors) {
    const std::size_t taken = cursor ? drain(*cursor) : 1;
    EXPECT_GT(taken, 0U);
  }
  for (auto& cursor : cursors) cursor.reset();
  world_.settle();
  EXPECT_EQ(world_.readers().size(), 0U);
  EXPECT_EQ(world_.core().feeds->size(), 0U);
}

TEST_F(ReadersTest, ShutdownMayDestroyCursorsToo) {
  std::vector<std::unique_ptr<Cursor>> cursors(10);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    cursors[i] = live_cursor([&, i] {
      cursors[i].reset();
      cursors[(i + 1) % cursors.size()].reset();
    });
  }
  world_.readers().shut_down();
  world_.settle();
  for (auto& cursor : cursors) cursor.reset();
  EXPECT_EQ(world_.readers().size(), 0U);
}

TEST_F(ReadersTest, WakesInSlicesAndStartsWithOthersEachTime) {
  constexpr std::size_t kCursors = 2 * LoopReaders::kSlice + 100;
  std::vector<std::unique_ptr<Cursor>> cursors(kCursors);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kCursors; ++i) {
    cursors[i] = world_.readers().subscribe(Subscription{query_of({}), tail_of(0), true, StreamSet::all()},
                                            listeners_.emplace_back([&order, i] { order.push_back(i); }));
  }
  world_.settle();
  for (auto& cursor : cursors) drain(*cursor);

  std::vector<std::size_t> firsts;
  for (int turn = 0; turn < 3; ++turn) {
    order.clear();
    world_.write_turn(a_, "line\n");
    world_.run_client();
    const std::size_t slice = order.size();
    EXPECT_LE(slice, LoopReaders::kSlice);
    world_.settle();
    EXPECT_EQ(order.size(), kCursors);
    firsts.push_back(order.front());
    for (auto& cursor : cursors) drain(*cursor);
  }
  EXPECT_NE(firsts[0], firsts[1]);
  EXPECT_NE(firsts[1], firsts[2]);
}

TEST_F(ReadersTest, AStalledClientHoldsNoBlockThatItsFeedHasDropped) {
  StreamWorld world(StreamWorld::small());
  const auto file = world.add_file("a.log");
  TestClient stalled(world.readers(), tail_of(0));
  TestClient quick(world.readers(), tail_of(0));
  world.settle([&] { return stalled.read() || quick.read(); });
  world.write_turn(file, "line\n");
  world.run_client();
  stalled.read(10);
  for (int i = 0; i < 200; ++i) {
    world.write_turn(file, std::string(100, 'x') + "\n");
    world.settle([&] { return quick.read(); });
  }
  EXPECT_EQ(world.core().counters.fell_behind.load(), 1U);
  EXPECT_LE(stalled.cursor().lag(), 3000U);
  EXPECT_EQ(quick.log_ids().size(), 201U);
  world.settle([&] { return stalled.read(); });
  EXPECT_EQ(stalled.log_ids(), quick.log_ids());
}

TEST_F(ReadersTest, AStalledClientIsReadNothingForUntilItAsks) {
  StreamWorld world(StreamWorld::small());
  const auto file = world.add_file("a.log");
  TestClient stalled(world.readers(), tail_of(0));
  TestClient quick(world.readers(), tail_of(0));
  world.settle([&] { return stalled.read() || quick.read(); });
  for (int i = 0; i < 200; ++i) {
    world.write_turn(file, std::string(100, 'x') + "\n");
    world.settle([&] { return quick.read(); });
  }
  EXPECT_EQ(world.core().counters.fell_behind.load(), 1U);
  EXPECT_EQ(stalled.cursor().lag(), 0U) << "nothing was made for it";
  world.settle([&] { return stalled.read(); });
  EXPECT_EQ(stalled.log_ids(), quick.log_ids());
}

TEST_F(ReadersTest, TheBudgetOfAllFeedsTakesFromTheLargestAndFromThoseWhoStallInIt) {
  StreamWorld::Options options = StreamWorld::small();
  options.stream.feed_bytes = 1U << 20;
  options.stream.all_feeds_bytes = 200'000;
  StreamWorld world(options);
  const auto file = world.add_file("a.log");
  TestClient stalled(world.readers(), tail_of(0), {{"grep", "big"}});
  TestClient other(world.readers(), tail_of(0), {{"grep", "small"}});
  world.settle([&] { return stalled.read() || other.read(); });
  for (int i = 0; i < 100; ++i) world.write_turn(file, "big " + std::string(1000, 'x') + "\n");
  world.settle();
  EXPECT_LE(world.core().feeds->footprint(), 200'000U);
  EXPECT_EQ(world.core().counters.fell_behind.load(), 1U);
  world.settle([&] { return stalled.read(); });
  EXPECT_EQ(stalled.log_ids().size(), 100U);
  world.write_turn(file, "small\n");
  world.settle([&] { return stalled.read() || other.read(); });
  EXPECT_EQ(other.log_ids().size(), 1U);
}

TEST_F(ReadersTest, TellHowFarTheSlowestIsBehind) {
  const auto file = world_.add_file("lag.log");
  TestClient slow(world_.readers(), tail_of(0));
  TestClient quick(world_.readers(), tail_of(0));
  world_.settle([&] { return slow.read() || quick.read(); });
  world_.write_turn(file, std::string(1000, 'x') + "\n");
  world_.settle([&] { return quick.read(); });
  world_.readers().measure_lags();
  EXPECT_GE(world_.core().feeds->live_lag("s"), 1000U);
  EXPECT_EQ(world_.core().feeds->live_lag("other"), world_.core().feeds->live_lag("s")) << "they share the feed";
  world_.settle([&] { return slow.read(); });
  world_.readers().measure_lags();
  EXPECT_EQ(world_.core().feeds->live_lag("s"), 0U);
}

TEST_F(ReadersTest, WhatIsPostedAfterTheyAreGoneIsDropped) {
  { TestClient client(world_.readers(), tail_of(5)); }
  auto cursor = live_cursor([] {});
  world_.write_turn(a_, "line\n");
  cursor.reset();
  world_.close_readers();
  world_.settle();
  world_.write_turn(a_, "line\n");
  world_.settle();
}

}  // namespace
}  // namespace tailwater
