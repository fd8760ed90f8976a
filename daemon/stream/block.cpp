#include "stream/block.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <type_traits>

#include "stream/chunk.h"

namespace tailwater {

static_assert(std::is_trivially_destructible_v<ChunkMark>);

Block::Block(const Start& start, std::uint32_t capacity)
    : start_(start),
      capacity_(capacity),
      data_(std::make_unique_for_overwrite<char[]>(capacity)),
      marks_(static_cast<ChunkMark*>(::operator new(kMaxMarks * sizeof(ChunkMark)))) {}

std::size_t Block::room() const {
  if (mark_count_.load(std::memory_order_relaxed) == kMaxMarks) return 0;
  const std::size_t left = capacity_ - size_.load(std::memory_order_relaxed);
  return left > kMaxChunkOverhead ? left - kMaxChunkOverhead : 0;
}

void Block::append(std::string_view frames, ChunkMark mark) {
  assert(frames.size() <= room());
  const std::string head = chunk_head(frames.size());
  char* out = data_.get() + size_.load(std::memory_order_relaxed);
  out = std::copy(head.begin(), head.end(), out);
  std::memcpy(out, frames.data(), frames.size());
  out = std::copy(kChunkTail.begin(), kChunkTail.end(), out + frames.size());
  mark.end = static_cast<std::uint32_t>(out - data_.get());
  const std::uint32_t index = mark_count_.load(std::memory_order_relaxed);
  std::construct_at(marks_.get() + index, mark);
  // The mark before the size: whoever sees the bytes finds the mark behind them.
  mark_count_.store(index + 1, std::memory_order_release);
  size_.store(mark.end, std::memory_order_release);
}

std::optional<ChunkMark> Block::mark_at(std::uint32_t offset) const {
  if (offset == 0) return std::nullopt;
  const ChunkMark* end = marks_.get() + mark_count_.load(std::memory_order_acquire);
  const ChunkMark* mark = std::lower_bound(static_cast<const ChunkMark*>(marks_.get()), end, offset,
                                           [](const ChunkMark& m, std::uint32_t at) { return m.end < at; });
  assert(mark != end);
  return *mark;
}

Block::Place Block::place_after(std::uint64_t number) const {
  const ChunkMark* begin = marks_.get();
  const ChunkMark* end = begin + mark_count_.load(std::memory_order_acquire);
  const ChunkMark* next =
      std::upper_bound(begin, end, number, [](std::uint64_t n, const ChunkMark& m) { return n < m.last; });
  return {next == begin ? 0 : (next - 1)->end, next != end && next->first <= number};
}

}  // namespace tailwater
