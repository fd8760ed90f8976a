#include "history/scan_task.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "history/page_records.h"
#include "stream/line_start.h"
#include "stream/record_scan.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr Milliseconds kTurn{20};
constexpr Milliseconds kProgressInterval{250};
constexpr std::size_t kEntriesAtOnce = 100'000;

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

BodyTask::Turn ScanTask::work(ReadBuffer& buffer) {
  const SteadyTime began = now();
  HistoryFiles files(sources_, *request_.selection);
  if (const Turn turn = begin_turn(files, began); turn != Turn::kAgain) return turn;
  if (!hand_in_ready(files, buffer)) return Turn::kEnd;
  const auto claimed = claim(files, buffer);
  if (!claimed) {
    progress();
    return try_again(began);
  }
  const std::shared_ptr<Piece>& piece = *claimed;
  if (!piece) {
    const std::lock_guard lock(mutex_);
    const bool ready = !window_.empty() && window_.front()->done && !handing_in_;
    return ready || !interrupted_.empty() || (!planned_ && window_.size() < kWindow) ? Turn::kAgain : Turn::kRest;
  }
  scan(*piece, files, buffer);
  const bool unavailable = std::exchange(piece->unavailable, false);  // before another lane may go on with it
  {
    const std::lock_guard lock(mutex_);
    if (!piece->done) interrupted_.push_back(piece);
  }
  progress();
  if (!hand_in_ready(files, buffer)) return Turn::kEnd;
  wake();
  return unavailable ? try_again(began) : Turn::kAgain;
}

BodyTask::Turn ScanTask::try_again(SteadyTime began) {
  const std::lock_guard lock(mutex_);
  return patience_.failed(began, now()) ? Turn::kLater : Turn::kAgain;
}

/// False: the journal cannot be read at the moment.
bool ScanTask::begin() {
  if (began_ == SteadyTime{}) began_ = now();
  end_ = sources_.journal.end();
  auto bounds = whole_history(sources_.journal, sources_.catalog);
  {
    const std::lock_guard lock(mutex_);
    if (!bounds && !patience_.is_over()) return false;
  }
  if (bounds) {
    bounds_ = std::move(*bounds);
  } else {
    GapFrame gap;
    gap.reason = GapReason::kJournal;
    std::string frame;
    append_gap(frame, gap);
    say(frame);
  }
  measuring_ = std::make_unique<ExtentWalk>(sources_.journal, bounds_, end_, start_place(bounds_));
  return true;
}

/// kAgain: the plan is there.
BodyTask::Turn ScanTask::begin_turn(HistoryFiles& files, SteadyTime began) {
  std::unique_lock lock(mutex_);
  if (stage_ == Stage::kScanning) return Turn::kAgain;
  if (stage_ == Stage::kOver) return Turn::kEnd;
  if (stage_ == Stage::kMeasuring) return Turn::kRest;
  stage_ = Stage::kMeasuring;
  lock.unlock();

  if (!measuring_ && !begin()) {
    lock.lock();
    stage_ = Stage::kNew;
    lock.unlock();
    return try_again(began);
  }
  if (!measure(files)) {
    lock.lock();
    stage_ = Stage::kNew;
    lock.unlock();
    wake();
    return Turn::kRest;  // woken at once
  }
  measuring_.reset();
  const auto from = first_place(bounds_, end_);
  lock.lock();
  stage_ = Stage::kScanning;
  if (from) {
    plan_ = std::make_unique<ScanPlan>(sources_, bounds_, end_, order_, request_.window, *from);
  } else {
    planned_ = true;
  }
  lock.unlock();
  if (!from) {
    GapFrame gap;
    gap.reason = from.error().code == ErrorCode::kGone ? GapReason::kJournal : GapReason::kUnknownId;
    std::string frame;
    append_gap(frame, gap);
    say(frame);
  }
  wake();
  return Turn::kAgain;
}

/// How many bytes there are to look through, as far as that is known; false: not there yet.
bool ScanTask::measure(HistoryFiles& files) {
  std::uint64_t bytes = 0;
  bool more = true;
  for (std::size_t i = 0; i < kEntriesAtOnce && more; ++i) {
    auto walked = measuring_->next();
    more = walked && *walked;
    if (!more) break;
    const auto* found = std::get_if<WalkedExtent>(&**walked);
    const bool counts = found != nullptr && found->extent.end != kUnknownEnd && files.find(found->extent.file).selected;
    if (counts) bytes += found->extent.end - found->extent.begin;
  }
  measuring_->rest();
  const std::lock_guard lock(mutex_);
  total_ += bytes;
  return !more;
}

/// A piece to look through; null where none is to be had now. kUnavailable: it cannot be told what comes next.
Result<std::shared_ptr<ScanTask::Piece>> ScanTask::claim(HistoryFiles& files, ReadBuffer& buffer) {
  const std::lock_guard lock(mutex_);
  if (!interrupted_.empty()) {
    auto piece = std::move(interrupted_.front());
    interrupted_.pop_front();
    return piece;
  }
  if (planned_ || window_.size() >= kWindow) return nullptr;
  auto piece = std::make_shared<Piece>();
  const auto more = plan_->next(files, buffer, cancelled(), patience_.is_over(), piece->work);
  if (more) planned_ = !*more;
  if (piece->work.slices.empty() && piece->work.gaps.empty()) {
    return more ? Result<std::shared_ptr<Piece>>(nullptr) : fail(more.error());
  }
  piece->findings = new_findings();
  window_.push_back(piece);
  return piece;
}

