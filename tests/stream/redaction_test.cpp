// What a stream hides is hidden on every way out, before anything matches.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

StreamWorld::Options hiding(std::vector<std::string> entries = {"default"}) {
  StreamWorld::Options options = StreamWorld::roomy();
  options.rules.redactor = *Redactor::make(entries);
  return options;
}

constexpr std::string_view kLines =
    "plain\nlogin password=hunter2 ok\n-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKC\nAbCd==\n-----END PRIVATE KEY-----\n";

class RedactionTest : public testing::Test {
 protected:
  explicit RedactionTest(StreamWorld::Options options = hiding())
      : world_(std::move(options)), file_(world_.add_file("a.log")) {}
  void settle(TestClient& client) {
    world_.settle([&] { return client.read(); });
  }

  StreamWorld world_;
  std::size_t file_;
};

TEST_F(RedactionTest, LiveAndReplayedFramesAreTheSameAndHoldNoSecret) {
  TestClient live(world_.readers(), tail_of(0));
  settle(live);
  // A turn for each line: what is live knows of each extent what stands before it.
  for (std::size_t at = 0; at < kLines.size();) {
    const std::size_t end = kLines.find('\n', at) + 1;
    world_.write_turn(file_, kLines.substr(at, end - at));
    at = end;
  }
  settle(live);
  TestClient replayed(world_.readers(), start_of(StartRequest::Kind::kStart));
  settle(replayed);
  const auto records = live.records();
  ASSERT_THAT(records, SizeIs(6));
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(replayed.records()[i].data, records[i].data);
  for (const std::string* body : {&live.body, &replayed.body}) {
    EXPECT_THAT(*body, HasSubstr("login password=[redacted:password] ok"));
    EXPECT_THAT(*body, Not(HasSubstr("hunter2")));
    EXPECT_THAT(*body, Not(HasSubstr("MIIE")));
    EXPECT_THAT(*body, Not(HasSubstr("AbCd")));
  }
}

TEST_F(RedactionTest, HoldsForBareLinesAndBatches) {
  world_.write_turn(file_, kLines);
  TestClient bare(world_.readers(),
                  Subscription{query_of({}), start_of(StartRequest::Kind::kStart), false, StreamSet::all()});
  TestClient batch(world_.readers(), start_of(StartRequest::Kind::kStart), {{"batch", "1"}});
  settle(bare);
  settle(batch);
  for (const std::string* body : {&bare.body, &batch.body}) {
    EXPECT_THAT(*body, HasSubstr("[redacted:password]"));
    EXPECT_THAT(*body, Not(HasSubstr("hunter2")));
  }
}

TEST_F(RedactionTest, AFilterIsNoOracle) {
  const std::vector<std::vector<Parameter>> asked = {{{"grep", "hunter2"}}, {{"grep", "h.nter2"}}, {{"grep", "MII"}}};
  std::vector<std::unique_ptr<TestClient>> live;
  for (const auto& query : asked) live.push_back(std::make_unique<TestClient>(world_.readers(), tail_of(0), query));
  for (auto& client : live) settle(*client);
  world_.write_turn(file_, kLines);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    settle(*live[i]);
    EXPECT_THAT(live[i]->log_ids(), IsEmpty());
    for (const auto& start : {start_of(StartRequest::Kind::kStart), tail_of(10)}) {
      TestClient client(world_.readers(), start, asked[i]);
      settle(client);
      EXPECT_THAT(client.log_ids(), IsEmpty());
    }
  }
}

TEST_F(RedactionTest, WhatIsHiddenCanBeLookedForByName) {
  TestClient live(world_.readers(), tail_of(0), {{"grep", "redacted:password"}});
  settle(live);
  world_.write_turn(file_, kLines);
  settle(live);
  TestClient tail(world_.readers(), tail_of(5), {{"grep", "redacted:password"}});
  settle(tail);
  EXPECT_THAT(live.log_ids(), SizeIs(1));
  EXPECT_EQ(tail.log_ids(), live.log_ids());
}

class NewRulesTest : public RedactionTest {
 protected:
  NewRulesTest() : RedactionTest(hiding({"aws"})) {}
};

TEST_F(NewRulesTest, HideAtOnceWhatFeedsHaveFramedAndLoseNothing) {
  TestClient slow(world_.readers(), tail_of(0));
  TestClient quick(world_.readers(), tail_of(0));
  settle(slow);
  settle(quick);
  for (int i = 0; i < 100; ++i) world_.write(file_, "password=hunter2\n");
  world_.turn();
  settle(quick);
  RecordRules fresh;
  fresh.redactor = *Redactor::make(std::vector<std::string>{"default"});
  world_.core().rules.set({{"s", fresh}});
  world_.core().feeds->start_anew();
  TestClient late(world_.readers(), tail_of(3));
  settle(late);
  settle(slow);
  world_.write_turn(file_, "password=hunter2\n");
  for (TestClient* client : {&slow, &quick, &late}) settle(*client);
  std::vector<std::string> ids;
  for (const auto& line : world_.lines()) ids.push_back(line.id);
  EXPECT_EQ(slow.log_ids(), ids);
  EXPECT_EQ(quick.log_ids(), ids);
  EXPECT_THAT(late.log_ids(), SizeIs(4));
  EXPECT_THAT(late.body, Not(HasSubstr("hunter2")));
  EXPECT_THAT(slow.body, Not(HasSubstr("hunter2")));
  EXPECT_EQ(world_.core().counters.live_clients.load(), 3U);
}

}  // namespace
}  // namespace tailwater
