#include "journal/journal_impl.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tailwater {

namespace {

constexpr std::chrono::seconds kRetryInterval{1};

}  // namespace

Journal::Impl::Impl(JournalOptions options, Catalog& catalog, std::unique_ptr<SegmentDirectory> directory)
    : options_(std::move(options)),
      catalog_(catalog),
      clock_(options_.clock != nullptr ? *options_.clock : system_clock_),
      directory_(std::move(directory)),
      store_(directory_.get()) {
  if (directory_) writer_.emplace(store_, *directory_);
}

Journal::Impl::~Impl() {
  flush(/*now=*/true);
}

Result<void> Journal::Impl::start(RecoveredJournal recovered) {
  table_ = std::move(recovered.table);
  if (auto restored = table_.restore(catalog_); !restored) return restored;
  last_arrival_ = recovered.last_arrival;
  obsolete_ = std::move(recovered.obsolete);
  status_.torn_records_dropped = recovered.torn_records;
  status_.segments_evicted = obsolete_.size();
  store_.adopt(std::move(recovered.segments), std::move(recovered.live), recovered.next_entry, recovered.damaged);
  if (recovered.needs_segment) start_segment();
  appended_end_ = {store_.next_entry(), 0};
  commit();
  return {};
}

// --- writing -----------------------------------------------------------------------------------------------------

void Journal::Impl::open_generation(FileIndex file, std::uint32_t generation, const FileIdentity& identity) {
  const FileState* state = table_.find(file);
  if (state != nullptr && state->opened && generation <= state->generation)
    return checkpoint(file, generation, identity);
  FileRecord record;
  record.file = file;
  record.generation = generation;
  record.last_arrival = last_arrival_;
  record.identity = identity;
  if (const auto info = catalog_.find(file)) {
    if (directory_) put_names(*info, record);
    const std::lock_guard lock(mutex_);
    table_.introduce(info);
  }
  write(record);
}

void Journal::Impl::checkpoint(FileIndex file, std::uint32_t generation, const FileIdentity& identity) {
  if (table_.find(file) != nullptr) write(IdentityRecord{file, generation, identity});
}

void Journal::Impl::add_earlier(const EndedGeneration& earlier) {
  if (table_.find(earlier.file) != nullptr) write(earlier);
}

void Journal::Impl::retire_file(FileIndex file) {
  if (table_.find(file) != nullptr) write(RetiredRecord{file});
}

Journal::Appended Journal::Impl::appended(WallTime arrived, JournalPoint point) {
  appended_end_ = point;
  return {++appends_, arrived, point};
}

bool Journal::Impl::grow_last(const Extent& extent) {
  if (!growing_) return false;
  Extent grown = growing_->extent;
  const bool continues = grown.file == extent.file && grown.generation == extent.generation &&
                         grown.end == extent.begin && !grown.partial &&
                         extent.arrived - grown.arrived <= options_.merge_window;
  if (!continues) return false;
  grown.end = extent.end;
  grown.partial = extent.partial;
  if (!store_.replace_last(grown)) return false;
  growing_->extent = grown;
  const std::lock_guard lock(mutex_);
  table_.apply(grown, growing_->entry, /*in_snapshot=*/false);
  return true;
}

Journal::Appended Journal::Impl::append(Extent extent) {
  assert(extent.begin <= extent.end);
  // Never backwards, or since() could not be a binary search.
  extent.arrived = std::max(extent.arrived, last_arrival_);
  if (grow_last(extent)) return appended(growing_->extent.arrived, {growing_->entry, extent.end});
  const FileState* state = table_.find(extent.file);
  if (state == nullptr || !state->opened || state->generation < extent.generation)
    open_generation(extent.file, extent.generation, {});
  const std::uint64_t entry = store_.next_entry();
  write(extent);
  last_arrival_ = extent.arrived;
  growing_ = Growing{extent, entry};
  return appended(extent.arrived, {entry, extent.end});
}

Journal::Appended Journal::Impl::append(FileChange change) {
  change.at = std::max(change.at, last_arrival_);
  const std::uint64_t entry = store_.next_entry();
  write(change);
  last_arrival_ = change.at;
  return appended(change.at, {entry + 1, 0});
}

