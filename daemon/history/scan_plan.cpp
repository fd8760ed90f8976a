#include "history/scan_plan.h"

#include <algorithm>
#include <utility>

#include "history/page_records.h"
#include "stream/change_frames.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxSlices = 256;
constexpr std::size_t kMaxEntries = 4096;  // of the journal, walked over for one piece

}  // namespace

ScanPlan::ScanPlan(const HistorySources& sources, const HistoryBounds& bounds, const JournalEnd& end, ScanOrder order,
                   TimeWindow window, WalkPlace from)
    : sources_(sources), order_(order), window_(window), walk_(sources.journal, bounds, end, from) {}

Result<bool> ScanPlan::next(HistoryFiles& files, ReadBuffer& buffer, const std::atomic<bool>& cancelled, bool give_up,
                            ScanPiece& piece) {
  bool more = true;
  for (std::size_t i = 0; i < kMaxEntries && piece.bytes < kPieceBytes && piece.slices.size() < kMaxSlices; ++i) {
    if (left_) {
      take_part(piece);
      continue;
    }
    const auto walked = walk(files, buffer, cancelled, give_up, piece);
    if (!walked) {
      walk_.rest();
      return fail(walked.error());
    }
    more = *walked;
    if (!more) break;
  }
  walk_.rest();
  return more;
}

Result<bool> ScanPlan::walk(HistoryFiles& files, ReadBuffer& buffer, const std::atomic<bool>& cancelled, bool give_up,
                            ScanPiece& piece) {
  const auto lose_journal = [&] {
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    piece.gaps.push_back(std::move(gap));
  };
  if (!again_) {
    auto walked = order_ == ScanOrder::kNewestFirst ? walk_.previous() : walk_.next();
    if (!walked && !give_up) return fail(ErrorCode::kUnavailable, std::move(walked.error().message));
    if (!walked) {
      lose_journal();
      return false;
    }
    if (!*walked) return false;
    again_ = std::move(**walked);
  }
  Walked walked = *std::exchange(again_, std::nullopt);
  if (const auto* change = std::get_if<FileChange>(&walked)) {
    const HistoryFiles::File& file = files.find(change->file);
    if (file.selected && change->lost_from) piece.gaps.push_back(gap_of_change(*file.info, *change, {}));
    return true;
  }
  auto* found = std::get_if<WalkedExtent>(&walked);
  if (found == nullptr) {
    lose_journal();
    return true;
  }
  Extent& extent = found->extent;
  if (!files.find(extent.file).selected || extent.begin >= extent.end) return true;
  if (extent.end == kUnknownEnd) {
    const auto settled = settle_end(files, give_up, extent, piece);
    if (!settled) again_ = walked;
    if (!settled || !*settled) return settled ? Result<bool>(true) : fail(settled.error());
  }
  TimePart part{extent.begin, extent.end};
  if (!window_.is_open()) {
    // What arrived before the window began has only older arrivals before it.
    if (found->in_journal && window_.since && extent.arrived < *window_.since) {
      passed_over_ += extent.end - extent.begin;
      return order_ == ScanOrder::kOldestFirst;
    }
    const auto inside = part_of(extent, files, buffer, cancelled);
    if (!inside && inside.error().code == ErrorCode::kUnavailable && !give_up) {
      again_ = walked;
      return fail(inside.error());
    }
    if (inside) part = *inside;
  }
  passed_over_ += (extent.end - extent.begin) - (part.to - part.from);
  if (part.from < part.to) left_ = ScanSlice{extent, part, part.from, part.to};
  return true;
}

Result<bool> ScanPlan::settle_end(HistoryFiles& files, bool give_up, Extent& extent, ScanPiece& piece) {
  // What was last written to before the window began is not read through for it.
  if (window_.since && extent.arrived < *window_.since) return false;
  const auto bytes = files.open(extent.file, extent.generation);
  const auto learned = bytes ? learn_end(sources_.catalog, **bytes, extent) : fail(bytes.error());
  if (learned) {
    learned_ += extent.end - extent.begin;
    return extent.begin < extent.end;
  }
  if (learned.error().code == ErrorCode::kUnavailable && !give_up) return fail(learned.error());
  const GapReason reason = reason_of(learned.error(), sources_.catalog, extent);
  const FileInfo& file = *files.find(extent.file).info;
  piece.gaps.push_back(gap_between(file, extent.generation, extent.begin, extent.end, reason));
  return false;
}

/// What of it lies inside the window.
Result<TimePart> ScanPlan::part_of(const Extent& extent, HistoryFiles& files, ReadBuffer& buffer,
                                   const std::atomic<bool>& cancelled) const {
  const auto bytes = files.open(extent.file, extent.generation);
  if (!bytes) return fail(bytes.error());
  const HistoryFiles::File& file = files.find(extent, **bytes);
  return part_inside(window_, **bytes, extent, file.origin(extent.arrived), buffer, cancelled);
}

void ScanPlan::take_part(ScanPiece& piece) {
  const std::uint64_t length = std::min(left_->to - left_->from, kPieceBytes - piece.bytes);
  ScanSlice slice = *left_;
  if (order_ == ScanOrder::kNewestFirst) {
    slice.from = slice.to - length;
    left_->to = slice.from;
  } else {
    slice.to = slice.from + length;
    left_->from = slice.to;
  }
  piece.bytes += length;
  piece.slices.push_back(slice);
  if (left_->from >= left_->to) left_.reset();
}

}  // namespace tailwater
