// What a client gets, case by case.
#include "stream/cursor.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/call_on_ready.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> lines_of(const TestClient& client) {
  std::vector<std::string> lines;
  for (const SseEvent& event : client.of_type("log")) {
    const std::size_t at = event.data.find("\"line\":\"") + 8;
    lines.push_back(event.data.substr(at, event.data.find('"', at) - at));
  }
  return lines;
}

class CursorTest : public testing::Test {
 protected:
  void settle(StreamWorld& world, std::vector<TestClient*> clients) {
    world.settle([&] {
      bool any = false;
      for (TestClient* client : clients) any = client->read() || any;
      return any;
    });
  }
  void settle(TestClient& client) { settle(world_, {&client}); }

  StreamWorld world_;
  std::size_t a_ = world_.add_file("a.log");
  std::size_t b_ = world_.add_file("b.log");
};

TEST_F(CursorTest, HelloIsThereAtOnceWithoutAnyOtherThread) {
  world_.write_turn(a_, "one\n");
  TestClient client(world_.readers(), StartRequest{});
  client.read();
  ASSERT_THAT(client.events, SizeIs(1));
  EXPECT_EQ(client.events[0].type, "hello");
  EXPECT_THAT(client.events[0].data, HasSubstr("\"streams\":[\"s\",\"other\"]"));
  EXPECT_THAT(client.events[0].data, HasSubstr("\"position\":\"" + world_.lines().back().id + "\""));
  EXPECT_GE(client.retry_ms(), 1000);
  EXPECT_LE(client.retry_ms(), 3000);
}

TEST_F(CursorTest, ShowsTheLastTenThenSaysCaughtUpThenFollows) {
  for (int i = 0; i < 12; ++i) world_.write_turn(i % 2 == 0 ? a_ : b_, fmt::format("line{}\n", i));
  TestClient client(world_.readers(), StartRequest{});
  settle(client);
  EXPECT_THAT(lines_of(client),
              ElementsAre("line2", "line3", "line4", "line5", "line6", "line7", "line8", "line9", "line10", "line11"));
  ASSERT_EQ(client.events.back().type, "caught-up");
  EXPECT_THAT(client.events.back().data, HasSubstr("\"records\":10,\"bytes\":62,"));
  EXPECT_EQ(client.last_event_id(), world_.lines().back().id);
  world_.write_turn(a_, "live\n");
  settle(client);
  EXPECT_EQ(client.events.back().type, "log");
  EXPECT_EQ(lines_of(client).back(), "live");
}

TEST_F(CursorTest, IsCaughtUpWithWhatTheFirstScanFoundAndNobodyWasToldOf) {
  world_.write(a_, "old\n");
  world_.turn_untold();
  TestClient client(world_.readers(), StartRequest{});
  settle(client);
  EXPECT_EQ(client.events.back().type, "caught-up");
  world_.write_turn(a_, "live\n");
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("old", "live"));
}

TEST_F(CursorTest, AnEmptyBacklogIsCaughtUpToo) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  EXPECT_THAT(client.types(), ElementsAre("hello", "caught-up"));
  TestClient from_start(world_.readers(), start_of(StartRequest::Kind::kStart));
  settle(from_start);
  EXPECT_THAT(from_start.types(), ElementsAre("hello", "file", "file", "caught-up"));
}

TEST_F(CursorTest, ResumesJustPastAnIdWhateverElseIsAskedFor) {
  for (int i = 0; i < 6; ++i) world_.write_turn(i % 2 == 0 ? a_ : b_, fmt::format("line{}\n", i));
  StartRequest start = resume_of(world_.lines()[2].id);
  start.kind = StartRequest::Kind::kTail;
  start.tail = 1;
  TestClient client(world_.readers(), start);
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("line3", "line4", "line5"));
  EXPECT_THAT(client.of_type("gap"), IsEmpty());
}

TEST_F(CursorTest, ResumesInTheMiddleOfAnExtent) {
  world_.write_turn(a_, "one\ntwo\nthree\n");
  TestClient client(world_.readers(), resume_of(world_.lines()[1].id));
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("three"));
}

