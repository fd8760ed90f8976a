#include "journal/page_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

// --- LoadedPage --------------------------------------------------------------------------------------------------

std::string_view LoadedPage::payload(std::size_t index) const {
  return std::string_view(*bytes).substr(scan.records[index].offset, scan.records[index].length);
}

std::optional<Record> LoadedPage::record(std::size_t index) const {
  return decode(scan.records[index].type, payload(index), base);
}

std::optional<JournalEntry> LoadedPage::entry(std::uint64_t number) const {
  if (number < first_entry || number >= decoded_end()) return std::nullopt;
  const auto decoded = record(scan.entries[number - first_entry]);
  if (!decoded) return std::nullopt;
  if (const auto* extent = std::get_if<Extent>(&*decoded)) return *extent;
  if (const auto* change = std::get_if<FileChange>(&*decoded)) return *change;
  return std::nullopt;
}

// --- writer ------------------------------------------------------------------------------------------------------

void PageStore::adopt(std::vector<std::shared_ptr<Segment>> segments, std::optional<PageBuilder> live,
                      std::uint64_t next_entry, bool damaged) {
  const std::lock_guard lock(mutex_);
  segments_.assign(segments.begin(), segments.end());
  live_ = std::move(live);
  next_entry_ = next_entry;
  damaged_ = damaged;
}

bool PageStore::add(const Record& record) {
  const std::lock_guard lock(mutex_);
  if (!live_ || !live_->add(record)) return false;
  if (is_entry(type_of(record))) ++next_entry_;
  return true;
}

bool PageStore::replace_last(const Record& record) {
  const std::lock_guard lock(mutex_);
  return live_ && live_->replace_last(record);
}

void PageStore::close_page_locked() {
  if (!live_) return;
  Segment& segment = *segments_.back();
  const std::size_t page = segment.pages.size() - 1;
  if (directory_ == nullptr) segment.bytes += live_->bytes().size();
  if (directory_ == nullptr || live_->dirty()) {
    auto bytes = std::make_shared<const std::string>(live_->bytes());
    kept_bytes_ += bytes->size();
    segment.kept.emplace(page, std::move(bytes));
    if (directory_ != nullptr) unwritten_.push_back({{segments_.back(), page}, live_->dirty_from()});
  }
  live_.reset();
}

void PageStore::start_page(WallTime base) {
  const std::lock_guard lock(mutex_);
  close_page_locked();
  Segment& segment = *segments_.back();
  PageHeader header;
  header.first_entry = next_entry_;
  header.base = base;
  header.number = static_cast<std::uint32_t>(segment.pages.size());
  segment.pages.push_back({next_entry_, base});
  if (directory_ != nullptr) segment.bytes += kPageSize;
  live_.emplace(header);
}

std::shared_ptr<Segment> PageStore::make_segment(const std::vector<Record>& snapshot, WallTime base) const {
  auto segment = std::make_shared<Segment>(next_entry_);
  std::optional<PageBuilder> page;
  const auto close = [&] {
    segment->kept.emplace(segment->pages.size(), std::make_shared<const std::string>(page->bytes()));
    segment->pages.push_back({next_entry_, base});
    segment->snapshot_bytes += page->bytes().size();
    segment->bytes += directory_ == nullptr ? page->bytes().size() : kPageSize;
  };
  for (const Record& record : snapshot) {
    if (page && page->add(record)) continue;
    if (page) close();
    page.emplace(PageHeader{kJournalVersion, /*snapshot=*/true, next_entry_, base,
                            static_cast<std::uint32_t>(segment->pages.size())});
    (void)page->add(record);  // each record was in a page once
  }
  close();
  segment->snapshot_pages = segment->pages.size();
  return segment;
}

void PageStore::forget_unwritten_locked(const Segment& segment) {
  std::erase_if(unwritten_, [&](const Unwritten& one) { return one.place.segment.get() == &segment; });
  for (const auto& [page, bytes] : segment.kept) kept_bytes_ -= bytes->size();
}

