#include "stream/feed.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "stream/chunk_decoder.h"
#include "stream/readers_mailbox.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

class FeedTest : public testing::Test {
 protected:
  static FeedLimits limits(ByteCount feed_bytes) { return {feed_bytes, 1024, 256}; }
  static std::shared_ptr<const Selection> selection() {
    return std::make_shared<const Selection>(query_of({}), /*sse=*/true, StreamSet::all());
  }

  /// One append with one frame.
  static void append(Feed& feed, std::uint64_t number, const std::string& frame) {
    feed.append_record(frame, number, {number, 1}, {});
    feed.end_append(number, {number, 2});
  }
  static void end_turn(Feed& feed, std::uint64_t number) {
    std::vector<std::shared_ptr<ReadersMailbox>> wake;
    feed.end_turn(number, std::nullopt, wake);
  }
  /// All frames from the place on.
  static std::string read_from(const Feed& feed, FeedPlace place) {
    ChunkDecoder decoder;
    std::string data;
    while (place.block) {
      const bool wrong = !decoder.feed(place.block->bytes(place.offset, place.block->size()), data);
      EXPECT_FALSE(wrong);
      place = {feed.next(*place.block), 0};
    }
    EXPECT_TRUE(decoder.between_chunks());
    return data;
  }
};

TEST_F(FeedTest, TakesOverExactlyBehindTheAppendThatWasReadElsewhere) {
  Feed feed(selection(), limits(1 << 20));
  FeedPlace place;
  EXPECT_EQ(feed.join(7, place), Feed::Join::kNotYet);  // not started
  feed.start(7, {7, 0}, {});
  for (std::uint64_t n = 8; n <= 40; ++n) {
    append(feed, n, "frame " + std::to_string(n) + ";");
    end_turn(feed, n);
  }
  for (std::uint64_t n = 7; n <= 40; ++n) {
    ASSERT_EQ(feed.join(n, place), Feed::Join::kJoined);
    std::string expected;
    for (std::uint64_t m = n + 1; m <= 40; ++m) expected += "frame " + std::to_string(m) + ";";
    EXPECT_EQ(read_from(feed, place), expected);
  }
  EXPECT_EQ(feed.join(6, place), Feed::Join::kReadOn);   // began later
  EXPECT_EQ(feed.join(41, place), Feed::Join::kNotYet);  // not evaluated yet
}

TEST_F(FeedTest, CannotTakeOverInsideAChunk) {
  Feed feed(selection(), limits(1 << 20));
  feed.start(0, {}, {});
  append(feed, 1, "one");
  append(feed, 2, "two");
  append(feed, 4, "four");
  end_turn(feed, 5);
  FeedPlace place;
  EXPECT_EQ(feed.join(0, place), Feed::Join::kJoined);
  for (const std::uint64_t n : {1U, 2U, 3U}) EXPECT_EQ(feed.join(n, place), Feed::Join::kReadOn);
  ASSERT_EQ(feed.join(4, place), Feed::Join::kJoined);
  EXPECT_EQ(read_from(feed, place), "");
  EXPECT_EQ(feed.join(5, place), Feed::Join::kJoined);
}

TEST_F(FeedTest, AnAppendMayTakeManyChunksAndBlocks) {
  Feed feed(selection(), limits(1 << 20));
  feed.start(0, {}, {});
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string frame = std::string(50, static_cast<char>('a' + i % 26));
    feed.append_record(frame, 1, {1, static_cast<std::uint64_t>(i)}, {});
    expected += frame;
  }
  feed.end_append(1, {1, 1000});
  append(feed, 2, "two");
  end_turn(feed, 2);
  FeedPlace place;
  ASSERT_EQ(feed.join(0, place), Feed::Join::kJoined);
  EXPECT_EQ(read_from(feed, place), expected + "two");
  EXPECT_EQ(feed.published(), place.block->start().feed_offset + feed.published());
}

TEST_F(FeedTest, AFrameLongerThanABlockGetsABlockOfItsOwn) {
  Feed feed(selection(), limits(1 << 20));
  feed.start(0, {}, {});
  append(feed, 1, "small");
  append(feed, 2, std::string(5000, 'x'));
  append(feed, 3, "small again");
  end_turn(feed, 3);
  FeedPlace place;
  ASSERT_EQ(feed.join(0, place), Feed::Join::kJoined);
  EXPECT_EQ(read_from(feed, place), "small" + std::string(5000, 'x') + "small again");
}

