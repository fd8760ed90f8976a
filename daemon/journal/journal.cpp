#include "journal/journal.h"

#include <algorithm>
#include <utility>

#include "journal/journal_impl.h"
#include "journal/page_reader.h"
#include "journal/position_search.h"

namespace tailwater {

// --- asking ------------------------------------------------------------------------------------------------------

JournalEnd Journal::Impl::end() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

JournalStatus Journal::Impl::status() const {
  JournalStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  status.persistent = directory_ != nullptr && status.degraded_reason.empty();
  status.bytes = store_.bytes();
  status.segments = store_.segments().size();
  return status;
}

Result<std::vector<Extent>> Journal::Impl::before_first() const {
  std::vector<Extent> extents;
  const auto snapshot = store_.load_snapshot(store_.segments().front());
  if (!snapshot) return fail(snapshot.error());
  const std::lock_guard lock(mutex_);
  for (const Record& record : *snapshot) {
    Extent extent;
    if (const auto* ended = std::get_if<EndedGeneration>(&record)) {
      extent = {ended->file, ended->generation, ended->earlier_end, ended->end, ended->last_arrival, false};
    } else if (const auto* file = std::get_if<FileRecord>(&record)) {
      extent = {file->file, file->generation, 0, file->end, file->last_arrival, false};
    }
    if (extent.end > extent.begin && table_.find(extent.file) != nullptr) extents.push_back(extent);
  }
  return extents;
}

std::vector<Extent> Journal::Impl::earlier() const {
  const std::lock_guard lock(mutex_);
  std::vector<Extent> extents;
  for (const auto& [index, state] : table_.files()) {
    for (const EndedGeneration& ended : state.ended) {
      // Its last line may lack a newline, which nobody has looked for.
      if (ended.earlier_end > 0) {
        extents.push_back({index, ended.generation, 0, ended.earlier_end, ended.last_arrival, /*partial=*/true});
      }
    }
  }
  return extents;
}

JournalPoint Journal::Impl::since(WallTime time) const {
  const JournalPoint last = end().point;
  const auto page = store_.load_time(time);
  if (!page) return {store_.first_entry(), 0};
  // Arrival never goes backwards. An entry that cannot be read counts as arrived in time: it is reported, not skipped.
  std::uint64_t earlier = page->first_entry;
  std::uint64_t later = page->decoded_end();
  while (earlier < later) {
    const std::uint64_t middle = earlier + (later - earlier) / 2;
    const auto entry = page->entry(middle);
    if (entry && arrival_of(*entry) < time) {
      earlier = middle + 1;
    } else {
      later = middle;
    }
  }
  const JournalPoint point{earlier, 0};
  return std::min(point, last);
}

Result<JournalPoint> Journal::Impl::resolve_start() const {
  const std::uint64_t first = store_.first_entry();
  const auto before = before_first();
  if (!before) return fail(before.error());
  if (before->empty()) return JournalPoint{first, 0};
  return fail(ErrorCode::kGone, "the journal does not go back to the beginning any more");
}

Result<JournalPoint> Journal::Impl::resolve(const Position& position) const {
  if (position.file.is_start()) return resolve_start();
  const auto not_found = [&] {
    return fail(ErrorCode::kNotFound, "nothing is known of the position " + to_text(position));
  };
  FileIndex file = 0;
  std::optional<LastExtent> last;
  {
    const std::lock_guard lock(mutex_);
    const FileState* state = table_.find(position.file);
    if (state == nullptr || !state->opened || position.generation > state->generation) return not_found();
    const auto end = state->end_of(position.generation);
    if (end && position.offset > *end) return not_found();
    const std::uint64_t earlier = state->earlier_end_of(position.generation);
    if (earlier > 0 && position.offset <= earlier) {
      return fail(ErrorCode::kGone, "the position " + to_text(position) + " lies before everything that arrived");
    }
    file = state->info->index;
    last = state->last;
  }
  const bool at_last = last && last->generation == position.generation && last->end == position.offset;
  const std::uint64_t first = store_.first_entry();
  auto point = [&]() -> Result<JournalPoint> {
    if (at_last && !store_.damaged() && last->entry >= first) return JournalPoint{last->entry, last->end};
    // Everything up to it was dropped and nothing else: exact all the same.
    if (at_last && !store_.damaged() && last->entry + 1 == first) return JournalPoint{first, 0};
    return search_position(store_, file, position);
  }();
  if (!point) return point;
  // Appended but not committed: for everyone else it is not there yet. A beginning has no bytes that could be missing.
  const JournalPoint committed = end().point;
  if (*point <= committed) return point;
  if (position.offset > 0) return not_found();
  return committed;
}

std::vector<FileIndex> Journal::Impl::unreferenced() const {
  const std::uint64_t first = store_.first_entry();
  std::vector<FileIndex> files;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [index, state] : table_.files())
      if (state.touched < first) files.push_back(index);
  }
  std::erase_if(files, [this](FileIndex file) {
    const auto status = catalog_.status(file);
    return status && status->present;
  });
  return files;
}

// --- Journal -----------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options, Catalog& catalog) {
  std::unique_ptr<SegmentDirectory> directory;
  RecoveredJournal recovered;
  if (!options.directory.empty()) {
    auto opened = SegmentDirectory::open(options.directory);
    if (!opened) return fail(std::move(opened.error()));
    directory = std::move(*opened);
    auto read = recover(*directory);
    if (!read) return fail(std::move(read.error()));
    recovered = std::move(*read);
  }
  auto impl = std::make_unique<Impl>(std::move(options), catalog, std::move(directory));
  if (auto started = impl->start(std::move(recovered)); !started) return fail(std::move(started.error()));
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

void Journal::open_generation(FileIndex file, std::uint32_t generation, const FileIdentity& identity) {
  impl_->open_generation(file, generation, identity);
}
void Journal::add_earlier(FileIndex file, std::uint32_t generation, std::uint64_t end, WallTime last_write,
                          const FileIdentity& identity) {
  impl_->add_earlier({file, generation, end, last_write, identity, end});
}
void Journal::checkpoint(FileIndex file, std::uint32_t generation, const FileIdentity& identity) {
  impl_->checkpoint(file, generation, identity);
}
Journal::Appended Journal::append(const Extent& extent) {
  return impl_->append(extent);
}
Journal::Appended Journal::append(const FileChange& change) {
  return impl_->append(change);
}
void Journal::retire_file(FileIndex file) {
  impl_->retire_file(file);
}
void Journal::commit() {
  impl_->commit();
}
void Journal::sync() {
  impl_->sync();
}

JournalEnd Journal::end() const {
  return impl_->end();
}
JournalPoint Journal::first_point() const {
  return {impl_->pages().first_entry(), 0};
}
Result<std::vector<Extent>> Journal::before_first() const {
  return impl_->before_first();
}
std::vector<Extent> Journal::earlier() const {
  return impl_->earlier();
}
Result<JournalPoint> Journal::resolve(const Position& position) const {
  return impl_->resolve(position);
}
JournalPoint Journal::since(WallTime time) const {
  return impl_->since(time);
}
JournalStatus Journal::status() const {
  return impl_->status();
}
std::vector<FileIndex> Journal::unreferenced() const {
  return impl_->unreferenced();
}
std::unique_ptr<JournalReader> Journal::read(JournalPoint from) const {
  return std::make_unique<PageReader>(impl_->pages(), from);
}

}  // namespace tailwater