TEST_F(CursorTest, FromAnIdIsLikeResuming) {
  world_.write_turn(a_, "one\ntwo\nthree\n");
  StartRequest start = start_of(StartRequest::Kind::kId);
  start.from_id = world_.lines()[0].id;
  TestClient client(world_.readers(), start);
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("two", "three"));
}

TEST_F(CursorTest, AnIdThatWasNeverKnownIsAGapAndThenAFirstConnection) {
  world_.write_turn(a_, "one\ntwo\n");
  for (const std::string id : {"garbage\r\nid: x", "zzzz.0.5", "k3x9.0."}) {
    StartRequest start = resume_of(id);
    start.kind = StartRequest::Kind::kTail;
    start.tail = 1;
    TestClient client(world_.readers(), start);
    settle(client);
    EXPECT_THAT(client.types(), ElementsAre("hello", "gap", "log", "caught-up"));
    EXPECT_THAT(lines_of(client), ElementsAre("two"));
    const std::string from = id == "zzzz.0.5" ? "\"zzzz.0.5\"" : "null";
    EXPECT_EQ(client.of_type("gap")[0].data,
              "{\"file\":null,\"from\":" + from + ",\"to\":null,\"bytes\":null,\"reason\":\"unknown-id\"}");
    EXPECT_EQ(client.of_type("gap")[0].id, world_.lines()[0].id);  // coming back with it misses nothing
  }
}

TEST_F(CursorTest, AnIdBeyondTheFileIsUnknownAndNamesTheFile) {
  world_.write_turn(a_, "one\n");
  TestClient client(world_.readers(), resume_of(std::string(world_.file(a_).info->key.text()) + ".0.999"));
  settle(client);
  ASSERT_THAT(client.of_type("gap"), SizeIs(1));
  EXPECT_THAT(client.of_type("gap")[0].data, HasSubstr("{\"file\":\"" + world_.file(a_).info->path + "\""));
}

TEST_F(CursorTest, WithoutFollowingItEndsWithAnIdThatIsAnswered204) {
  world_.write_turn(a_, "one\ntwo\n");
  StartRequest start = tail_of(1);
  start.follow = false;
  TestClient client(world_.readers(), start);
  world_.write_turn(a_, "after the request\n");
  settle(client);
  EXPECT_THAT(client.types(), ElementsAre("hello", "log", "end"));
  EXPECT_THAT(lines_of(client), ElementsAre("two"));
  EXPECT_TRUE(client.finished());
  start.last_event_id = client.last_event_id();
  EXPECT_TRUE(StreamService::ended(start));
  start.follow = true;
  EXPECT_FALSE(StreamService::ended(start));
  TestClient again(world_.readers(), start);
  settle(again);
  EXPECT_THAT(lines_of(again), ElementsAre("after the request"));
}

TEST_F(CursorTest, EndsEvenIfNothingMatched) {
  world_.write_turn(a_, "one\n");
  StartRequest start = tail_of(0);
  start.follow = false;
  TestClient client(world_.readers(), start, {{"grep", "absent"}});
  settle(client);
  EXPECT_THAT(client.types(), ElementsAre("hello", "end"));
  EXPECT_TRUE(client.finished());
}

TEST_F(CursorTest, TailIsTheLinesAlone) {
  world_.write_turn(a_, "one\rx\ntwo\xFF\n");
  TestClient client(world_.readers(), Subscription{query_of({}), tail_of(10), /*sse=*/false, StreamSet::all()});
  settle(client);
  world_.write_turn(b_, "live\n");
  settle(client);
  world_.readers().shut_down();
  client.read();
  EXPECT_EQ(client.body, "one\rx\ntwo\xFF\nlive\n");
  EXPECT_TRUE(client.finished());
}

TEST_F(CursorTest, ReadableStreamsNarrowWhatIsSeenAndWhatIsNamed) {
  const std::size_t secret = world_.add_file("secret.log", "other");
  world_.write_turn(secret, "hidden\n");
  world_.write_turn(a_, "open\n");
  TestClient client(world_.readers(), Subscription{query_of({}), tail_of(10), true, StreamSet::of({"s"})});
  settle(client);
  world_.write_turn(secret, "hidden live\n");
  world_.write_turn(a_, "open live\n");
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("open", "open live"));
  EXPECT_THAT(client.events[0].data, HasSubstr("\"streams\":[\"s\"]"));
}

