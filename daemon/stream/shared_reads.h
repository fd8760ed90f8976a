// SharedReads: cursors of one client thread that go on at the same point of the journal with the same selection, as all
// do that were live when a process ended: one of them reads, the others get a copy of what it finds. Thread: its
// loop's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "journal/extent.h"

namespace tailwater {

class LoopCursor;

class SharedReads {
 public:
  /// True: another cursor is about to read that, and this one will get a copy. False: this one is to read, and others
  /// may follow until its step is done.
  [[nodiscard]] bool follow(LoopCursor& cursor, const std::string& selection, const JournalPoint& point);
  /// The step of a cursor that was to read is done: `give` is called for each that follows it. They may come, and go,
  /// by that.
  void finish(LoopCursor& reader, const std::function<void(LoopCursor&)>& give);
  /// The cursor does not take part any more. Those that followed it have to see for themselves: `release` is called.
  void leave(LoopCursor& cursor, const std::function<void(LoopCursor&)>& release);

 private:
  struct Read {
    LoopCursor* reader = nullptr;
    std::vector<LoopCursor*> followers;
  };
  void call_each(std::vector<LoopCursor*> cursors, const std::function<void(LoopCursor&)>& function);

  std::map<std::pair<std::string, JournalPoint>, Read> reads_;
  std::vector<std::vector<LoopCursor*>*> calling_;  // lists that are being gone through
};

}  // namespace tailwater