void PageStore::start_segment(const std::vector<Record>& snapshot, WallTime base) {
  auto segment = make_segment(snapshot, base);  // may take a while: without the lock
  const std::lock_guard lock(mutex_);
  close_page_locked();
  if (!segments_.empty()) {
    segments_.back()->end_entry = next_entry_;
    segments_.back()->pages.shrink_to_fit();
    // Its name is the new one's: publishing that replaces the file.
    if (segments_.back()->first_entry == next_entry_) {
      forget_unwritten_locked(*segments_.back());
      segments_.pop_back();
    }
  }
  for (const auto& [page, bytes] : segment->kept) {
    kept_bytes_ += bytes->size();
    if (directory_ != nullptr) unwritten_.push_back({{segment, page}, 0});
  }
  segments_.push_back(std::move(segment));
}

std::shared_ptr<Segment> PageStore::evict() {
  const std::lock_guard lock(mutex_);
  if (segments_.size() < 2) return nullptr;
  auto segment = segments_.front();
  segments_.pop_front();
  forget_unwritten_locked(*segment);
  return segment;
}

bool PageStore::drop_unwritten_segment() {
  const std::lock_guard lock(mutex_);
  if (unwritten_.empty() || unwritten_.front().place.segment == segments_.back()) return false;
  const auto segment = unwritten_.front().place.segment;
  const std::size_t first_lost = unwritten_.front().place.page + (unwritten_.front().from > 0 ? 1 : 0);
  forget_unwritten_locked(*segment);
  segment->kept.clear();
  segment->pages.resize(first_lost);
  segment->bytes = first_lost * kPageSize;
  if (segment->published) {
    damaged_ = true;
    return true;
  }
  const auto found = std::find(segments_.begin(), segments_.end(), segment);
  if (found != segments_.begin()) {
    (*std::prev(found))->end_entry = segment->end_entry;
    damaged_ = true;
  }
  segments_.erase(found);
  return true;
}

void PageStore::first_is_written() {
  const std::lock_guard lock(mutex_);
  const PagePlace& place = unwritten_.front().place;
  const auto kept = place.segment->kept.find(place.page);
  kept_bytes_ -= kept->second->size();
  place.segment->kept.erase(kept);
  unwritten_.pop_front();
}

void PageStore::live_is_written() {
  const std::lock_guard lock(mutex_);
  live_->mark_clean();
}

void PageStore::use_file(const std::shared_ptr<Segment>& segment, const std::shared_ptr<const SegmentFile>& file) {
  const std::lock_guard lock(mutex_);
  segment->file = file;
}

void PageStore::segment_is_published(const std::shared_ptr<Segment>& segment) {
  const std::lock_guard lock(mutex_);
  segment->published = true;
}

// --- any thread --------------------------------------------------------------------------------------------------

std::uint64_t PageStore::first_entry() const {
  const std::lock_guard lock(mutex_);
  return segments_.front()->first_entry;
}

std::uint64_t PageStore::next_entry() const {
  const std::lock_guard lock(mutex_);
  return next_entry_;
}

bool PageStore::damaged() const {
  const std::lock_guard lock(mutex_);
  return damaged_;
}

ByteCount PageStore::bytes() const {
  const std::lock_guard lock(mutex_);
  ByteCount total = directory_ == nullptr && live_ ? live_->bytes().size() : 0;
  for (const auto& segment : segments_) total += segment->bytes;
  return total;
}

ByteCount PageStore::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

std::vector<std::shared_ptr<Segment>> PageStore::segments() const {
  const std::lock_guard lock(mutex_);
  return {segments_.begin(), segments_.end()};
}

std::size_t PageStore::page_count(const Segment& segment) const {
  const std::lock_guard lock(mutex_);
  return segment.pages.size();
}

/// Everything about a page but its bytes, if they are not in memory.
LoadedPage PageStore::index_locked(const PagePlace& place) const {
  const Segment& segment = *place.segment;
  const bool in_last_segment = place.segment == segments_.back();
  const std::uint64_t segment_end = segment.end_entry.value_or(next_entry_);
  LoadedPage page;
  page.place = place;
  page.first_entry = segment.first_entry;
  page.end_entry = segment_end;
  page.live = in_last_segment && place.page + 1 >= segment.pages.size();
  if (place.page >= segment.pages.size()) {
    if (!segment.pages.empty()) page.first_entry = std::max(segment.pages.back().first_entry, page.first_entry);
    page.bytes = std::make_shared<const std::string>();
    return page;
  }
  page.first_entry = segment.pages[place.page].first_entry;
  page.base = segment.pages[place.page].base;
  if (place.page + 1 < segment.pages.size()) page.end_entry = segment.pages[place.page + 1].first_entry;
  const auto kept = segment.kept.find(place.page);
  if (page.live && live_) {
    page.bytes = std::make_shared<const std::string>(live_->bytes());
  } else if (kept != segment.kept.end()) {
    page.bytes = kept->second;
  } else {
    page.file = segment.file.lock();
  }
  return page;
}

