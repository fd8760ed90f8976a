#include "history/extent_cursor.h"

#include <utility>

#include "stream/change_frames.h"

namespace tailwater {
namespace {

/// What walking over an entry without reading it counts as: keeps steps short in a journal of small foreign extents.
constexpr std::uint64_t kEntryCost = 64;

}  // namespace

void ExtentCursor::say(PageRecords& page, GapFrame gap) const {
  if (direction_ == Direction::kBackwards) {
    page.gaps.push_front(std::move(gap));
  } else {
    page.gaps.push_back(std::move(gap));
  }
}

/// Makes the next extent current.
std::optional<StepStop> ExtentCursor::move(PageStep& step, PageRecords& page) {
  step.scanned += kEntryCost;
  auto walked = direction_ == Direction::kBackwards ? walk_.previous() : walk_.next();
  if (!walked) return StepStop::kUnavailable;
  if (!*walked) {
    at_edge_ = true;
    return std::nullopt;
  }
  if (const auto* change = std::get_if<FileChange>(&**walked)) {
    const HistoryFiles::File& file = step.files.find(change->file);
    if (file.selected && change->lost_from) say(page, gap_of_change(*file.info, *change, {}));
  } else if (const auto* found = std::get_if<WalkedExtent>(&**walked)) {
    if (found->extent.begin < found->extent.end) current_ = *found;
  } else {
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    say(page, std::move(gap));
  }
  return std::nullopt;
}

ExtentCursor::Opened ExtentCursor::open(PageStep& step, PageRecords& page, std::uint64_t from, bool with_end,
                                        std::optional<StepStop>& stop) {
  Extent& extent = current_->extent;
  const HistoryFiles::File& known = step.files.find(extent.file);
  if (!known.selected || from >= extent.end) {
    finish();
    return {};
  }
  auto bytes = step.files.open(extent.file, extent.generation);
  if (bytes && with_end) {
    auto learned = learn_end(sources_.catalog, **bytes, extent);
    if (!learned) bytes = fail(std::move(learned.error()));
  }
  if (from >= extent.end) {
    finish();
    return {};
  }
  if (bytes) {
    const HistoryFiles::File& decoded = step.files.find(extent, **bytes);
    return {std::move(*bytes), &decoded};
  }
  if (step.may_wait(bytes.error())) {
    stop = StepStop::kUnavailable;
    return {};
  }
  lose(page, *known.info, from, reason_of(bytes.error(), sources_.catalog, extent));
  return {};
}

void ExtentCursor::lose(PageRecords& page, const FileInfo& file, std::uint64_t from, GapReason reason) {
  const Extent& extent = current_->extent;
  say(page, gap_between(file, extent.generation, from, extent.end, reason));
  finish();
}

}  // namespace tailwater