TEST_F(CursorTest, ClientsThatMayReadDifferentStreamsShareNoFeed) {
  const std::size_t secret = world_.add_file("secret.log", "other");
  TestClient all(world_.readers(), Subscription{query_of({}), tail_of(0), true, StreamSet::of({"other", "s"})});
  TestClient some(world_.readers(), Subscription{query_of({}), tail_of(0), true, StreamSet::of({"s"})});
  settle(world_, {&all, &some});
  world_.write_turn(secret, "hidden\n");
  world_.write_turn(a_, "open\n");
  settle(world_, {&all, &some});
  EXPECT_THAT(lines_of(all), ElementsAre("hidden", "open"));
  EXPECT_THAT(lines_of(some), ElementsAre("open"));
  EXPECT_EQ(world_.core().feeds->live_cursors("other"), 1U);
}

TEST_F(CursorTest, AFeedThatNobodyWantsAnyMoreBeforeItStartedNeverDoes) {
  {
    TestClient client(world_.readers(), tail_of(0));
    client.read();
  }
  world_.turn();  // drops it; its start is still on the way
  world_.settle();
  world_.write_turn(a_, "line\n");
  EXPECT_EQ(world_.core().counters.records_framed.load(), 0U);
  EXPECT_EQ(world_.core().feeds->size(), 0U);
}

TEST_F(CursorTest, ClientsWithEqualSelectionsShareAFeedAndItEndsWithThem) {
  TestClient one(world_.readers(), tail_of(0), {{"grep", "x"}});
  TestClient two(world_.readers(), tail_of(0), {{"grep", "x"}});
  TestClient other(world_.readers(), tail_of(0), {{"grep", "y"}});
  settle(world_, {&one, &two, &other});
  EXPECT_EQ(world_.core().feeds->size(), 2U);
  EXPECT_EQ(world_.core().feeds->live_cursors("s"), 3U);
  one.disconnect();
  world_.settle();
  EXPECT_EQ(world_.core().feeds->size(), 2U);
  two.disconnect();
  world_.settle();
  EXPECT_EQ(world_.core().feeds->size(), 1U);
  EXPECT_EQ(world_.core().feeds->live_cursors("s"), 1U);
}

TEST_F(CursorTest, ShutdownComesBehindAWholeFrameAndThenItIsOver) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  world_.write_turn(a_, std::string(5000, 'x') + "\n");
  world_.run_client();
  client.read(100);  // in the middle of the frame
  EXPECT_FALSE(client.between_chunks());
  world_.readers().shut_down();
  client.read();
  EXPECT_THAT(client.types(), ElementsAre("hello", "caught-up", "log", "shutdown"));
  EXPECT_GE(client.retry_ms(), 200);
  EXPECT_LE(client.retry_ms(), 2000);
  EXPECT_EQ(client.events.back().data, fmt::format("{{\"reconnect_ms\":{}}}", client.retry_ms()));
  EXPECT_TRUE(client.finished());
}

TEST_F(CursorTest, ShutdownWakesIdleClientsAndEndsNewOnes) {
  TestClient client(world_.readers(), tail_of(0));
  settle(client);
  world_.readers().shut_down();
  EXPECT_EQ(client.wakes > 0, true);
  client.read();
  EXPECT_TRUE(client.finished());
  TestClient late(world_.readers(), tail_of(0));
  late.read();
  EXPECT_EQ(late.events.back().type, "shutdown");
  EXPECT_TRUE(late.finished());
}