void ScanTask::scan(Piece& piece, HistoryFiles& files, ReadBuffer& buffer) {
  const SteadyTime until = now() + kTurn;
  while (piece.slice < piece.work.slices.size()) {
    if (is_cancelled()) return;
    if (!scan_slice(piece, files, buffer, until)) return;
    ++piece.slice;
    piece.begin.reset();
    end_slice(*piece.findings);
    if (now() > until && piece.slice < piece.work.slices.size()) return;
  }
  const std::lock_guard lock(mutex_);
  scanned_ += piece.work.bytes;
  piece.done = true;
}

/// False: there is more of it, or it cannot be read at the moment.
bool ScanTask::scan_slice(Piece& piece, HistoryFiles& files, ReadBuffer& buffer, SteadyTime until) {
  const ScanSlice& slice = piece.work.slices[piece.slice];
  const HistoryFiles::File& known = files.find(slice.extent.file);
  if (!known.selected) return true;  // retired meanwhile
  const auto bytes = files.open(slice.extent.file, slice.extent.generation);
  if (!bytes) return lose(piece, known, bytes.error());
  const HistoryFiles::File& file = files.find(slice.extent, **bytes);
  if (!piece.begin) {
    const auto edge = [&](std::uint64_t at, std::uint64_t whole) -> Result<std::uint64_t> {
      if (at == whole) return at;
      auto line = line_start_after(**bytes, at, slice.part.to, file.rules.encoding, buffer, cancelled());
      if (!line) return line;
      return exact_record_start(**bytes, slice.extent, *line, file.rules, buffer, cancelled());
    };
    const auto from = edge(slice.from, slice.part.from);
    const auto to = edge(slice.to, slice.part.to);
    if (!from) return lose(piece, file, from.error());
    if (!to) return lose(piece, file, to.error());
    piece.begin = *from;
    piece.end = *to;
  }
  const Place place{piece.slice, slice.extent, file};
  RecordPieces pieces(**bytes, slice.extent, *piece.begin, std::max(*piece.begin, piece.end), file.rules, buffer);
  while (!pieces.done()) {
    const auto next = pieces.next();
    if (!next) return lose(piece, file, next.error());
    if (next->missing || !files.still_holds(slice.extent.file, slice.extent.generation, **bytes)) {
      return lose(piece, file, {ErrorCode::kCorrupt, "the file was truncated"});
    }
    worked();
    const bool all = scan_records(
        next->records, file.origin(slice.extent.arrived), request_.selection->query(),
        [&](const Record& record, const RecordFacts& facts) { return take(*piece.findings, place, record, facts); });
    piece.begin = pieces.offset();
    if (!all || is_cancelled()) return true;
    if (now() > until && !pieces.done()) return false;
  }
  return true;
}

/// What is left of the slice cannot be read; false: try again.
bool ScanTask::lose(Piece& piece, const HistoryFiles::File& file, const Error& error) {
  if (error.code == ErrorCode::kUnavailable) {
    const std::lock_guard lock(mutex_);
    if (!patience_.is_over()) {
      piece.unavailable = true;
      return false;
    }
  }
  const ScanSlice& slice = piece.work.slices[piece.slice];
  const bool gone = error.code == ErrorCode::kGone || error.code == ErrorCode::kNotFound;
  const GapReason reason = gone                                ? reason_gone(sources_.catalog, slice.extent)
                           : error.code == ErrorCode::kCorrupt ? GapReason::kTruncated
                                                               : GapReason::kUnreadable;
  const std::uint64_t from = piece.begin.value_or(slice.from);
  if (from < slice.to) {
    piece.work.gaps.push_back(gap_between(*file.info, slice.extent.generation, from, slice.to, reason));
  }
  return true;
}

void ScanTask::worked() {
  const std::lock_guard lock(mutex_);
  patience_.worked();
}

/// Says what is done, in order; false: all was said.
bool ScanTask::hand_in_ready(HistoryFiles& files, ReadBuffer& buffer) {
  std::unique_lock lock(mutex_);
  if (stage_ == Stage::kOver) return false;
  if (std::exchange(handing_in_, true)) return true;
  while (!window_.empty() && window_.front()->done && wants_more() && has_room()) {
    const auto piece = window_.front();
    lock.unlock();
    const bool whole = hand_in(*piece, files, buffer);
    lock.lock();
    if (!whole) break;
    window_.pop_front();
  }
  handing_in_ = false;
  if (wants_more() && !(planned_ && window_.empty())) return true;
  stage_ = Stage::kOver;
  lock.unlock();
  say_end();
  finish();
  return false;
}

void ScanTask::progress() {
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime time = now();
    if (time - std::max(told_, began_) < kProgressInterval || !has_room()) return;
    told_ = time;
  }
  say_progress();
}

void ScanTask::append_progress(std::string& out, std::uint64_t matches) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t passed = plan_ ? plan_->passed_over() : 0;
  const std::uint64_t known = total_ + (plan_ ? plan_->learned() : 0);
  const std::uint64_t total = known - std::min(known, passed);
  const std::uint64_t scanned = std::min(scanned_, total);
  const auto took = std::chrono::duration<double, std::milli>(now() - began_).count();
  const double left = scanned == 0 ? 0 : took / static_cast<double>(scanned) * static_cast<double>(total - scanned);
  fmt::format_to(std::back_inserter(out),
                 "event: progress\ndata: {{\"scanned\":{},\"total\":{},\"matches\":{},\"eta_ms\":{}}}\n\n", scanned,
                 total, matches, static_cast<std::uint64_t>(left));
}

}  // namespace tailwater
