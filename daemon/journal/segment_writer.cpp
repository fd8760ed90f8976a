#include "journal/segment_writer.h"

#include <string_view>
#include <utility>

namespace tailwater {

Result<void> SegmentWriter::flush() {
  while (!store_.unwritten().empty())
    if (auto written = write_first_unwritten(); !written) return written;
  if (store_.live() != nullptr && store_.live()->dirty()) return write_live();
  return {};
}

Result<void> SegmentWriter::sync() {
  if (!unsynced_) return {};
  auto synced = file_->sync();
  if (synced) unsynced_ = false;
  return synced;
}

Result<void> SegmentWriter::use_segment(const std::shared_ptr<Segment>& segment) {
  if (segment_ == segment) return {};
  if (auto synced = sync(); !synced) return synced;
  auto file = segment->published ? directory_.open_segment(segment->first_entry)
                                 : directory_.create_segment(segment->first_entry);
  if (!file) return fail(std::move(file.error()));
  segment_ = segment;
  file_ = std::move(*file);
  // Before it is published no reader could open it by its name.
  store_.use_file(segment, file_);
  return {};
}

Result<void> SegmentWriter::write_first_unwritten() {
  const PageStore::Unwritten page = store_.unwritten().front();
  Segment& segment = *page.place.segment;
  if (auto used = use_segment(page.place.segment); !used) return used;
  const std::string_view bytes = *segment.kept.at(page.place.page);
  unsynced_ = true;
  auto written = file_->write_at(page.place.page * kPageSize + page.from, bytes.substr(page.from));
  if (!written) return written;
  if (!segment.published && page.place.page + 1 == segment.snapshot_pages) {
    if (auto synced = sync(); !synced) return synced;
    if (auto published = directory_.publish_segment(segment.first_entry); !published) return published;
    store_.segment_is_published(page.place.segment);
  }
  store_.first_is_written();
  return {};
}

Result<void> SegmentWriter::write_live() {
  if (auto used = use_segment(store_.last_segment()); !used) return used;
  const PageBuilder& live = *store_.live();
  const std::size_t from = live.dirty_from();
  unsynced_ = true;
  auto written = file_->write_at(live.header().number * kPageSize + from, live.bytes().substr(from));
  if (written) store_.live_is_written();
  return written;
}

}  // namespace tailwater
