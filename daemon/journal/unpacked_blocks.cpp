#include "journal/unpacked_blocks.h"

#include <algorithm>
#include <utility>

namespace tailwater {

std::uint64_t UnpackedBlocks::new_owner() {
  const std::lock_guard lock(mutex_);
  return ++owners_;
}

std::shared_ptr<const UnpackedBlock> UnpackedBlocks::find(std::uint64_t owner, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
    return one.owner == owner && offset >= one.block->begin && offset - one.block->begin < one.block->bytes.size();
  });
  if (found == kept_.end()) return nullptr;
  found->used = true;
  kept_.splice(kept_.begin(), kept_, found);
  return kept_.front().block;
}

void UnpackedBlocks::keep(std::uint64_t owner, std::shared_ptr<const UnpackedBlock> block) {
  const std::lock_guard lock(mutex_);
  kept_.push_front({owner, std::move(block)});
  if (kept_.size() > kMost) kept_.pop_back();
}

void UnpackedBlocks::trim() {
  const std::lock_guard lock(mutex_);
  kept_.remove_if([](Kept& one) { return !std::exchange(one.used, false); });
}

}  // namespace tailwater