Result<LoadedPage> PageStore::load_entry(std::uint64_t entry) const {
  PagePlace place;
  {
    const std::lock_guard lock(mutex_);
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), entry,
                                        [](std::uint64_t e, const auto& segment) { return e < segment->first_entry; });
    if (after == segments_.begin())
      return fail(ErrorCode::kGone, fmt::format("journal entry {} was dropped; the oldest kept is {}", entry,
                                                segments_.front()->first_entry));
    place.segment = *std::prev(after);
    const auto& pages = place.segment->pages;
    place.page = std::min(place.segment->snapshot_pages, pages.size());
    const auto next = std::upper_bound(pages.begin() + static_cast<std::ptrdiff_t>(place.page), pages.end(), entry,
                                       [](std::uint64_t e, const PageIndex& page) { return e < page.first_entry; });
    place.page = std::max(place.page, static_cast<std::size_t>(next - pages.begin() - 1));
  }
  return load(place);
}

Result<LoadedPage> PageStore::load_time(WallTime time) const {
  std::optional<PagePlace> best;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = segments_.rbegin(); it != segments_.rend() && !best; ++it) {
      const auto& pages = (*it)->pages;
      for (std::size_t page = pages.size(); page > (*it)->snapshot_pages && !best; --page)
        if (pages[page - 1].base < time) best = PagePlace{*it, page - 1};
    }
  }
  if (!best) return fail(ErrorCode::kNotFound, "the journal begins later");
  return load(*best);
}

Result<void> PageStore::read_bytes(LoadedPage& page) const {
  Segment& segment = *page.place.segment;
  if (!page.file) {
    auto opened = directory_->open_segment(segment.first_entry);
    if (!opened && opened.error().code != ErrorCode::kNotFound) return fail(std::move(opened.error()));
    if (opened) {
      const std::lock_guard lock(mutex_);
      page.file = std::move(*opened);
      if (segment.file.expired()) segment.file = page.file;
    }
  }
  // Unlinked, by eviction or by somebody else; or a sector that is bad for good. The entries are missing either way.
  std::string bytes;
  if (page.file) {
    if (auto read = page.file->read_at(page.place.page * kPageSize, kPageSize)) bytes = std::move(*read);
  }
  page.bytes = std::make_shared<const std::string>(std::move(bytes));
  return {};
}

Result<LoadedPage> PageStore::load(const PagePlace& place) const {
  LoadedPage page;
  {
    const std::lock_guard lock(mutex_);
    page = index_locked(place);
  }
  if (!page.bytes) {
    if (auto read = read_bytes(page); !read) return fail(std::move(read.error()));
  }
  page.scan = scan_page(*page.bytes);
  const bool as_indexed = page.scan.header && page.scan.header->first_entry == page.first_entry;
  if (!as_indexed) page.scan = PageScan{};
  const std::uint64_t most = page.end_entry - page.first_entry;
  if (page.scan.entries.size() > most) {  // in a damaged journal: what another page has as well
    page.scan.records.resize(page.scan.entries[most]);
    page.scan.entries.resize(most);
  }
  return page;
}

Result<std::vector<Record>> PageStore::load_snapshot(const std::shared_ptr<Segment>& segment) const {
  std::size_t pages = 0;
  {
    const std::lock_guard lock(mutex_);
    pages = segment->snapshot_pages;
  }
  std::vector<Record> records;
  for (std::size_t i = 0; i < pages; ++i) {
    auto page = load({segment, i});
    if (!page) return fail(std::move(page.error()));
    for (std::size_t r = 0; r < page->scan.records.size(); ++r)
      if (auto record = page->record(r)) records.push_back(std::move(*record));
  }
  const auto* head = records.empty() ? nullptr : std::get_if<SnapshotHead>(&records.front());
  if (head == nullptr || head->records + 1 != records.size())
    return fail(ErrorCode::kCorrupt, "the snapshot of a journal segment is damaged");
  return records;
}

}  // namespace tailwater