TEST_F(FeedTest, DropsTheOldestBlocksAndTakesNobodyOverThere) {
  Feed feed(selection(), limits(40'000));
  feed.start(0, {}, {});
  FeedPlace first;
  ASSERT_EQ(feed.join(0, first), Feed::Join::kJoined);
  for (std::uint64_t n = 1; n <= 200; ++n) {
    append(feed, n, std::string(100, 'x'));
    end_turn(feed, n);
  }
  EXPECT_LE(feed.footprint(), 40'000U + 12'000U);
  EXPECT_FALSE(feed.retains(*first.block));
  EXPECT_EQ(feed.next(*first.block), nullptr);
  FeedPlace place;
  EXPECT_EQ(feed.join(0, place), Feed::Join::kReadOn);
  EXPECT_EQ(feed.join(199, place), Feed::Join::kJoined);
  EXPECT_TRUE(feed.retains(*place.block));
}

TEST_F(FeedTest, MarksSayWhereTheJournalGoesOn) {
  Feed feed(selection(), limits(1 << 20));
  feed.start(0, {}, {});
  feed.append_record(std::string(200, 'a'), 1, {1, 10}, {});
  feed.append_record(std::string(200, 'b'), 1, {1, 20}, {});  // closes the chunk before: inside append 1
  feed.end_append(1, {1, 30});
  end_turn(feed, 1);
  FeedPlace place;
  ASSERT_EQ(feed.join(0, place), Feed::Join::kJoined);
  const auto first = place.block->mark_at(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->point, (JournalPoint{1, 10}));
  EXPECT_EQ(place.block->mark_at(first->end + 1)->point, (JournalPoint{1, 30}));
}

TEST_F(FeedTest, ABatchHoldsWhatOneTurnBroughtAndIsBoundedByAChunk) {
  Feed feed(std::make_shared<const Selection>(query_of({{"batch", "1"}}), true, StreamSet::all()),
            {100'000, 4096, 1024});
  feed.start(0, {}, {});
  FeedPlace place;
  ASSERT_EQ(feed.join(0, place), Feed::Join::kJoined);
  const auto frame = [](int i) { return "event: log\nid: k.0." + std::to_string(i) + "\ndata: {\"line\":\"x\"}\n\n"; };
  for (int i = 1; i <= 100; ++i) append(feed, static_cast<std::uint64_t>(i), frame(i));
  end_turn(feed, 100);
  append(feed, 101, frame(101));
  feed.append_change(": between\n\n", 102, {102, 1}, {});
  append(feed, 103, frame(103));
  end_turn(feed, 103);

  std::vector<std::string> ids;
  std::size_t batches = 0;
  const std::string data = read_from(feed, place);
  SseParser parser([&](const SseEvent& event) {
    EXPECT_LE(event.data.size(), 1024U);
    batches += event.type == "lines" ? 1 : 0;
    for (const SseEvent& record : expand_lines(event)) ids.push_back(record.id);
  });
  parser.feed(data);
  ASSERT_EQ(ids.size(), 102U);
  EXPECT_EQ(ids[99], "k.0.100");
  EXPECT_GE(batches, 3U);
  EXPECT_LE(batches, 10U);
  EXPECT_NE(data.find(frame(101) + ": between\n\n" + frame(103)), std::string::npos);
  // Nobody can take over between appends that share an event; behind the turn anybody can.
  EXPECT_EQ(feed.join(50, place), Feed::Join::kReadOn);
  ASSERT_EQ(feed.join(100, place), Feed::Join::kJoined);
  EXPECT_EQ(read_from(feed, place), frame(101) + ": between\n\n" + frame(103));
}

TEST_F(FeedTest, KnowsWhatIsEvaluatedAndWhatWasFramedLast) {
  Feed feed(selection(), limits(1 << 20));
  const Position begin{*FileKey::parse("aaaa"), 0, 5};
  const Position framed{*FileKey::parse("bbbb"), 1, 7};
  feed.start(3, {}, begin);
  EXPECT_EQ(feed.evaluated().number, 3U);
  EXPECT_EQ(feed.evaluated().framed, begin);
  feed.append_record("x", 4, {}, framed);
  end_turn(feed, 6);
  EXPECT_EQ(feed.evaluated().number, 6U);
  EXPECT_EQ(feed.evaluated().framed, framed);
}

TEST_F(FeedTest, WakesOnNewsAndThoseWhoWaitForAnAppend) {
  auto loop = std::move(*EventLoop::create());
  Feed feed(selection(), limits(1 << 20));
  const auto mailbox = std::make_shared<ReadersMailbox>(*loop, [] {});
  feed.watch(mailbox);
  feed.start(0, {}, {});
  std::vector<std::shared_ptr<ReadersMailbox>> wake;
  feed.end_turn(1, std::nullopt, wake);
  EXPECT_TRUE(wake.empty());  // nothing for anybody
  FeedPlace place;
  EXPECT_EQ(feed.join(2, place), Feed::Join::kNotYet);
  feed.end_turn(2, std::nullopt, wake);
  EXPECT_EQ(wake.size(), 1U);
  wake.clear();
  feed.end_turn(3, std::nullopt, wake);
  EXPECT_TRUE(wake.empty());
  append(feed, 4, "news");
  feed.end_turn(4, std::nullopt, wake);
  EXPECT_EQ(wake.size(), 1U);
  wake.clear();
  feed.unwatch(mailbox);
  append(feed, 5, "news");
  feed.end_turn(5, std::nullopt, wake);
  EXPECT_TRUE(wake.empty());
}

}  // namespace
}  // namespace tailwater
