#include "journal/recovery.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

namespace {

/// One segment file as its page headers tell.
struct FoundSegment {
  std::uint64_t first_entry = 0;
  std::shared_ptr<const SegmentFile> file;
  std::uint64_t size = 0;
  std::vector<std::optional<PageHeader>> headers;  ///< up to the last good one
  std::size_t snapshot_pages = 0;
  ByteCount snapshot_bytes = 0;
  bool snapshot_good = false;
  std::vector<Record> snapshot;  ///< what could be read of it

  [[nodiscard]] bool has_entry_pages() const { return headers.size() > snapshot_pages; }
};

struct ReadPage {
  std::string bytes;
  PageScan scan;
};

ReadPage read_page(const FoundSegment& segment, std::size_t number) {
  ReadPage page;
  // A page that the disk does not give back is a damaged page.
  if (auto bytes = segment.file->read_at(number * kPageSize, kPageSize)) page.bytes = std::move(*bytes);
  page.scan = scan_page(page.bytes);
  if (page.scan.header != segment.headers[number]) page.scan = PageScan{};
  return page;
}

std::optional<Record> record_of(const ReadPage& page, std::size_t index) {
  const RecordRef& ref = page.scan.records[index];
  return decode(ref.type, std::string_view(page.bytes).substr(ref.offset, ref.length), page.scan.header->base);
}

tl::unexpected<Error> unknown_version(const SegmentDirectory& directory, std::uint16_t version) {
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("{}: this journal is of version {}, this program knows version {} only; start it with another "
                  "--state-dir, or move the folder away (clients then resume without history)",
                  directory.path(), version, kJournalVersion));
}

Result<void> read_headers(const SegmentDirectory& directory, FoundSegment& segment) {
  std::uint64_t lowest = segment.first_entry;
  bool in_snapshot = true;
  for (std::size_t number = 0; number * kPageSize < segment.size; ++number) {
    const auto bytes = segment.file->read_at(number * kPageSize, kPageHeaderSize);
    auto header = bytes ? parse_page_header(*bytes) : std::nullopt;
    if (header && header->version != kJournalVersion) return unknown_version(directory, header->version);
    // A sound header in a place where it cannot belong is as bad as none.
    if (header && (header->number != number || header->first_entry < lowest || (header->snapshot && !in_snapshot)))
      header.reset();
    if (header) {
      lowest = header->first_entry;
      in_snapshot = header->snapshot;
      segment.headers.resize(number);
      segment.headers.push_back(header);
      if (in_snapshot) segment.snapshot_pages = number + 1;
    }
  }
  return {};
}

void read_snapshot(FoundSegment& segment) {
  bool whole = segment.snapshot_pages > 0;
  for (std::size_t number = 0; number < segment.snapshot_pages; ++number) {
    const ReadPage page = read_page(segment, number);
    whole = whole && page.scan.header && page.scan.header->first_entry == segment.first_entry && !page.scan.torn;
    segment.snapshot_bytes += page.scan.valid_bytes;
    for (std::size_t i = 0; i < page.scan.records.size(); ++i) {
      auto record = record_of(page, i);
      if (record) segment.snapshot.push_back(std::move(*record));
    }
  }
  const auto* head = segment.snapshot.empty() ? nullptr : std::get_if<SnapshotHead>(&segment.snapshot.front());
  segment.snapshot_good = whole && head != nullptr && head->records + 1 == segment.snapshot.size();
}

Result<std::vector<FoundSegment>> find_segments(const SegmentDirectory& directory) {
  const auto numbers = directory.list();
  if (!numbers) return fail(numbers.error());
  std::vector<FoundSegment> found;
  for (const std::uint64_t number : *numbers) {
    FoundSegment segment;
    segment.first_entry = number;
    auto file = directory.open_segment(number);
    if (!file) return fail(std::move(file.error()));
    segment.file = std::move(*file);
    const auto size = segment.file->size();
    if (!size) return fail(size.error());
    segment.size = *size;
    if (auto read = read_headers(directory, segment); !read) return fail(std::move(read.error()));
    found.push_back(std::move(segment));
  }
  for (FoundSegment& segment : found) read_snapshot(segment);
  return found;
}

/// Makes the index of a segment that stays. A damaged page holds no entry as far as the index can tell; the numbers
/// that are missing then show as a hole behind the page before it, or at the head of the segment.
std::shared_ptr<Segment> make_segment(const FoundSegment& found) {
  auto segment = std::make_shared<Segment>(found.first_entry);
  segment->published = true;
  segment->snapshot_pages = found.snapshot_pages;
  segment->snapshot_bytes = found.snapshot_bytes;
  segment->bytes = found.headers.size() * kPageSize;
  segment->pages.resize(found.headers.size());
  std::uint64_t next = 0;
  for (std::size_t i = found.headers.size(); i-- > 0;) {
    if (found.headers[i]) next = found.headers[i]->first_entry;
    segment->pages[i].first_entry = i <= found.snapshot_pages ? found.first_entry : next;
  }
  WallTime base{};
  for (std::size_t i = 0; i < found.headers.size(); ++i) {
    if (found.headers[i]) base = found.headers[i]->base;
    segment->pages[i].base = base;
  }
  return segment;
}

class Replay {
 public:
  explicit Replay(RecoveredJournal& out) : out_(out) {}

