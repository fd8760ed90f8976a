#include "history/page_records.h"

#include <algorithm>
#include <utility>

#include "filter/record_form.h"
#include "stream/change_frames.h"
#include "stream/line_start.h"
#include "stream/record_scan.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kEntryCost = 64;
constexpr std::uint64_t kLargestSegment = 1U << 20;

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

std::string record_json(const RecordFramer& framer, const Record& record, const RecordFacts& facts) {
  std::string frame;
  framer.append(frame, record, facts);
  const JsonFrameParts parts = parts_of_json_frame(frame);
  std::string json = "{\"id\":\"";
  json.reserve(frame.size());
  json.append(parts.id).append("\",").append(parts.members);
  return json;
}

GapReason reason_gone(const Catalog& catalog, const Extent& extent) {
  const auto status = catalog.status(extent.file);
  return status && status->generation > extent.generation ? GapReason::kRotated : GapReason::kEvicted;
}

GapFrame gap_between(const FileInfo& file, std::uint32_t generation, std::uint64_t from, std::uint64_t to,
                     GapReason reason) {
  GapFrame gap;
  gap.file = file.path;
  gap.from = to_text(Position{file.key, generation, from});
  gap.to = to_text(Position{file.key, generation, to});
  gap.bytes = to - from;
  gap.reason = reason;
  return gap;
}

// --- backwards ---------------------------------------------------------------------------------------------------

RecordsBefore::RecordsBefore(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end,
                             WalkPlace from, std::optional<Position> without)
    : sources_(sources), walk_(sources.journal, bounds, end, from), without_(std::move(without)) {}

StepStop RecordsBefore::step(PageStep& step, std::size_t wanted, PageRecords& page) {
  std::optional<StepStop> stop;
  while (!stop) {
    if (page.full(wanted) || at_start_) {
      stop = StepStop::kDone;
    } else if (step.over()) {
      stop = StepStop::kBudget;
    } else {
      stop = current_ ? gather(step, wanted, page) : retreat(step, page);
    }
  }
  walk_.rest();
  return *stop;
}

std::optional<StepStop> RecordsBefore::retreat(PageStep& step, PageRecords& page) {
  step.scanned += kEntryCost;
  auto walked = walk_.previous();
  if (!walked) return StepStop::kUnavailable;
  if (!*walked) {
    at_start_ = true;
    return std::nullopt;
  }
  if (const auto* change = std::get_if<FileChange>(&**walked)) {
    const HistoryFiles::File& file = step.files.find(change->file);
    if (file.selected && change->lost_from) page.gaps.push_front(gap_of_change(*file.info, *change, {}));
  } else if (const auto* extent = std::get_if<WalkedExtent>(&**walked)) {
    if (extent->extent.begin < extent->extent.end) current_ = *extent;
  } else {
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    page.gaps.push_front(std::move(gap));
  }
  return std::nullopt;
}

void RecordsBefore::lose(PageRecords& page, const FileInfo& file, std::uint64_t from, GapReason reason) {
  const Extent& extent = current_->extent;
  page.gaps.push_front(gap_between(file, extent.generation, from, extent.end, reason));
  current_.reset();
}

