#include "stream/block.h"

#include <string>

#include <gtest/gtest.h>

#include "stream/chunk_decoder.h"

namespace tailwater {
namespace {

ChunkMark mark(std::uint64_t first, std::uint64_t last, std::uint64_t entry) {
  ChunkMark made;
  made.first = first;
  made.last = last;
  made.point = {entry, 0};
  return made;
}

TEST(Block, HoldsWholeChunks) {
  Block block({}, 200);
  block.append("hello", mark(1, 1, 1));
  block.append(std::string(100, 'x'), mark(2, 2, 2));
  std::string data;
  ChunkDecoder decoder;
  ASSERT_TRUE(decoder.feed(block.bytes(0, block.size()), data));
  EXPECT_TRUE(decoder.between_chunks());
  EXPECT_EQ(data, "hello" + std::string(100, 'x'));
}

TEST(Block, RoomIsWhatReallyFits) {
  Block block({}, 200);
  EXPECT_EQ(block.room(), 180U);
  block.append(std::string(180, 'x'), mark(1, 1, 1));
  EXPECT_LE(block.size(), 200U);
  EXPECT_LE(block.room(), 12U);
}

TEST(Block, HasNoRoomOnceItsMarksAreUsedUp) {
  Block block({}, 64 << 10);
  for (std::uint32_t i = 1; i <= Block::kMaxMarks; ++i) {
    ASSERT_GT(block.room(), 0U);
    block.append("x", mark(i, i, i));
  }
  EXPECT_EQ(block.room(), 0U);
}

TEST(Block, FindsTheEndOfTheChunkThatAnOffsetLiesIn) {
  Block block({}, 1000);
  block.append("aaa", mark(1, 1, 10));
  block.append("bbb", mark(2, 3, 11));
  const std::uint32_t half = block.size() / 2;
  EXPECT_FALSE(block.mark_at(0));
  EXPECT_EQ(block.mark_at(1)->point.entry, 10U);
  EXPECT_EQ(block.mark_at(half)->end, half);
  EXPECT_EQ(block.mark_at(half)->point.entry, 10U);
  EXPECT_EQ(block.mark_at(half + 1)->point.entry, 11U);
  EXPECT_EQ(block.mark_at(block.size())->point.entry, 11U);
}

TEST(Block, FindsThePlaceBehindAnAppend) {
  Block block({}, 1000);
  block.append("aaa", mark(2, 2, 0));
  block.append("aaa", mark(2, 2, 0));  // the rest of a long extent
  const std::uint32_t two = block.size();
  block.append("bbb", mark(4, 6, 0));
  const std::uint32_t six = block.size();
  EXPECT_EQ(block.place_after(1).offset, 0U);
  EXPECT_EQ(block.place_after(2).offset, two);
  EXPECT_FALSE(block.place_after(2).inside_chunk);
  EXPECT_EQ(block.place_after(3).offset, two);
  EXPECT_FALSE(block.place_after(3).inside_chunk);
  EXPECT_TRUE(block.place_after(4).inside_chunk);
  EXPECT_TRUE(block.place_after(5).inside_chunk);
  EXPECT_EQ(block.place_after(6).offset, six);
  EXPECT_FALSE(block.place_after(6).inside_chunk);
  EXPECT_EQ(block.place_after(100).offset, six);
}

}  // namespace
}  // namespace tailwater
