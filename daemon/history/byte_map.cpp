#include "history/byte_map.h"

#include <algorithm>

namespace tailwater {
namespace {

constexpr std::size_t kMarkEvery = 512;

std::uint64_t length_of(const Extent& extent) {
  return extent.end - extent.begin;
}

}  // namespace

std::uint64_t ByteMap::counted(const Extent& extent) const {
  const auto known = readable_.find({extent.file, extent.generation});
  return known != readable_.end() && known->second ? length_of(extent) : 0;
}

bool ByteMap::take_over(const HistoryBounds& bounds) {
  if (bounds == made_for_) return true;
  if (bounds.first != made_for_.first || bounds.before.size() != made_for_.before.size()) return false;
  for (std::size_t i = 0; i < bounds.before.size(); ++i) {
    Extent known = made_for_.before[i];
    if (known.end == kUnknownEnd) known.end = bounds.before[i].end;
    if (known != bounds.before[i]) return false;
  }
  for (std::size_t i = 0; i < bounds.before.size(); ++i) {
    if (made_for_.before[i].end != bounds.before[i].end) correct(i, bounds.before[i].end);
  }
  made_for_ = bounds;
  return true;
}

void ByteMap::correct(std::size_t index, std::uint64_t end) {
  Extent& extent = bounds_.before[index];
  const bool was_guessed = extent.end != kUnknownEnd;  // else the walk has not come to it
  const std::uint64_t counted_before = was_guessed ? counted(extent) : 0;
  extent.end = end;
  if (!was_guessed) return;
  const std::uint64_t difference = counted(extent) - counted_before;  // wraps where it is less
  total_ += difference;
  const WalkPlace behind{false, {index + 1, 0}};
  for (Mark& mark : marks_) {
    if (mark.place >= behind) mark.before += difference;
  }
  if (at_ && !at_->in_journal && at_->point.entry == index) at_->point.offset = end;
}

std::uint64_t ByteMap::guessed_end(HistoryFiles& files, const Extent& extent) {
  if (!files.find(extent.file).selected) return extent.begin;
  const auto bytes = files.open(extent.file, extent.generation);
  return bytes ? std::max(extent.begin, (*bytes)->likely_size()) : extent.begin;
}

Result<bool> ByteMap::extend(const HistorySources& sources, HistoryFiles& files, const JournalEnd& end,
                             std::size_t most) {
  if (!at_) at_ = start_place(bounds_);
  if (end_.point < end.point) end_ = end;
  ExtentWalk walk(sources.journal, bounds_, end, *at_);
  for (std::size_t i = 0; i < most; ++i) {
    auto walked = walk.next();
    if (!walked) return fail(std::move(walked.error()));
    if (!*walked) return true;
    auto* found = std::get_if<WalkedExtent>(&**walked);
    if (found == nullptr) continue;
    Extent& extent = found->extent;
    if (extent.end == kUnknownEnd) extent.end = bounds_.before[found->number].end = guessed_end(files, extent);
    *at_ = found->place(extent.end);
    if (!files.find(extent.file).selected) continue;
    const auto key = std::pair(extent.file, extent.generation);
    if (!readable_.contains(key)) {
      const auto bytes = files.open(extent.file, extent.generation);
      readable_[key] = bytes || bytes.error().code == ErrorCode::kUnavailable;  // it may be had yet
    }
    if (marks_.empty() || ++since_mark_ >= kMarkEvery) {
      marks_.push_back({found->place(extent.begin), total_});
      since_mark_ = 0;
    }
    total_ += counted(extent);
  }
  return false;
}

Result<std::uint64_t> ByteMap::bytes_before(const HistorySources& sources, const WalkPlace& place) const {
  auto mark = std::upper_bound(marks_.begin(), marks_.end(), place,
                               [](const WalkPlace& wanted, const Mark& each) { return wanted < each.place; });
  if (mark == marks_.begin()) return std::uint64_t{0};
  --mark;
  ExtentWalk walk(sources.journal, bounds_, end_, mark->place);
  std::uint64_t before = mark->before;
  while (true) {
    auto walked = walk.next();
    if (!walked) return fail(std::move(walked.error()));
    if (!*walked) return before;
    const auto* found = std::get_if<WalkedExtent>(&**walked);
    if (found == nullptr) continue;
    if (found->place(found->extent.begin) >= place) return before;
    if (found->place(found->extent.end) <= place) {
      before += counted(found->extent);
      continue;
    }
    Extent part = found->extent;
    part.end = std::clamp(place.point.offset, part.begin, part.end);
    return before + counted(part);
  }
}

Result<ByteMap::Found> ByteMap::place_of(const HistorySources& sources, std::uint64_t bytes) const {
  auto mark = std::upper_bound(marks_.begin(), marks_.end(), bytes,
                               [](std::uint64_t wanted, const Mark& each) { return wanted < each.before; });
  if (mark == marks_.begin()) return Found{start_place(bounds_), {}};
  --mark;
  ExtentWalk walk(sources.journal, bounds_, end_, mark->place);
  std::uint64_t before = mark->before;
  while (true) {
    auto walked = walk.next();
    if (!walked) return fail(std::move(walked.error()));
    if (!*walked) return Found{{true, end_.point}, {}};
    const auto* found = std::get_if<WalkedExtent>(&**walked);
    if (found == nullptr) continue;
    const std::uint64_t length = counted(found->extent);
    if (bytes < before + length) return Found{found->place(found->extent.begin + (bytes - before)), *found};
    before += length;
  }
}

std::shared_ptr<ByteMaps::Entry> ByteMaps::get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  for (auto each = kept_.begin(); each != kept_.end(); ++each) {
    if (each->first != key) continue;
    kept_.splice(kept_.begin(), kept_, each);
    return kept_.front().second;
  }
  kept_.emplace_front(key, std::make_shared<Entry>());
  if (kept_.size() > kKept) kept_.pop_back();
  return kept_.front().second;
}

}  // namespace tailwater
