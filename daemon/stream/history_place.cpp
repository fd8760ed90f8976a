#include "stream/history_place.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace tailwater {
namespace {

std::optional<Position> position_at(const Catalog& catalog, const Extent& extent, std::uint64_t offset) {
  const auto file = catalog.find(extent.file);
  if (!file) return std::nullopt;  // retired: nobody can come back to it
  return Position{file->key, extent.generation, offset};
}

}  // namespace

Result<HistoryBounds> history_bounds(const Journal& journal) {
  HistoryBounds bounds;
  // Two questions: ask until the journal lost nothing between them.
  do {
    bounds.first = journal.first_point();
    auto before = journal.before_first();
    if (!before) return fail(std::move(before.error()));
    bounds.before = std::move(*before);
  } while (journal.first_point() != bounds.first);
  std::sort(bounds.before.begin(), bounds.before.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.file, a.generation, a.begin) < std::tie(b.file, b.generation, b.begin);
  });
  return bounds;
}

Result<std::optional<HistoryPlace>> place_in_earlier(const Journal& journal, const Catalog& catalog,
                                                     const Position& position) {
  const auto file = catalog.find(position.file);
  if (!file) return std::nullopt;
  std::vector<Extent> earlier = journal.earlier();
  const auto found = std::find_if(earlier.begin(), earlier.end(), [&](const Extent& extent) {
    return extent.file == file->index && extent.generation == position.generation && position.offset <= extent.end;
  });
  if (found == earlier.end()) return std::nullopt;
  auto bounds = history_bounds(journal);
  if (!bounds) return fail(bounds.error());
  found->begin = position.offset;
  HistoryPlace place;
  place.point = bounds->first;
  place.before.assign(position.offset == found->end ? std::next(found) : found, earlier.end());
  place.before.insert(place.before.end(), bounds->before.begin(), bounds->before.end());
  return place;
}

Extent cut_at(Extent extent, std::uint64_t number, const JournalPoint& point) {
  if (number != point.entry || point.offset >= extent.end) return extent;
  extent.end = std::max(extent.begin, point.offset);
  extent.partial = false;
  return extent;
}

Position position_before(const Journal& journal, const HistoryPlace& place, const Catalog& catalog) {
  const Position start{FileKey::start(), 0, 0};
  if (!place.before.empty()) {
    const Extent& extent = place.before.front();
    return position_at(catalog, extent, extent.begin).value_or(start);
  }
  const auto reader = journal.read(place.point);
  while (true) {
    const auto entry = reader->previous();
    if (!entry || !*entry) return start;
    const auto* found = std::get_if<Extent>(&(*entry)->entry);
    if (found == nullptr) continue;
    const Extent extent = cut_at(*found, (*entry)->number, place.point);
    if (extent.begin == extent.end) continue;
    if (const auto position = position_at(catalog, extent, extent.end)) return *position;
  }
}

}  // namespace tailwater