void Journal::Impl::write(const Record& record) {
  growing_.reset();
  const std::uint64_t entry = store_.next_entry();
  bool added = store_.add(record);
  if (!added) {
    make_room();
    added = store_.add(record);
  }
  assert(added);  // the longest path and the longest stream name fit into a page
  const std::lock_guard lock(mutex_);
  table_.apply(record, entry, /*in_snapshot=*/false);
  if (is_entry(type_of(record))) ++status_.entries_written;
}

void Journal::Impl::make_room() {
  if (segment_is_full()) start_segment();
  store_.start_page(last_arrival_);
}

/// A segment must hold far more than its snapshot, and the budget several segments, so that dropping the oldest drops
/// little. With very many files the two pull in opposite directions; the snapshot wins.
ByteCount Journal::Impl::segment_limit() const {
  const ByteCount budget = directory_ ? options_.budget : options_.memory_budget;
  const ByteCount snapshot = store_.last_segment()->snapshot_bytes;
  const ByteCount wanted = std::max(std::min(options_.segment_bytes, budget / 4), 8 * snapshot);
  return std::min(wanted, std::max(budget / 2, 2 * snapshot));
}

bool Journal::Impl::segment_is_full() const {
  const Segment& segment = *store_.last_segment();
  if (segment.pages.size() <= segment.snapshot_pages) return false;
  // What cannot be written must be droppable in parts.
  if (degraded_ && (segment.kept.size() + 1) * kPageSize > options_.memory_budget / 4) return true;
  return segment.bytes + kPageSize > segment_limit();
}

void Journal::Impl::start_segment() {
  {
    const std::lock_guard lock(mutex_);
    table_.forget_oldest_generations();
  }
  store_.start_segment(table_.snapshot(/*names=*/directory_ != nullptr), last_arrival_);
}

// --- the disk ----------------------------------------------------------------------------------------------------

void Journal::Impl::disk_failed(const Error& error) {
  degraded_ = true;
  retry_at_ = clock_.steady_now() + kRetryInterval;
  const std::lock_guard lock(mutex_);
  ++status_.write_errors;
  status_.degraded_reason = error.message;
}

void Journal::Impl::disk_works() {
  degraded_ = false;
  const std::lock_guard lock(mutex_);
  status_.degraded_reason.clear();
}

bool Journal::Impl::flush(bool now) {
  if (!writer_) return true;
  if (degraded_ && !now && clock_.steady_now() < retry_at_) return false;
  if (auto flushed = writer_->flush(); !flushed) {
    disk_failed(flushed.error());
    return false;
  }
  if (degraded_) disk_works();
  if (!obsolete_.empty()) remove_obsolete();
  return true;
}

void Journal::Impl::remove_obsolete() {
  const auto segments = store_.segments();
  for (const std::uint64_t number : obsolete_) {
    // A new segment may have taken over the name, and with it the file.
    const bool in_use = std::any_of(segments.begin(), segments.end(),
                                    [number](const auto& segment) { return segment->first_entry == number; });
    if (!in_use) (void)directory_->remove_segment(number);
  }
  obsolete_.clear();
}

void Journal::Impl::keep_within_budget() {
  if (!degraded_) {
    const ByteCount budget = directory_ ? options_.budget : options_.memory_budget;
    while (store_.bytes() > budget) {
      const auto evicted = store_.evict();
      if (!evicted) break;
      // A file that cannot be unlinked now is older than everything retained and is tried again after a restart.
      if (directory_) (void)directory_->remove_segment(evicted->first_entry);
      const std::lock_guard lock(mutex_);
      ++status_.segments_evicted;
    }
    return;
  }
  while (store_.kept_bytes() > options_.memory_budget && store_.drop_unwritten_segment()) {
    directory_->remove_unpublished();  // what was being written is what was dropped
    const std::lock_guard lock(mutex_);
    ++status_.segments_evicted;
  }
}

void Journal::Impl::commit() {
  flush(/*now=*/false);
  publish_end();
  keep_within_budget();
}

void Journal::Impl::sync() {
  if (!writer_ || !flush(/*now=*/true)) return;
  if (auto synced = writer_->sync(); !synced) disk_failed(synced.error());
}

void Journal::Impl::publish_end() {
  const std::lock_guard lock(mutex_);
  committed_.appends = appends_;
  committed_.point = appended_end_;
  const FileState* newest = table_.newest();
  committed_.position = Position{FileKey::start(), 0, 0};
  if (newest != nullptr && newest->info)
    committed_.position = {newest->info->key, newest->last->generation, newest->last->end};
}

}  // namespace tailwater
