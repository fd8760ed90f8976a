#include "stream/replay.h"

#include <algorithm>
#include <utility>

#include "stream/change_frames.h"
#include "stream/record_scan.h"
#include "stream/sample_frame.h"

namespace tailwater {
namespace {

/// What walking over an entry without reading it counts as: keeps steps short in a journal of small foreign extents.
constexpr std::uint64_t kEntryCost = 64;

}  // namespace

struct Replay::Step {
  const JournalEnd& until;
  const StepBudget& budget;
  ReadBuffer& buffer;
  bool give_up;
  const std::atomic<bool>& cancelled;
  ChunkBuffer& out;
  const LineBatch& batch;
  const ScanPace& pace;
  HistoryFiles files;
  std::uint64_t scanned = 0;

  [[nodiscard]] bool has_made_enough() const { return out.size() + batch.size() >= budget.frame_bytes; }
  [[nodiscard]] bool full() const {
    return has_made_enough() || scanned >= budget.scan_bytes || pace.step_is_over() ||
           cancelled.load(std::memory_order_relaxed);
  }
};

Replay::Replay(const HistorySources& sources, std::shared_ptr<const Selection> selection)
    : sources_(sources), selection_(std::move(selection)), framer_(selection_->style()) {}

void Replay::begin(HistoryPlace place) {
  place_ = std::move(place);
}

StepStop Replay::step(const JournalEnd& until, const StepBudget& budget, ReadBuffer& buffer, bool give_up,
                      const std::atomic<bool>& cancelled, ChunkBuffer& out) {
  Step step{until, budget, buffer, give_up, cancelled, out, batch_, pace_, HistoryFiles(sources_, *selection_)};
  pace_.begin_step(std::chrono::steady_clock::now());
  reader_ = sources_.journal.read(place_.point);
  std::optional<StepStop> stop;
  while (!stop) stop = step.full() ? StepStop::kBudget : current_ ? read_current(step) : advance(step);
  say_batch(out);
  if (*stop == StepStop::kDone) say_gap(out);
  // A client may take long to take what this step made: it is not to keep a page of the journal for that long.
  place_.point = reader_->point();
  reader_.reset();
  return *stop;
}

/// Makes the next extent current; with an answer if there is none.
std::optional<StepStop> Replay::advance(Step& step) {
  step.scanned += kEntryCost;
  if (next_before_ == place_.before.size()) return advance_in_journal(step);
  const Extent& extent = place_.before[next_before_++];
  current_ = Reading{extent, extent.begin, 0, /*in_journal=*/false};
  if (next_before_ == place_.before.size()) {
    place_.before = {};
    next_before_ = 0;
  }
  return std::nullopt;
}

std::optional<StepStop> Replay::advance_in_journal(Step& step) {
  const auto entry = reader_->next(step.until);
  if (!entry) {
    if (entry.error().code == ErrorCode::kGone) {
      lost_journal_ = true;  // the reader stands behind what is missing
      return std::nullopt;
    }
    if (!step.give_up) return StepStop::kUnavailable;
    // It cannot be read where it stands: what is retained behind the end that was asked for goes on.
    lost_journal_ = true;
    reader_ = sources_.journal.read(step.until.point);
    return std::nullopt;
  }
  if (lost_journal_) say_lost_journal(step);
  if (!*entry) return StepStop::kDone;
  const auto& [number, what] = **entry;
  if (const auto* change = std::get_if<FileChange>(&what)) {
    say_change(step, *change);
    return std::nullopt;
  }
  const Extent& extent = std::get<Extent>(what);
  const std::uint64_t offset =
      number == place_.point.entry ? std::clamp(place_.point.offset, extent.begin, extent.end) : extent.begin;
  current_ = Reading{extent, offset, number, /*in_journal=*/true};
  return std::nullopt;
}

std::optional<StepStop> Replay::read_current(Step& step) {
  const HistoryFiles::File& file = step.files.find(current_->extent.file);
  if (!file.selected || current_->offset >= current_->extent.end) {
    finish_extent(file.info.get());
    return std::nullopt;
  }
  const auto bytes = step.files.open(current_->extent.file, current_->extent.generation);
  if (bytes) {
    const HistoryFiles::File& decoded = step.files.find(current_->extent, **bytes);
    if (!window_.is_open() && !current_->cut) return cut_to_window(step, decoded, **bytes);
    return read_pieces(step, decoded, **bytes);
  }
  switch (bytes.error().code) {
    case ErrorCode::kGone:
    case ErrorCode::kNotFound: lose_rest(step, file, reason_gone(current_->extent)); return std::nullopt;
    case ErrorCode::kUnavailable:
      if (!step.give_up) return not_there_yet();
      break;
    case ErrorCode::kInvalid:
    case ErrorCode::kDenied:
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: break;
  }
  lose_rest(step, file, GapReason::kUnreadable);
  return std::nullopt;
}

std::optional<StepStop> Replay::cut_to_window(Step& step, const HistoryFiles::File& file,
                                              const GenerationBytes& bytes) {
  Extent& extent = current_->extent;
  const auto part = part_inside(window_, bytes, extent, file.origin(extent.arrived), step.buffer, step.cancelled);
  if (!part && part.error().code == ErrorCode::kUnavailable && !step.give_up) return not_there_yet();
  current_->cut = true;
  if (!part) return std::nullopt;  // reading it says what is wrong
  current_->offset = std::max(current_->offset, part->from);
  if (part->to < extent.end) {
    extent.end = part->to;
    extent.partial = false;
  }
  return std::nullopt;
}

std::optional<StepStop> Replay::read_pieces(Step& step, const HistoryFiles::File& file, const GenerationBytes& bytes) {
  const Extent& extent = current_->extent;
  step.files.begin_extent(framer_, file, extent);
  RecordPieces pieces(bytes, extent, current_->offset, extent.end, file.rules, step.buffer, pace_.piece_bytes());
  const auto frame = [&](const Record& record, const RecordFacts& facts) {
    const Position id{file.info->key, extent.generation, record.end};
    say_record(step, id, record, facts);
    said_ = id;
    ++counts_.records;
    counts_.record_bytes += record.end - record.begin;
    current_->offset = record.end;
    return !step.has_made_enough();
  };
  while (!pieces.done()) {
    const auto piece = pieces.next();
    if (!piece && piece.error().code == ErrorCode::kUnavailable && !step.give_up) return not_there_yet();
    if (!piece) {
      lose_rest(step, file, GapReason::kUnreadable);
      return std::nullopt;
    }
    if (!step.files.still_holds(extent.file, extent.generation, bytes)) {
      // Truncated, which ingest may not have seen yet.
      step.scanned += kEntryCost;
      const auto copy = step.files.turn_to_copy(extent.file, extent.generation);
      if (copy) return std::nullopt;
      if (copy.error().code == ErrorCode::kUnavailable && !step.give_up) return not_there_yet();
      lose_rest(step, file, GapReason::kTruncated);
      return std::nullopt;
    }
    step.scanned += piece->records.bytes.size();
    if (scan_records(piece->records, file.origin(extent.arrived), selection_->query(), frame))
      current_->offset = pieces.offset();
    pace_.end_piece(std::chrono::steady_clock::now());
    last_ = Position{file.info->key, extent.generation, current_->offset};
    if (piece->missing && current_->offset == pieces.offset()) {
      lose_rest(step, file, GapReason::kTruncated);
      return std::nullopt;
    }
    if (step.full()) return StepStop::kBudget;
  }
  current_->extent.end = pieces.offset();  // as it turned out
  finish_extent(file.info.get());
  return std::nullopt;
}

void Replay::say_record(Step& step, const Position& id, const Record& record, const RecordFacts& facts) {
  say_gap(step.out);
  if (facts.is_sample()) {
    say_batch(step.out);
    append_sample(step.out.frames(), *selection_, id, record.line);
    step.out.commit();
    return;
  }
  if (!selection_->batches()) {
    framer_.append(step.out.frames(), record, facts);
    step.out.commit();
    return;
  }
  frame_.clear();
  framer_.append(frame_, record, facts);
  if (batch_.size() + frame_.size() > step.budget.chunk_bytes) say_batch(step.out);
  batch_.add(frame_);
}

void Replay::say_batch(ChunkBuffer& out) {
  if (batch_.empty()) return;
  batch_.take(out.frames());
  out.commit();
}

/// A place far inside a compressed file is reached in parts, the next one at once; what stays away for longer is asked
/// for more seldom.
StepStop Replay::not_there_yet() {
  constexpr int kAtOnce = 64;
  return ++waits_ % kAtOnce == 0 ? StepStop::kUnavailable : StepStop::kBudget;
}

void Replay::finish_extent(const FileInfo* file) {
  if (file != nullptr) last_ = Position{file->key, current_->extent.generation, current_->extent.end};
  current_.reset();
}

GapReason Replay::reason_gone(const Extent& extent) const {
  const auto status = sources_.catalog.status(extent.file);
  return status && status->generation > extent.generation ? GapReason::kRotated : GapReason::kEvicted;
}

/// What is left of the current extent cannot be had back.
void Replay::lose_rest(Step& step, const HistoryFiles::File& file, GapReason reason) {
  const Reading& lost = *current_;
  const bool known = lost.extent.end != kUnknownEnd;
  const auto bytes = known ? std::optional(lost.extent.end - lost.offset) : std::nullopt;
  const bool same =
      gap_ && gap_->file->key == file.info->key && gap_->generation == lost.extent.generation && gap_->reason == reason;
  if (same) {
    gap_->to = lost.extent.end;
    gap_->bytes = gap_->bytes && bytes ? std::optional(*gap_->bytes + *bytes) : std::nullopt;
  } else {
    say_gap(step.out);
    gap_ = OpenGap{file.info, lost.extent.generation, lost.offset, lost.extent.end, bytes, reason};
  }
  finish_extent(file.info.get());
}

void Replay::say_gap(ChunkBuffer& out) {
  if (!gap_) return;
  const OpenGap open = *std::exchange(gap_, std::nullopt);
  GapFrame gap;
  gap.file = open.file->path;
  gap.from = to_text(Position{open.file->key, open.generation, open.from});
  gap.id = Position{open.file->key, open.generation, open.to};
  gap.to = to_text(*gap.id);
  gap.bytes = open.bytes;
  gap.reason = open.reason;
  say(out, gap);
}

void Replay::say(ChunkBuffer& out, const GapFrame& gap) {
  say_batch(out);
  if (selection_->sse()) {
    append_gap(out.frames(), gap);
  } else {
    append_gap_line(out.frames(), gap);
  }
  out.commit();
  if (gap.id) said_ = gap.id;
  count_gap(counts_.gaps, gap.reason);
}

void Replay::say_change(Step& step, const FileChange& change) {
  const HistoryFiles::File& file = step.files.find(change.file);
  if (!file.selected) return;
  say_gap(step.out);
  say_batch(step.out);
  const Position before = last_position();
  const auto gap = append_change(step.out.frames(), selection_->style(), *file.info, change, before);
  step.out.commit();
  if (!gap) return;
  count_gap(counts_.gaps, *gap);
  said_ = before;
}

Position Replay::last_position() {
  if (!last_) last_ = position_before(sources_.journal, place_, sources_.catalog);
  return *last_;
}

/// Where we were fell off the journal's end while we were slow, or was damaged. What lay between may be in the files
/// still, but in no known order, so it is announced as lost.
void Replay::say_lost_journal(Step& step) {
  lost_journal_ = false;
  say_gap(step.out);
  GapFrame gap;
  gap.reason = GapReason::kJournal;
  gap.id = last_;
  if (last_) gap.from = to_text(*last_);
  say(step.out, gap);
}

ReadOnPlace Replay::read_on() const {
  ReadOnPlace at;
  const bool before_journal = next_before_ < place_.before.size() || (current_ && !current_->in_journal);
  // A gap that has not been said yet is found again from where it begins.
  if (gap_ || lost_journal_ || before_journal) {
    const auto& known = gap_ || lost_journal_ ? said_ : last_;
    if (!known) return at;
    at.kind = ReadOn::kPosition;
    at.position = *known;
    return at;
  }
  at.kind = ReadOn::kPoint;
  at.point = current_ ? JournalPoint{current_->entry, current_->offset} : place_.point;
  return at;
}

std::optional<Position> Replay::progress() const {
  const bool before_journal = next_before_ < place_.before.size() || (current_ && !current_->in_journal);
  if (gap_ || lost_journal_ || before_journal || last_ == said_) return std::nullopt;
  return last_;
}

}  // namespace tailwater
