#include "history/records_before.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "filter/record_form.h"
#include "stream/line_start.h"
#include "stream/record_scan.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kLargestSegment = 1U << 20;

}  // namespace

std::optional<StepStop> RecordsBefore::gather(PageStep& step, std::size_t wanted, PageRecords& page) {
  const std::uint64_t begin = cursor_.current().extent.begin;
  std::optional<StepStop> stop;
  const ExtentCursor::Opened opened = cursor_.open(step, page, begin, /*with_end=*/true, stop);
  if (!opened.bytes) return stop;
  auto segment = scan(step, opened, wanted, page);
  step.pace.end_piece(std::chrono::steady_clock::now());
  if (step.cancelled.load(std::memory_order_relaxed)) return StepStop::kBudget;
  if (!segment) {
    if (step.may_wait(segment.error())) return StepStop::kUnavailable;
    const bool truncated = segment.error().code == ErrorCode::kGone;
    cursor_.lose(page, *opened.file->info, begin, truncated ? GapReason::kTruncated : GapReason::kUnreadable);
    return std::nullopt;
  }
  keep(page, std::move(*segment));
  return std::nullopt;
}

void RecordsBefore::keep(PageRecords& page, Segment segment) {
  Extent& extent = cursor_.current().extent;
  extent.end = segment.whole ? segment.from : segment.found.front().begin.point.offset;
  extent.partial = false;
  if (!segment.whole) looked_at_ = segment.found.front().id;
  for (auto record = segment.found.rbegin(); record != segment.found.rend(); ++record) {
    page.bytes += record->json.size();
    page.records.push_front(std::move(*record));
  }
  without_.reset();
  segment_bytes_ = std::min(segment_bytes_ * 2, kLargestSegment);
  if (extent.begin == extent.end) cursor_.finish();
}

/// The start of a line, about a segment before what has been looked at; the extent's begin if there is none.
Result<std::uint64_t> RecordsBefore::segment_start(PageStep& step, const GenerationBytes& bytes,
                                                   const RecordRules& rules) {
  const Extent& extent = cursor_.current().extent;
  if (extent.end - extent.begin <= segment_bytes_) return extent.begin;
  const std::uint64_t middle = extent.end - segment_bytes_;
  if (!is_line_by_line(rules)) {
    return record_start_before(bytes, extent.begin, middle, extent.end, rules, step.buffer, step.cancelled);
  }
  auto after = line_start_after(bytes, middle, extent.end, rules.encoding, step.buffer, step.cancelled);
  if (!after || *after < extent.end) return after;
  return line_start_before(bytes, extent.begin, middle, rules.encoding, step.buffer, step.cancelled);  // one long line
}

Result<RecordsBefore::Segment> RecordsBefore::scan(PageStep& step, const ExtentCursor::Opened& opened,
                                                   std::size_t wanted, PageRecords& page) {
  const WalkedExtent& current = cursor_.current();
  const Extent& extent = current.extent;
  const HistoryFiles::File& file = *opened.file;
  const auto from = segment_start(step, *opened.bytes, file.rules);
  if (!from) return fail(from.error());
  const bool cut = without_ && without_->file == file.info->key && without_->generation == extent.generation &&
                   without_->offset == extent.end;
  step.files.begin_extent(framer_, file, extent);
  const std::size_t room = wanted - page.records.size();
  std::size_t found_bytes = 0;
  Segment segment{*from};
  const auto take = [&](const Record& record, const RecordFacts& facts) {
    if (cut && record.end >= extent.end) return true;
    PageRecord taken{record_json(framer_, record, facts), Position{file.info->key, extent.generation, record.end},
                     current.place(record.begin)};
    found_bytes += taken.json.size();
    segment.found.push_back(std::move(taken));
    while (segment.found.size() > room ||
           (found_bytes + page.bytes > PageRecords::kMaxBytes && segment.found.size() > 1)) {
      found_bytes -= segment.found.front().json.size();
      segment.found.pop_front();
      segment.whole = false;
    }
    return true;
  };
  RecordPieces pieces(*opened.bytes, extent, *from, extent.end, file.rules, step.buffer);
  for (bool first = true; !pieces.done() && !step.cancelled.load(std::memory_order_relaxed); first = false) {
    const auto piece = pieces.next();
    if (!piece) return fail(piece.error());
    if (piece->missing || !step.files.still_holds(extent.file, extent.generation, *opened.bytes)) {
      return fail(ErrorCode::kGone, "the file was truncated");
    }
    const RecordBytes& records = piece->records;
    if (first) {
      RecordSplitter splitter(records.bytes, records.begin, {records.continues, records.before}, records.partial,
                              file.rules);
      if (const auto oldest = splitter.next()) {
        looked_at_ = Position{file.info->key, extent.generation, oldest->end};
      }
    }
    step.scanned += records.bytes.size();
    page.scanned += records.bytes.size();
    (void)scan_records(records, file.origin(extent.arrived), step.selection.query(), take);
  }
  return segment;
}

}  // namespace tailwater
