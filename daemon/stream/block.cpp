#include "stream/block.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <type_traits>

#include "stream/chunk.h"

namespace tailwater {

static_assert(std::is_trivially_destructible_v<ChunkMark> && std::is_trivially_destructible_v<BlockImage>);
static_assert(sizeof(BlockImage) % alignof(ChunkMark) == 0);

namespace {

/// Raw memory: pages of marks that are never set are never touched.
BlockImage* make_image(const JournalPoint& start, std::uint32_t capacity, SurvivingMemory* memory) {
  const std::size_t footprint = BlockImage::footprint_of(capacity);
  void* raw = memory != nullptr ? memory->allocate(footprint) : nullptr;
  if (raw == nullptr) raw = ::operator new(footprint);
  auto* image = ::new (raw) BlockImage;
  image->capacity = capacity;
  image->start_point = start;
  return image;
}

}  // namespace

std::optional<BlockImage::Left> BlockImage::leave(std::uint64_t offset) const {
  const std::uint32_t published = size.load(std::memory_order_acquire);
  const std::uint32_t count = mark_count.load(std::memory_order_acquire);
  if (magic != kMagic || published > capacity || count > kMaxMarks || offset > published) return std::nullopt;
  if (offset == 0) return Left{{}, start_point};
  const ChunkMark* end = marks() + count;
  const ChunkMark* mark = std::find_if(marks(), end, [offset](const ChunkMark& each) { return each.end >= offset; });
  if (mark == end || mark->end > published) return std::nullopt;
  return Left{{data() + offset, mark->end - static_cast<std::size_t>(offset)}, mark->point};
}

Block::Block(const Start& start, std::uint32_t capacity, SurvivingMemory* memory)
    : start_(start), memory_(memory), image_(make_image(start.point, capacity, memory)) {}

Block::~Block() {
  if (surviving_offset() != 0) {
    memory_->free(image_, image_->footprint());
  } else {
    ::operator delete(static_cast<void*>(image_));
  }
}

std::uint64_t Block::surviving_offset() const {
  return memory_ != nullptr && memory_->contains(image_) ? memory_->offset_of(image_) : 0;
}

std::size_t Block::room() const {
  if (image_->mark_count.load(std::memory_order_relaxed) == kMaxMarks) return 0;
  const std::size_t left = image_->capacity - image_->size.load(std::memory_order_relaxed);
  return left > kMaxChunkOverhead ? left - kMaxChunkOverhead : 0;
}

void Block::append(std::string_view frames, ChunkMark mark) {
  assert(frames.size() <= room());
  const std::string head = chunk_head(frames.size());
  char* out = image_->data() + image_->size.load(std::memory_order_relaxed);
  out = std::copy(head.begin(), head.end(), out);
  std::memcpy(out, frames.data(), frames.size());
  out = std::copy(kChunkTail.begin(), kChunkTail.end(), out + frames.size());
  mark.end = static_cast<std::uint32_t>(out - image_->data());
  const std::uint32_t index = image_->mark_count.load(std::memory_order_relaxed);
  std::construct_at(image_->marks() + index, mark);
  // The mark before the size: whoever sees the bytes finds the mark behind them.
  image_->mark_count.store(index + 1, std::memory_order_release);
  image_->size.store(mark.end, std::memory_order_release);
}

std::optional<ChunkMark> Block::mark_at(std::uint32_t offset) const {
  if (offset == 0) return std::nullopt;
  const ChunkMark* end = image_->marks() + image_->mark_count.load(std::memory_order_acquire);
  const ChunkMark* mark = std::lower_bound(static_cast<const ChunkMark*>(image_->marks()), end, offset,
                                           [](const ChunkMark& m, std::uint32_t at) { return m.end < at; });
  assert(mark != end);
  return *mark;
}

Block::Place Block::place_after(std::uint64_t number) const {
  const ChunkMark* begin = image_->marks();
  const ChunkMark* end = begin + image_->mark_count.load(std::memory_order_acquire);
  const ChunkMark* next =
      std::upper_bound(begin, end, number, [](std::uint64_t n, const ChunkMark& m) { return n < m.last; });
  return {next == begin ? 0 : (next - 1)->end, next != end && next->first <= number};
}

}  // namespace tailwater
