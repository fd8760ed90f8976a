// StateView: what one cursor tells of states, beside its log: see StateEvents. Client thread only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "stream/intrusive_list.h"
#include "stream/state_events.h"

namespace tailwater {

class LoopCursor;
struct StateViewTag;

class StateView final : public ListHook<StateViewTag> {
 public:
  static constexpr std::size_t kBudget = 32U << 10;  ///< of frames, before the log has its turn

  StateView(LoopCursor& cursor, const StateEvents& events, StateWish wish)
      : cursor_(cursor),
        events_(events),
        wish_(std::move(wish)),
        seen_(wish_.changes_alone ? events.last_change() : 0) {}

  [[nodiscard]] LoopCursor& cursor() { return cursor_; }
  /// Adds frames of what has not been told; false if there are none.
  [[nodiscard]] bool append(std::string& frames) {
    const std::size_t before = frames.size();
    events_.append(frames, seen_, wish_, kBudget);
    if (frames.size() < before + kBudget) told_all_ = true;
    return frames.size() > before;
  }
  /// All that was there at the beginning has been told.
  [[nodiscard]] bool told_all() const { return told_all_; }
  [[nodiscard]] std::optional<std::uint64_t> ended() const {
    return wish_.only.empty() ? std::nullopt : events_.ended(wish_);
  }
  /// It is the log's turn next.
  bool rests = false;

 private:
  LoopCursor& cursor_;
  const StateEvents& events_;
  const StateWish wish_;
  std::uint64_t seen_;
  bool told_all_ = false;
};

}  // namespace tailwater
