// LagSkip: what a live cursor remembers that would rather miss something than be late (lag=skip): the last ID that its
// client was told, so that a gap can say from where on it missed. IDs are not kept with blocks; they are found in a
// block's own bytes, when it is left. Thread: its client thread.
#pragma once

#include <cstdint>
#include <string>

#include "stream/block.h"

namespace tailwater {

class LagSkip {
 public:
  /// The cursor goes live at `offset` of `block`; `told` is what its client knows.
  void enter(const Block& block, std::uint32_t offset, const Position& told);
  /// It has taken the block's bytes up to `offset`, where a chunk ends, and goes elsewhere.
  void leave(const Block& block, std::uint32_t offset);
  /// Empty before enter().
  [[nodiscard]] const std::string& last_id() const { return last_id_; }
  JournalPoint left_at;  ///< where it stopped, as long as it is not live

 private:
  std::string last_id_;
  std::uint64_t entered_sequence_ = 0;
  std::uint32_t entered_offset_ = 0;
};

}  // namespace tailwater
