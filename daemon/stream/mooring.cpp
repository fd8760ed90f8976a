#include "stream/mooring.h"

#include <new>
#include <utility>

namespace tailwater {

Mooring::Mooring(Moorings& moorings, MooringSlot& slot, const MooredSocket& socket, SurvivingBytes head)
    : moorings_(moorings),
      slot_(slot),
      cookie_(socket.cookie),
      head_(std::move(head)),
      counted_by_us_(socket.counted_by == CountedBy::kUs) {}

Mooring::~Mooring() {
  moorings_.let_go(slot_);
}

SurvivingMemory& Mooring::memory() const {
  return moorings_.memory();
}

void Mooring::record(MooringRecord record) {
  record.base = taken_;
  const std::uint8_t next = slot_.current.load(std::memory_order_relaxed) ^ 1U;
  slot_.records[next] = record;
  slot_.current.store(next, std::memory_order_release);
}

void Mooring::begin() {
  slot_.cookie.store(cookie_, std::memory_order_release);
}

Result<std::unique_ptr<Moorings>> Moorings::create(std::size_t slots, std::size_t bytes, std::uint64_t journal,
                                                   std::uint64_t now_ns) {
  const std::size_t front = kMooringsFront + slots * sizeof(MooringSlot);
  auto memory = SurvivingMemory::create(front + bytes, front);
  if (!memory) return fail(memory.error());
  auto* header = ::new (static_cast<void*>((*memory)->front())) MooringsHeader{};
  header->version = MooringsHeader::kVersion;
  header->slot_size = sizeof(MooringSlot);
  header->slots = slots;
  header->made = now_ns;
  header->journal = journal;
  header->magic = MooringsHeader::kMagic;
  return std::unique_ptr<Moorings>(new Moorings(std::move(*memory), slots));
}

Moorings::Moorings(std::unique_ptr<SurvivingMemory> memory, std::size_t slots)
    : memory_(std::move(memory)), slot_count_(slots) {}

std::unique_ptr<Mooring> Moorings::moor(const MooredSocket& socket, std::string_view head, WallTime asked,
                                        std::uint64_t taken) {
  SurvivingBytes kept(memory_.get());
  (void)kept.append(0, head);
  if (keeps_all() || socket.cookie == 0 || !memory_->contains(kept.view().data())) return nullptr;
  std::size_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty() && never_used_ == slot_count_) return nullptr;
    if (free_.empty()) {
      index = never_used_++;
    } else {
      index = free_.back();
      free_.pop_back();
    }
    ++count_;
  }
  MooringSlot& slot = slots()[index];
  slot.begun = socket.begun;
  slot.head = memory_->offset_of(kept.view().data());
  slot.head_size = static_cast<std::uint32_t>(kept.size());
  slot.counted_by = socket.counted_by;
  slot.sending = false;
  slot.taken = taken;
  slot.asked_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(asked.time_since_epoch()).count();
  std::unique_ptr<Mooring> mooring(new Mooring(*this, slot, socket, std::move(kept)));
  mooring->taken_ = taken;
  return mooring;
}

void Moorings::let_go(MooringSlot& slot) {
  if (keeps_all()) return;
  slot.cookie.store(0, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  --count_;
  free_.push_back(static_cast<std::uint32_t>(&slot - slots()));
}

void Moorings::keep_all() {
  keep_all_.store(true, std::memory_order_release);
  memory_->keep_all();
}

std::size_t Moorings::size() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace tailwater
