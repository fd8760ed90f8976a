#include "stream/shared_reads.h"

#include <algorithm>

namespace tailwater {

bool SharedReads::follow(LoopCursor& cursor, const std::string& selection, const JournalPoint& point) {
  Read& read = reads_[{selection, point}];
  if (read.reader == nullptr) {
    read.reader = &cursor;
    return false;
  }
  read.followers.push_back(&cursor);
  return true;
}

void SharedReads::finish(LoopCursor& reader, const std::function<void(LoopCursor&)>& give) {
  const auto found =
      std::find_if(reads_.begin(), reads_.end(), [&](const auto& each) { return each.second.reader == &reader; });
  if (found == reads_.end()) return;
  std::vector<LoopCursor*> followers = std::move(found->second.followers);
  reads_.erase(found);
  call_each(std::move(followers), give);
}

void SharedReads::leave(LoopCursor& cursor, const std::function<void(LoopCursor&)>& release) {
  for (auto* list : calling_) std::replace(list->begin(), list->end(), &cursor, static_cast<LoopCursor*>(nullptr));
  for (auto& [key, read] : reads_) std::erase(read.followers, &cursor);
  finish(cursor, release);
}

void SharedReads::call_each(std::vector<LoopCursor*> cursors, const std::function<void(LoopCursor&)>& function) {
  calling_.push_back(&cursors);
  for (LoopCursor* const& cursor : cursors) {
    if (cursor != nullptr) function(*cursor);  // whoever leaves meanwhile is null by then
  }
  std::erase(calling_, &cursors);
}

}  // namespace tailwater