  void snapshot(const FoundSegment& segment) {
    if (segment.snapshot_good) out_.table.clear();
    for (const Record& record : segment.snapshot) out_.table.apply(record, segment.first_entry, /*in_snapshot=*/true);
    out_.next_entry = std::max(out_.next_entry, segment.first_entry);
    for (std::size_t number = 0; number < segment.snapshot_pages; ++number)
      if (segment.headers[number]) out_.last_arrival = std::max(out_.last_arrival, segment.headers[number]->base);
  }

  /// Takes up all pages with entries; the last page read is left in last_page().
  void entries(const FoundSegment& segment) {
    for (std::size_t number = segment.snapshot_pages; number < segment.headers.size(); ++number) {
      last_page_ = read_page(segment, number);
      const PageScan& scan = last_page_.scan;
      if (!scan.header || scan.header->first_entry != out_.next_entry) out_.damaged = true;
      if (!scan.header) continue;
      out_.next_entry = scan.header->first_entry;
      out_.last_arrival = std::max(out_.last_arrival, scan.header->base);
      for (std::size_t i = 0; i < scan.records.size(); ++i) apply(i);
    }
  }

  [[nodiscard]] const ReadPage& last_page() const { return last_page_; }

 private:
  void apply(std::size_t index) {
    const auto record = record_of(last_page_, index);
    if (record) out_.table.apply(*record, out_.next_entry, /*in_snapshot=*/false);
    if (!is_entry(last_page_.scan.records[index].type)) return;
    ++out_.next_entry;
    if (!record) return;
    const auto* extent = std::get_if<Extent>(&*record);
    const auto* change = std::get_if<FileChange>(&*record);
    out_.last_arrival = std::max(out_.last_arrival, extent != nullptr ? extent->arrived : change->at);
  }

  RecoveredJournal& out_;
  ReadPage last_page_;
};

/// Is the end of the last page of a full segment the begin of the next segment?
bool is_whole_to(const FoundSegment& segment, std::uint64_t next_segment) {
  if (!segment.has_entry_pages()) return segment.first_entry == next_segment;
  const ReadPage last = read_page(segment, segment.headers.size() - 1);
  return last.scan.header && last.scan.header->first_entry + last.scan.entries.size() == next_segment;
}

/// The state at the end, from the newest snapshot that is whole. With none, from what records there are.
Replay replay_all(const std::vector<FoundSegment>& found, RecoveredJournal& out) {
  Replay replay(out);
  std::size_t from = found.size();
  while (from > 0 && !found[from - 1].snapshot_good) --from;
  for (std::size_t i = from > 0 ? from - 1 : 0; i < found.size(); ++i) {
    replay.snapshot(found[i]);
    replay.entries(found[i]);
  }
  return replay;
}

/// Takes segments off the end in which nothing can have been: their first page was torn. True if there were any.
bool drop_torn_segments(std::vector<FoundSegment>& found, RecoveredJournal& out) {
  bool any = false;
  for (; !found.empty() && !found.back().snapshot_good && !found.back().has_entry_pages(); found.pop_back()) {
    out.obsolete.push_back(found.back().first_entry);
    ++out.torn_records;
    any = true;
  }
  return any;
}

/// The order goes back as far as snapshots are whole: without one, nobody knows what lies before a segment.
void keep_segments(const std::vector<FoundSegment>& found, RecoveredJournal& out) {
  std::size_t first = found.size();
  while (first > 0 && found[first - 1].snapshot_good) --first;
  for (std::size_t i = 0; i < first; ++i) out.obsolete.push_back(found[i].first_entry);
  for (std::size_t i = first; i < found.size(); ++i) {
    auto segment = make_segment(found[i]);
    if (i + 1 < found.size()) {
      segment->end_entry = found[i + 1].first_entry;
      out.damaged = out.damaged || !is_whole_to(found[i], *segment->end_entry);
    }
    out.segments.push_back(std::move(segment));
  }
}

/// Sets the journal up to go on where the last segment ends, without what is torn there.
Result<void> go_on_in(const FoundSegment& last, const ReadPage& last_page, RecoveredJournal& out) {
  out.needs_segment = false;
  std::uint64_t end = last.headers.size() * kPageSize;
  const bool more_pages = last.size > end;
  bool torn = more_pages;
  if (last.has_entry_pages()) {
    if (!last_page.scan.header) {  // it could be read a moment ago
      out.needs_segment = true;
      return {};
    }
    out.live.emplace(last_page.bytes, last_page.scan);
    end -= kPageSize - last_page.scan.valid_bytes;
    torn = torn || last_page.scan.torn;
  }
  if (!torn) return {};
  ++out.torn_records;
  // What is written from here on must not meet the rest of something older behind it.
  return last.file->truncate(end);
}

}  // namespace

Result<RecoveredJournal> recover(const SegmentDirectory& directory) {
  RecoveredJournal out;
  auto found = find_segments(directory);
  if (!found) return fail(std::move(found.error()));
  directory.remove_unpublished();
  // A torn segment's number is where the one before it ended, also if that one has lost its end since.
  const std::uint64_t last_number = found->empty() ? 0 : found->back().first_entry;
  const bool torn_at_end = drop_torn_segments(*found, out);

  const Replay replayed = replay_all(*found, out);
  out.table.drop_unusable();
  if (torn_at_end && out.next_entry < last_number) {
    out.next_entry = last_number;
    out.damaged = true;
  }
  keep_segments(*found, out);
  if (torn_at_end || out.segments.empty()) return out;
  if (auto ready = go_on_in(found->back(), replayed.last_page(), out); !ready) return fail(std::move(ready.error()));
  return out;
}

}  // namespace tailwater
