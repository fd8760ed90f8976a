#include "stream/revival.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "stream/block.h"

namespace tailwater {
namespace {

using Bytes = std::span<const char>;

tl::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("what is remembered of a stream contradicts itself: {}", what));
}

/// nullptr if it does not lie inside of the memory, or not where such a thing can lie.
template <typename Thing>
const Thing* thing_at(Bytes memory, std::uint64_t offset) {
  if (offset % alignof(Thing) != 0 || offset > memory.size() || memory.size() - offset < sizeof(Thing)) return nullptr;
  return reinterpret_cast<const Thing*>(memory.data() + offset);
}

bool is_inside(Bytes memory, std::uint64_t offset, std::uint64_t size) {
  return offset <= memory.size() && size <= memory.size() - offset;
}

/// Adds what is left of the chunk at `at` of the block to the rest; reading goes on behind it.
Result<void> leave_block(Bytes memory, std::uint64_t image_at, std::uint64_t at, Revival& revival) {
  const auto* image = thing_at<BlockImage>(memory, image_at);
  if (image == nullptr || !is_inside(memory, image_at, image->footprint())) return broken("a block lies outside");
  const auto left = image->leave(at);
  if (!left) return broken("a block ends too early");
  revival.rest.append(left->rest);
  revival.next.kind = ReadOn::kPoint;
  revival.next.point = left->point;
  return {};
}

}  // namespace

std::string_view MooredStream::head() const {
  const Bytes bytes = memory->bytes();
  if (!is_inside(bytes, slot->head, slot->head_size)) return {};
  return {bytes.data() + slot->head, slot->head_size};
}

WallTime MooredStream::asked() const {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(slot->asked_ns)));
}

Result<SurvivedMoorings> SurvivedMoorings::open(std::shared_ptr<const SurvivedMemory> memory) {
  const Bytes bytes = memory->bytes();
  const auto* header = thing_at<MooringsHeader>(bytes, 0);
  if (header == nullptr || header->magic != MooringsHeader::kMagic) {
    return fail(ErrorCode::kInvalid, "it holds no streams of tailwater's");
  }
  if (header->version != MooringsHeader::kVersion || header->slot_size != sizeof(MooringSlot)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("another version wrote it: {} and not {}", header->version, MooringsHeader::kVersion));
  }
  if (header->slots > bytes.size() / sizeof(MooringSlot) ||
      !is_inside(bytes, kMooringsFront, header->slots * sizeof(MooringSlot))) {
    return fail(ErrorCode::kInvalid, "it is too short");
  }
  return SurvivedMoorings(std::move(memory), header);
}

std::vector<std::pair<std::uint64_t, MooredStream>> SurvivedMoorings::by_cookie() const {
  std::vector<std::pair<std::uint64_t, MooredStream>> found;
  const auto* slots = reinterpret_cast<const MooringSlot*>(memory_->bytes().data() + kMooringsFront);
  for (std::uint64_t i = 0; i < header_->slots; ++i) {
    const std::uint64_t cookie = slots[i].cookie.load(std::memory_order_acquire);
    if (cookie != 0) found.emplace_back(cookie, MooredStream{memory_, &slots[i]});
  }
  return found;
}

Result<Revival> revive(const MooredStream& stream, std::uint64_t counted) {
  const MooringSlot& slot = *stream.slot;
  const Bytes memory = stream.memory->bytes();
  const bool counted_by_us = slot.counted_by == CountedBy::kUs;
  if (counted_by_us && slot.sending.load(std::memory_order_acquire)) {
    return fail(ErrorCode::kUnavailable, "nobody knows how much of a send its unix socket took");
  }
  const MooringRecord& record = slot.records[slot.current.load(std::memory_order_acquire) & 1U];
  Revival revival;
  revival.taken = counted_by_us ? slot.taken.load(std::memory_order_acquire) : counted - slot.begun;
  if (!counted_by_us && counted < slot.begun) return broken("its socket has taken less than before");
  if (revival.taken < record.base) return broken("it is ahead of its socket");
  std::uint64_t gone = revival.taken - record.base;  // of what the record tells of
  revival.caught_up = record.caught_up;
  revival.next = record.next;
  if (record.lost) return fail(ErrorCode::kUnavailable, "there was no room for what it had to send");
  if (gone < record.own_size) {
    if (!is_inside(memory, record.own, record.own_size)) return broken("its own bytes lie outside");
    revival.rest.assign(memory.data() + record.own + gone, record.own_size - gone);
    gone = 0;
  } else {
    gone -= record.own_size;
  }
  if (record.block == 0) {
    if (gone > 0) return broken("its socket has taken more than there was");
    return revival;
  }
  std::uint64_t image = record.block;
  std::uint64_t at = record.block_from + gone;
  if (record.ahead != 0 && at >= record.block_end) {
    image = record.ahead;  // the block itself may be gone
    at -= record.block_end;
  }
  if (auto fine = leave_block(memory, image, at, revival); !fine) return fail(fine.error());
  return revival;
}

}  // namespace tailwater
