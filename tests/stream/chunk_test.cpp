#include "stream/chunk.h"

#include <string>

#include <gtest/gtest.h>

#include "stream/chunk_buffer.h"
#include "stream/chunk_decoder.h"

namespace tailwater {
namespace {

TEST(Chunk, HasSizeInHexAndBothLineEnds) {
  std::string out;
  append_chunk(out, std::string(31, 'x'));
  EXPECT_EQ(out, "1f\r\n" + std::string(31, 'x') + "\r\n");
}

TEST(Chunk, NoDataIsNoChunkForThatWouldEndTheBody) {
  std::string out;
  append_chunk(out, "");
  EXPECT_TRUE(out.empty());
}

TEST(ChunkBuffer, ClosesAChunkWhenItIsLongEnough) {
  ChunkBuffer buffer(10);
  for (int i = 0; i < 5; ++i) {
    buffer.frames().append("abcd");
    buffer.commit();
  }
  const std::string bytes = buffer.take();
  EXPECT_EQ(bytes, "c\r\nabcdabcdabcd\r\n8\r\nabcdabcd\r\n");
  std::string data;
  ChunkDecoder decoder;
  ASSERT_TRUE(decoder.feed(bytes, data));
  EXPECT_TRUE(decoder.between_chunks());
  EXPECT_EQ(data, "abcdabcdabcdabcdabcd");
  EXPECT_TRUE(buffer.take().empty());
}

}  // namespace
}  // namespace tailwater