std::optional<StepStop> RecordsBefore::gather(PageStep& step, std::size_t wanted, PageRecords& page) {
  Extent& extent = current_->extent;
  const HistoryFiles::File& known = step.files.find(extent.file);
  if (!known.selected) {
    current_.reset();
    return std::nullopt;
  }
  const auto bytes = step.files.open(extent.file, extent.generation);
  if (!bytes) {
    const ErrorCode code = bytes.error().code;
    if (code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
    const bool gone = code == ErrorCode::kGone || code == ErrorCode::kNotFound;
    lose(page, *known.info, extent.begin, gone ? reason_gone(sources_.catalog, extent) : GapReason::kUnreadable);
    return std::nullopt;
  }
  const HistoryFiles::File& file = step.files.find(extent, **bytes);
  const auto from = segment_start(step, **bytes, file.rules);
  std::deque<PageRecord> found;
  const auto whole = from ? scan(step, file, **bytes, *from, wanted, found, page) : fail(from.error());
  step.pace.end_piece(now());
  if (step.cancelled.load(std::memory_order_relaxed)) return StepStop::kBudget;
  if (!whole) {
    if (whole.error().code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
    const bool truncated = whole.error().code == ErrorCode::kGone;
    lose(page, *file.info, extent.begin, truncated ? GapReason::kTruncated : GapReason::kUnreadable);
    return std::nullopt;
  }
  extent.end = *whole ? *from : found.front().begin.point.offset;
  extent.partial = false;
  if (!*whole) looked_at_ = found.front().id;
  for (auto record = found.rbegin(); record != found.rend(); ++record) {
    page.bytes += record->json.size();
    page.records.push_front(std::move(*record));
  }
  without_.reset();
  segment_bytes_ = std::min(segment_bytes_ * 2, kLargestSegment);
  if (extent.begin == extent.end) current_.reset();
  return std::nullopt;
}

/// The start of a line, about a segment before what has been looked at; the extent's begin if there is none.
Result<std::uint64_t> RecordsBefore::segment_start(PageStep& step, const GenerationBytes& bytes,
                                                   const RecordRules& rules) const {
  const Extent& extent = current_->extent;
  if (extent.end - extent.begin <= segment_bytes_) return extent.begin;
  const std::uint64_t middle = extent.end - segment_bytes_;
  if (!is_line_by_line(rules)) {
    return record_start_before(bytes, extent.begin, middle, extent.end, rules, step.buffer, step.cancelled);
  }
  auto after = line_start_after(bytes, middle, extent.end, rules.encoding, step.buffer, step.cancelled);
  if (!after || *after < extent.end) return after;
  return line_start_before(bytes, extent.begin, middle, rules.encoding, step.buffer, step.cancelled);  // one long line
}

/// The last records of [from, end) that match, no more than are wanted. False: there were older ones among them.
Result<bool> RecordsBefore::scan(PageStep& step, const HistoryFiles::File& file, const GenerationBytes& bytes,
                                 std::uint64_t from, std::size_t wanted, std::deque<PageRecord>& found,
                                 PageRecords& page) {
  const Extent& extent = current_->extent;
  const bool cut = without_ && without_->file == file.info->key && without_->generation == extent.generation &&
                   without_->offset == extent.end;
  framer_.begin_extent(*file.info, extent.generation, extent.arrived);
  std::size_t room = wanted - page.records.size();
  std::size_t found_bytes = 0;
  bool whole = true;
  RecordPieces pieces(bytes, extent, from, extent.end, file.rules, step.buffer);
  bool first = true;
  while (!pieces.done() && !step.cancelled.load(std::memory_order_relaxed)) {
    const auto piece = pieces.next();
    if (!piece) return fail(piece.error());
    if (piece->missing || !step.files.still_holds(extent.file, extent.generation, bytes)) {
      return fail(ErrorCode::kGone, "the file was truncated");
    }
    const RecordBytes& records = piece->records;
    if (std::exchange(first, false)) {
      RecordSplitter splitter(records.bytes, records.begin, {records.continues, records.before}, records.partial,
                              file.rules);
      if (const auto oldest = splitter.next()) {
        looked_at_ = Position{file.info->key, extent.generation, oldest->end};
      }
    }
    step.scanned += records.bytes.size();
    page.scanned += records.bytes.size();
    scan_records(
        records, file.origin(extent.arrived), step.selection.query(),
        [&](const Record& record, const RecordFacts& facts) {
          if (cut && record.end >= extent.end) return true;
          PageRecord taken{record_json(framer_, record, facts), Position{file.info->key, extent.generation, record.end},
                           current_->place(record.begin)};
          found_bytes += taken.json.size();
          found.push_back(std::move(taken));
          while (found.size() > room || (found_bytes + page.bytes > PageRecords::kMaxBytes && found.size() > 1)) {
            found_bytes -= found.front().json.size();
            found.pop_front();
            whole = false;
          }
          return true;
        });
  }
  return whole;
}

// --- forwards ----------------------------------------------------------------------------------------------------

RecordsAfter::RecordsAfter(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end,
                           WalkPlace from)
    : sources_(sources), walk_(sources.journal, bounds, end, from) {}

StepStop RecordsAfter::step(PageStep& step, std::size_t wanted, PageRecords& page) {
  std::optional<StepStop> stop;
  while (!stop) {
    if (page.full(wanted) || at_end_) {
      stop = StepStop::kDone;
    } else if (step.over()) {
      stop = StepStop::kBudget;
    } else {
      stop = current_ ? gather(step, wanted, page) : advance(step, page);
    }
  }
  walk_.rest();
  return *stop;
}

std::optional<StepStop> RecordsAfter::advance(PageStep& step, PageRecords& page) {
  step.scanned += kEntryCost;
  auto walked = walk_.next();
  if (!walked) return StepStop::kUnavailable;
  if (!*walked) {
    at_end_ = true;
    return std::nullopt;
  }
  if (const auto* change = std::get_if<FileChange>(&**walked)) {
    const HistoryFiles::File& file = step.files.find(change->file);
    if (file.selected && change->lost_from) page.gaps.push_back(gap_of_change(*file.info, *change, {}));
  } else if (const auto* extent = std::get_if<WalkedExtent>(&**walked)) {
    if (generation_ && *generation_ != extent->extent.generation) return std::nullopt;
    current_ = *extent;
    offset_ = extent->extent.begin;
    narrowed_ = window_.is_open();
  } else {
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    page.gaps.push_back(std::move(gap));
  }
  return std::nullopt;
}

void RecordsAfter::lose(PageRecords& page, const FileInfo& file, GapReason reason) {
  const Extent& extent = current_->extent;
  page.gaps.push_back(gap_between(file, extent.generation, offset_, extent.end, reason));
  current_.reset();
}

std::optional<StepStop> RecordsAfter::gather(PageStep& step, std::size_t wanted, PageRecords& page) {
  Extent& extent = current_->extent;
  const HistoryFiles::File& known = step.files.find(extent.file);
  if (!known.selected || offset_ >= extent.end) {
    current_.reset();
    return std::nullopt;
  }
  const auto bytes = step.files.open(extent.file, extent.generation);
  if (!bytes) {
    const ErrorCode code = bytes.error().code;
    if (code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
    const bool gone = code == ErrorCode::kGone || code == ErrorCode::kNotFound;
    lose(page, *known.info, gone ? reason_gone(sources_.catalog, extent) : GapReason::kUnreadable);
    return std::nullopt;
  }
  const HistoryFiles::File& file = step.files.find(extent, **bytes);
  if (!narrowed_) {
    const auto part = part_inside(window_, **bytes, extent, file.origin(extent.arrived), step.buffer, step.cancelled);
    if (!part && part.error().code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
    narrowed_ = true;
    if (part) {
      offset_ = part->from;
      if (part->to < extent.end) extent.partial = false;
      extent.end = part->to;
      return std::nullopt;
    }
  }
  framer_.begin_extent(*file.info, extent.generation, extent.arrived);
  RecordPieces pieces(**bytes, extent, offset_, extent.end, file.rules, step.buffer, step.pace.piece_bytes());
  const auto piece = pieces.next();
  if (!piece) {
    if (piece.error().code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
    lose(page, *file.info, GapReason::kUnreadable);
    return std::nullopt;
  }
  if (!step.files.still_holds(extent.file, extent.generation, **bytes)) {
    lose(page, *file.info, GapReason::kTruncated);
    return std::nullopt;
  }
  step.scanned += piece->records.bytes.size();
  page.scanned += piece->records.bytes.size();
  const auto take = [&](const Record& record, const RecordFacts& facts) {
    PageRecord taken{{}, Position{file.info->key, extent.generation, record.end}, current_->place(record.begin)};
    if (text_) {
      framer_.append(taken.json, record, facts);
    } else {
      taken.json = record_json(framer_, record, facts);
    }
    page.bytes += taken.json.size();
    page.records.push_back(std::move(taken));
    offset_ = record.end;
    return !page.full(wanted);
  };
  if (scan_records(piece->records, file.origin(extent.arrived), step.selection.query(), take))
    offset_ = pieces.offset();
  step.pace.end_piece(now());
  looked_at_ = Position{file.info->key, extent.generation, offset_};
  if (piece->missing && offset_ == pieces.offset()) lose(page, *file.info, GapReason::kTruncated);
  return std::nullopt;
}

}  // namespace tailwater