TEST_F(CursorTest, ALongLineComesInTheSamePartsLiveAndInReplay) {
  StreamWorld::Options options = StreamWorld::small();
  options.rules.max_record_bytes = 1000;
  StreamWorld world(options);
  const std::size_t file = world.add_file("long.log");
  TestClient live(world.readers(), tail_of(0));
  settle(world, {&live});
  world.write_turn(file, std::string(1000, 'a'));  // a full part, then its rest
  world.write_turn(file, std::string(500, 'b') + "\nnext\n");
  world.write_turn(file, std::string(3500, 'c') + "\r\n");
  settle(world, {&live});
  TestClient replayed(world.readers(), start_of(StartRequest::Kind::kStart));
  settle(world, {&replayed});
  const auto expected = live.of_type("log");
  const auto got = replayed.of_type("log");
  ASSERT_EQ(expected.size(), 7U);
  ASSERT_EQ(got.size(), 7U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].id, expected[i].id);
    EXPECT_EQ(got[i].data, expected[i].data);
  }
}

TEST_F(CursorTest, APartialLastLineIsARecordAndSoIsItsRest) {
  TestClient live(world_.readers(), tail_of(0));
  settle(live);
  world_.write(a_, "half");
  world_.turn_partial(a_);
  world_.write_turn(a_, " other half\n");
  settle(live);
  ASSERT_THAT(live.of_type("log"), SizeIs(2));
  EXPECT_THAT(live.of_type("log")[0].data, HasSubstr("\"line\":\"half\",\"partial\":true"));
  TestClient replayed(world_.readers(), start_of(StartRequest::Kind::kStart));
  settle(replayed);
  ASSERT_THAT(replayed.of_type("log"), SizeIs(2));
  EXPECT_EQ(replayed.of_type("log")[0].data, live.of_type("log")[0].data);
  EXPECT_EQ(replayed.of_type("log")[1].data, live.of_type("log")[1].data);
  TestClient resumed(world_.readers(), resume_of(live.of_type("log")[0].id));
  settle(resumed);
  ASSERT_THAT(resumed.of_type("log"), SizeIs(1));
  EXPECT_EQ(resumed.of_type("log")[0].data, live.of_type("log")[1].data);
}

TEST_F(CursorTest, ManyFeedsMakeReadersOfTheJournal) {
  StreamWorld::Options options = StreamWorld::roomy();
  options.stream.max_feeds = 1;
  StreamWorld world(options);
  const std::size_t file = world.add_file("a.log");
  TestClient fed(world.readers(), tail_of(0), {{"grep", "x"}});
  TestClient unfed(world.readers(), tail_of(0), {{"grep", "y"}});
  settle(world, {&fed, &unfed});
  EXPECT_THAT(unfed.types(), ElementsAre("hello", "caught-up"));
  for (int i = 0; i < 3; ++i) {
    world.write_turn(file, "x\ny\n");
    settle(world, {&fed, &unfed});
  }
  EXPECT_THAT(lines_of(fed), ElementsAre("x", "x", "x"));
  EXPECT_THAT(lines_of(unfed), ElementsAre("y", "y", "y"));
  fed.disconnect();
  world.settle();
  world.write_turn(file, "y\n");
  settle(world, {&unfed});
  EXPECT_EQ(world.core().counters.live_clients.load(), 1U);  // there was room now
  EXPECT_THAT(lines_of(unfed), SizeIs(4));
}

TEST_F(CursorTest, GivesWhatLiesInTwoBlocksInOneGo) {
  StreamWorld::Options options = StreamWorld::roomy();
  options.stream.block_bytes = 2048;
  StreamWorld world(options);
  const std::size_t file = world.add_file("a.log");
  CallOnReady listener;
  const auto cursor = world.readers().subscribe({query_of({}), tail_of(0), true, StreamSet::all()}, listener);
  world.settle([&] {
    const std::size_t count = cursor->peek().size();
    cursor->consume(count);
    return count > 0;
  });
  world.write_turn(file, std::string(1100, 'a') + "\n" + std::string(1100, 'b') + "\n");
  world.settle();
  std::string_view pieces[3];
  ASSERT_EQ(cursor->gather(pieces), 2U);
  EXPECT_THAT(std::string(pieces[0]), HasSubstr("aaa"));
  EXPECT_THAT(std::string(pieces[1]), HasSubstr("bbb"));
  // The socket takes the first and a bit of the second.
  const std::string rest(pieces[1].substr(5));
  EXPECT_TRUE(cursor->consume(pieces[0].size() + 5));
  EXPECT_EQ(cursor->peek(), rest);
  EXPECT_FALSE(cursor->consume(rest.size()));
  EXPECT_EQ(cursor->gather(pieces), 0U);
}

