#include "history/extent_walk.h"

#include <algorithm>
#include <utility>

namespace tailwater {

Result<HistoryBounds> whole_history(const Journal& journal, const Catalog& catalog) {
  auto bounds = history_bounds(journal);
  if (!bounds) return bounds;
  const std::vector<Extent> earlier = journal.earlier();
  bounds->before.insert(bounds->before.begin(), earlier.begin(), earlier.end());
  put_learned_ends(catalog, *bounds);
  return bounds;
}

void put_learned_ends(const Catalog& catalog, HistoryBounds& bounds) {
  for (Extent& extent : bounds.before) {
    if (extent.end == kUnknownEnd) extent.end = catalog.learned_end(extent.file, extent.generation);
  }
}

Result<void> learn_end(const Catalog& catalog, const GenerationBytes& bytes, Extent& extent) {
  if (extent.end != kUnknownEnd) return {};
  const auto size = bytes.size();
  if (!size) return fail(size.error());
  catalog.learn_end(extent.file, extent.generation, *size);
  extent.end = std::max(extent.begin, *size);
  return {};
}

ExtentWalk::ExtentWalk(const Journal& journal, const HistoryBounds& bounds, const JournalEnd& end, WalkPlace from)
    : journal_(journal), bounds_(bounds), end_(end), place_(from), first_offset_(from.point.offset) {}

JournalReader& ExtentWalk::reader() {
  if (!reader_) reader_ = journal_.read(place_.point);
  return *reader_;
}

void ExtentWalk::rest() {
  if (!reader_) return;
  place_.point = reader_->point();
  reader_.reset();
}

Result<std::optional<Walked>> ExtentWalk::next() {
  if (!place_.in_journal) {
    if (place_.point.entry < bounds_.before.size()) {
      WalkedExtent walked{bounds_.before[place_.point.entry], place_.point.entry, /*in_journal=*/false};
      walked.extent.begin = std::max(walked.extent.begin, std::min(place_.point.offset, walked.extent.end));
      place_.point = {place_.point.entry + 1, 0};
      return Walked(walked);
    }
    place_ = {true, bounds_.first};
    first_offset_ = 0;
  }
  const std::uint64_t began_in = place_.point.entry;
  auto entry = reader().next(end_);
  if (!entry) {
    if (entry.error().code != ErrorCode::kGone) return fail(std::move(entry.error()));
    first_offset_ = 0;
    return Walked(WalkedHole{});
  }
  if (!*entry) return std::optional<Walked>();
  const std::uint64_t number = (*entry)->number;
  if (auto* change = std::get_if<FileChange>(&(*entry)->entry)) return Walked(*change);
  WalkedExtent walked{std::get<Extent>((*entry)->entry), number, /*in_journal=*/true};
  if (number == began_in) {
    const std::uint64_t from = std::exchange(first_offset_, 0);
    walked.extent.begin = std::max(walked.extent.begin, std::min(from, walked.extent.end));
  }
  return Walked(walked);
}

Result<std::optional<Walked>> ExtentWalk::previous() {
  if (place_.in_journal) {
    auto entry = reader().previous();
    if (!entry) {
      if (entry.error().code != ErrorCode::kGone) return fail(std::move(entry.error()));
      return Walked(WalkedHole{});
    }
    if (*entry) {
      if (auto* change = std::get_if<FileChange>(&(*entry)->entry)) return Walked(*change);
      // Up to the end that was asked for, and no further.
      const Extent cut = cut_at(std::get<Extent>((*entry)->entry), (*entry)->number, end_.point);
      return Walked(WalkedExtent{cut, (*entry)->number, /*in_journal=*/true});
    }
    place_ = {false, {bounds_.before.size(), 0}};
    reader_.reset();
  }
  const std::uint64_t offset = place_.point.offset;
  std::uint64_t index = place_.point.entry;
  if (offset > 0 && index < bounds_.before.size() && bounds_.before[index].begin < offset) {
    WalkedExtent walked{bounds_.before[index], index, /*in_journal=*/false};
    if (offset < walked.extent.end) {
      walked.extent.end = offset;
      walked.extent.partial = false;
    }
    place_.point.offset = 0;
    return Walked(walked);
  }
  if (index == 0) return std::optional<Walked>();
  --index;
  place_.point = {index, 0};
  return Walked(WalkedExtent{bounds_.before[index], index, /*in_journal=*/false});
}

Result<WalkPlace> place_past(const Journal& journal, const Catalog& catalog, const HistoryBounds& bounds,
                             const Position& id) {
  if (id.file.is_start()) return start_place(bounds);
  const auto point = journal.resolve(id);
  if (point) return WalkPlace{true, *point};
  if (point.error().code != ErrorCode::kGone) return fail(point.error());
  const auto file = catalog.find(id.file);
  for (std::size_t i = 0; file && i < bounds.before.size(); ++i) {
    const Extent& extent = bounds.before[i];
    if (extent.file != file->index || extent.generation != id.generation) continue;
    // A gap that was said when nobody knew the end ends where it is.
    const std::uint64_t offset = id.offset == kUnknownEnd ? extent.end : id.offset;
    if (extent.begin <= offset && offset <= extent.end) return WalkPlace{false, {i, offset}};
  }
  return fail(point.error());
}

WalkPlace start_place(const HistoryBounds& bounds) {
  return bounds.before.empty() ? WalkPlace{true, bounds.first} : WalkPlace{false, {0, 0}};
}

}  // namespace tailwater
