#include "journal/position_search.h"

#include <optional>
#include <variant>
#include <vector>

namespace tailwater {

namespace {

/// Clients come back with recent IDs: this many pages are looked through before any snapshot is.
constexpr std::size_t kRecentPages = 4;

tl::unexpected<Error> gone(const Position& position) {
  return fail(ErrorCode::kGone, "the journal does not reach back to the position " + to_text(position) + " any more");
}

/// Walks records backwards. The answer is the extent that holds the offset; for an offset that no extent holds (0, or
/// behind bytes that were lost), the place behind the file change or before the extent that came next.
class BackwardSearch {
 public:
  BackwardSearch(FileIndex file, const Position& position)
      : file_(file), generation_(position.generation), offset_(position.offset) {}

  /// True: the search is over and point() says how it ended.
  bool look_through(const LoadedPage& page) {
    if (page.decoded_end() < page.end_entry && !page.live) hole_ = true;
    std::uint64_t next = page.decoded_end();  // the number of the entry behind the record
    for (std::size_t i = page.scan.records.size(); i-- > 0;) {
      const RecordType type = page.scan.records[i].type;
      if (is_entry(type)) --next;
      if (type != RecordType::kExtent && type != RecordType::kFileChange && type != RecordType::kFile) continue;
      if (peek_file(page.payload(i)) != file_) continue;
      const auto record = page.record(i);
      if (record && look_at(*record, next)) return true;
    }
    return false;
  }

  /// nullopt: lost in a hole, or not met.
  [[nodiscard]] std::optional<JournalPoint> point() const { return hole_ ? std::nullopt : place_; }
  /// point() is where the generation began, and no file change told so before the search ended.
  [[nodiscard]] bool at_silent_beginning() const { return opened_ && !behind_change_; }

 private:
  bool look_at(const Record& record, std::uint64_t number) {
    if (const auto* extent = std::get_if<Extent>(&record)) return look_at_extent(*extent, number);
    if (const auto* change = std::get_if<FileChange>(&record)) {
      const bool begins = change->kind != FileChangeKind::kRemoved;
      if (change->file == file_ && change->generation == generation_ && begins) {
        place_ = JournalPoint{number + 1, 0};
        behind_change_ = true;
      }
      return false;
    }
    const auto* opened = std::get_if<FileRecord>(&record);
    if (opened == nullptr || opened->file != file_ || opened->generation != generation_) return false;
    if (!behind_change_) place_ = JournalPoint{number, 0};
    opened_ = true;
    return true;
  }

  bool look_at_extent(const Extent& extent, std::uint64_t number) {
    // Late bytes of an older generation may stand between those of this one: only its own beginning ends the search.
    if (extent.file != file_ || extent.generation != generation_) return false;
    if (extent.begin < offset_ && offset_ <= extent.end) {
      place_ = JournalPoint{number, offset_};
      hole_ = false;
      return true;
    }
    if (extent.end < offset_) return true;
    place_ = JournalPoint{number, extent.begin};
    behind_change_ = false;
    hole_ = false;
    return false;
  }

  FileIndex file_;
  std::uint32_t generation_;
  std::uint64_t offset_;
  std::optional<JournalPoint> place_;
  bool behind_change_ = false;
  bool opened_ = false;
  bool hole_ = false;
};

/// Did the file reach the position before this segment began?
Result<bool> reached_before(const PageStore& store, const std::shared_ptr<Segment>& segment, FileIndex file,
                            const Position& position) {
  const auto snapshot = store.load_snapshot(segment);
  if (!snapshot) return fail(snapshot.error());
  for (const Record& record : *snapshot) {
    // The ended generations of a file stand before its current one.
    const auto* ended = std::get_if<EndedGeneration>(&record);
    if (ended != nullptr && ended->file == file && ended->generation == position.generation) {
      return ended->end >= position.offset;
    }
    const auto* state = std::get_if<FileRecord>(&record);
    if (state == nullptr || state->file != file) continue;
    if (state->generation != position.generation) return state->generation > position.generation;
    return position.offset == 0 || state->end >= position.offset;
  }
  return false;
}

/// The newest segment that began before the position was reached; null if even the oldest began later.
Result<std::shared_ptr<Segment>> find_segment(const PageStore& store,
                                              const std::vector<std::shared_ptr<Segment>>& segments, FileIndex file,
                                              const Position& position) {
  std::size_t before = 0;  // segments[0, before) began before it was reached
  std::size_t after = segments.size();
  while (before < after) {
    const std::size_t middle = before + (after - before) / 2;
    const auto reached = reached_before(store, segments[middle], file, position);
    if (!reached) return fail(reached.error());
    if (*reached) {
      after = middle;
    } else {
      before = middle + 1;
    }
  }
  return before == 0 ? nullptr : segments[before - 1];
}

/// Newest page first, at most `most` pages. True: the search is over.
Result<bool> search_pages(const PageStore& store, const std::shared_ptr<Segment>& segment, std::size_t most,
                          BackwardSearch& search) {
  std::size_t page = store.page_count(*segment);
  for (; page > segment->snapshot_pages && most > 0; --page, --most) {
    const auto loaded = store.load({segment, page - 1});
    if (!loaded) return fail(loaded.error());
    if (search.look_through(*loaded)) return true;
  }
  return false;
}

/// Steps over the file change that a beginning generation is told by, where a new segment came between the two.
JournalPoint behind_change(const PageStore& store, FileIndex file, const Position& position, JournalPoint point) {
  const auto page = store.load_entry(point.entry);
  const auto entry = page ? page->entry(point.entry) : std::nullopt;
  const auto* change = entry ? std::get_if<FileChange>(&*entry) : nullptr;
  const bool begins = change != nullptr && change->file == file && change->generation == position.generation &&
                      change->kind != FileChangeKind::kRemoved;
  return begins ? JournalPoint{point.entry + 1, 0} : point;
}

}  // namespace

Result<JournalPoint> search_position(const PageStore& store, FileIndex file, const Position& position) {
  const auto segments = store.segments();
  BackwardSearch recent(file, position);
  const auto found = search_pages(store, segments.back(), kRecentPages, recent);
  if (found && *found && recent.point()) return *recent.point();

  const auto segment = find_segment(store, segments, file, position);
  if (!segment && segment.error().code != ErrorCode::kCorrupt) return fail(segment.error());
  if (!segment || *segment == nullptr) return gone(position);
  BackwardSearch search(file, position);
  const auto ended = search_pages(store, *segment, SIZE_MAX, search);
  if (!ended) return fail(ended.error());
  const auto point = search.point();
  if (!point) return gone(position);
  return search.at_silent_beginning() ? behind_change(store, file, position, *point) : *point;
}

}  // namespace tailwater
