#include "history/records_after.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "stream/record_scan.h"

namespace tailwater {

std::optional<StepStop> RecordsAfter::gather(PageStep& step, std::size_t wanted, PageRecords& page) {
  const Extent& extent = cursor_.current().extent;
  if (!offset_) {
    offset_ = extent.begin;
    narrowed_ = window_.is_open();
  }
  // What was last written to before the window began is not opened for it.
  const bool before_window = window_.since && extent.arrived < *window_.since;
  const bool other = before_window || (generation_ && *generation_ != extent.generation);
  std::optional<StepStop> stop;
  ExtentCursor::Opened opened;
  if (!other) opened = cursor_.open(step, page, *offset_, /*with_end=*/!narrowed_, stop);
  if (stop) return stop;
  if (!opened.bytes) {
    finish();
    return std::nullopt;
  }
  if (!narrowed_) {
    const auto narrowed = narrow_current(step, opened);
    if (!narrowed && step.may_wait(narrowed.error())) return StepStop::kUnavailable;
    narrowed_ = true;
    if (narrowed) return std::nullopt;  // else reading it says what is wrong
  }
  return scan(step, opened, wanted, page);
}

void RecordsAfter::finish() {
  cursor_.finish();
  offset_.reset();
}

Result<void> RecordsAfter::narrow_current(PageStep& step, const ExtentCursor::Opened& opened) {
  Extent& extent = cursor_.current().extent;
  const auto part =
      part_inside(window_, *opened.bytes, extent, opened.file->origin(extent.arrived), step.buffer, step.cancelled);
  if (!part) return fail(part.error());
  offset_ = part->from;
  if (part->to < extent.end) extent.partial = false;
  extent.end = part->to;
  return {};
}

std::optional<StepStop> RecordsAfter::scan(PageStep& step, const ExtentCursor::Opened& opened, std::size_t wanted,
                                           PageRecords& page) {
  WalkedExtent& current = cursor_.current();
  Extent& extent = current.extent;
  const HistoryFiles::File& file = *opened.file;
  const auto lose = [&](GapReason reason) {
    cursor_.lose(page, *file.info, *offset_, reason);
    offset_.reset();
  };
  step.files.begin_extent(framer_, file, extent);
  RecordPieces pieces(*opened.bytes, extent, *offset_, extent.end, file.rules, step.buffer, step.pace.piece_bytes());
  const auto piece = pieces.next();
  if (!piece && step.may_wait(piece.error())) return StepStop::kUnavailable;
  if (!piece || !step.files.still_holds(extent.file, extent.generation, *opened.bytes)) {
    lose(piece ? GapReason::kTruncated : GapReason::kUnreadable);
    return std::nullopt;
  }
  step.scanned += piece->records.bytes.size();
  page.scanned += piece->records.bytes.size();
  const auto take = [&](const Record& record, const RecordFacts& facts) {
    PageRecord taken{{}, Position{file.info->key, extent.generation, record.end}, current.place(record.begin)};
    if (style_ == FrameStyle::kBare) {
      framer_.append(taken.json, record, facts);
    } else {
      taken.json = record_json(framer_, record, facts);
    }
    page.bytes += taken.json.size();
    page.records.push_back(std::move(taken));
    offset_ = record.end;
    return !page.full(wanted);
  };
  if (scan_records(piece->records, file.origin(extent.arrived), step.selection.query(), take)) {
    offset_ = pieces.offset();
  }
  step.pace.end_piece(std::chrono::steady_clock::now());
  if (extent.end == kUnknownEnd && pieces.done()) {  // it turned out
    extent.end = pieces.offset();
    step.sources.catalog.learn_end(extent.file, extent.generation, extent.end);
  }
  looked_at_ = Position{file.info->key, extent.generation, *offset_};
  if (piece->missing && *offset_ == pieces.offset()) lose(GapReason::kTruncated);
  return std::nullopt;
}

}  // namespace tailwater