TEST_F(CursorTest, SaysWhatWasTheLastAndCallsForWhatComesBehindWithoutBeingAsked) {
  int calls = 0;
  CallOnReady listener([&] { ++calls; });
  const auto cursor = world_.readers().subscribe({query_of({}), tail_of(0), true, StreamSet::all()}, listener);
  world_.settle([&] {
    const std::size_t count = cursor->peek().size();
    cursor->consume(count);
    return count > 0;
  });
  for (int i = 0; i < 3; ++i) {
    calls = 0;
    world_.write_turn(a_, "line\n");
    world_.run_client();
    ASSERT_EQ(calls, 1);
    const std::size_t count = cursor->peek().size();
    EXPECT_TRUE(cursor->consume(count - 1)) << "one byte is left";
    (void)cursor->peek();
    EXPECT_FALSE(cursor->consume(1));
  }
}

TEST_F(CursorTest, BatchesWhatComesTogetherLiveAndInReplay) {
  std::string many;
  for (int i = 0; i < 300; ++i) many += fmt::format("line {}\n", i);
  TestClient live(world_.readers(), tail_of(0), {{"batch", "1"}});
  settle(live);
  world_.write_turn(a_, "alone\n");
  settle(live);
  world_.write_turn(a_, many);
  settle(live);
  TestClient replayed(world_.readers(), start_of(StartRequest::Kind::kStart), {{"batch", "1"}});
  settle(replayed);
  EXPECT_THAT(live.of_type("log"), SizeIs(1));
  for (const TestClient* client : {&live, &replayed}) {
    EXPECT_LT(client->of_type("lines").size(), 10U);
    EXPECT_EQ(client->log_ids().size(), 301U);
    EXPECT_EQ(client->last_event_id(), world_.lines().back().id);
  }
  EXPECT_EQ(live.log_ids(), replayed.log_ids());
}

TEST_F(CursorTest, ResumesAtAnyRecordOfABatch) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += fmt::format("line {}\n", i);
  world_.write_turn(a_, many);
  world_.write_turn(b_, many);
  std::vector<std::string> ids;
  for (const auto& line : world_.lines()) ids.push_back(line.id);
  for (const std::size_t at : {0U, 1U, 57U, 99U, 100U, 150U, 198U}) {
    TestClient client(world_.readers(), resume_of(ids[at]), {{"batch", "1"}});
    settle(client);
    EXPECT_EQ(client.log_ids(), std::vector(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1, ids.end()));
  }
}

TEST_F(CursorTest, CountsItsClients) {
  {
    TestClient client(world_.readers(), tail_of(0));
    EXPECT_EQ(world_.readers().size(), 1U);
    EXPECT_EQ(world_.core().counters.catching_up.load(), 1U);
    settle(client);
    EXPECT_EQ(world_.core().counters.live_clients.load(), 1U);
    EXPECT_EQ(world_.core().counters.catching_up.load(), 0U);
  }
  EXPECT_EQ(world_.readers().size(), 0U);
  EXPECT_EQ(world_.core().counters.clients.load(), 0U);
  EXPECT_EQ(world_.core().counters.live_clients.load(), 0U);
}

TEST_F(CursorTest, SinceGivesWhatArrivedFromThenOn) {
  world_.write_turn(a_, "old\n");
  world_.clock.advance(Milliseconds(60'000));
  const WallTime then = world_.clock.wall_now();
  world_.write_turn(b_, "new\n");
  StartRequest start = start_of(StartRequest::Kind::kSince);
  start.since = then;
  TestClient client(world_.readers(), start);
  settle(client);
  EXPECT_THAT(lines_of(client), ElementsAre("new"));
  start.since = then + Milliseconds(3'600'000);
  TestClient future(world_.readers(), start);
  settle(future);
  EXPECT_THAT(lines_of(future), IsEmpty());
  EXPECT_EQ(future.events.back().type, "caught-up");
}

}  // namespace
}  // namespace tailwater
