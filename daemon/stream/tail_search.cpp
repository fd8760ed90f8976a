#include "stream/tail_search.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "filter/record_form.h"
#include "stream/record_scan.h"
#include "stream/record_start.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kEntryCost = 64;
constexpr std::uint64_t kProbeBytes = 8U << 10;  // a newline is nearly always that near
constexpr int kMaxRestarts = 3;
constexpr int kMaxHoles = 1000;

/// Reads bytes [from, to) into the buffer. kGone if the file is shorter.
Result<std::string_view> read_range(const GenerationBytes& file, std::uint64_t from, std::uint64_t to,
                                    ReadBuffer& buffer) {
  const std::size_t wanted = to - from;
  if (buffer.bytes.size() < wanted) buffer.bytes.resize(wanted);
  for (std::size_t have = 0; have < wanted;) {
    const auto got = file.read_at(from + have, std::span(buffer.bytes).subspan(have, wanted - have));
    if (!got) return fail(got.error());
    if (*got == 0) return fail(ErrorCode::kGone, "the file is shorter than its extent");
    have += *got;
  }
  return std::string_view(buffer.bytes.data(), wanted);
}

}  // namespace

struct TailSearch::Step {
  const StepBudget& budget;
  ReadBuffer& buffer;
  bool give_up;
  const std::atomic<bool>& cancelled;
  HistoryFiles files;
  std::uint64_t scanned = 0;

  [[nodiscard]] bool is_cancelled() const { return cancelled.load(std::memory_order_relaxed); }
};

TailSearch::TailSearch(const HistorySources& sources, std::shared_ptr<const Selection> selection, std::uint64_t count,
                       const JournalEnd& end)
    : sources_(sources), selection_(std::move(selection)), wanted_(count), end_(end), needed_(count) {}

/// Once more from the end; false: the journal cannot be read at the moment. Given up, nothing lies before it.
bool TailSearch::restart(bool give_up) {
  auto bounds = history_bounds(sources_.journal);
  if (!bounds && !give_up) return false;
  bounds_ = bounds ? std::move(*bounds) : HistoryBounds{{}, sources_.journal.first_point()};
  started_ = true;
  needed_ = wanted_;
  before_left_ = bounds_.before.size();
  reader_ = sources_.journal.read(end_.point);
  current_.reset();
  found_ = {{}, end_.point};
  return true;
}

StepStop TailSearch::step(const StepBudget& budget, ReadBuffer& buffer, bool give_up,
                          const std::atomic<bool>& cancelled) {
  Step step{budget, buffer, give_up, cancelled, HistoryFiles(sources_, *selection_)};
  pace_.begin_step(std::chrono::steady_clock::now());
  while (needed_ > 0) {
    if (!started_ && !restart(give_up)) return StepStop::kUnavailable;
    if (step.scanned >= budget.scan_bytes || pace_.step_is_over() || step.is_cancelled()) return StepStop::kBudget;
    const auto stop = current_ ? count_current(step) : retreat(step);
    if (stop) return *stop;
  }
  return StepStop::kDone;
}

/// Makes the extent before current; with an answer if there is none.
std::optional<StepStop> TailSearch::retreat(Step& step) {
  step.scanned += kEntryCost;
  if (reader_) return retreat_in_journal(step);
  if (before_left_ == 0) {
    found_ = {bounds_.before, bounds_.first};  // fewer than wanted: all there is
    return StepStop::kDone;
  }
  --before_left_;
  const Extent& extent = bounds_.before[before_left_];
  current_ = Walking{extent, before_left_, extent.end};
  return std::nullopt;
}

std::optional<StepStop> TailSearch::retreat_in_journal(Step& step) {
  const auto entry = reader_->previous();
  if (!entry && entry.error().code != ErrorCode::kGone && !step.give_up) return StepStop::kUnavailable;
  const bool hole = !entry && sources_.journal.first_point() == bounds_.first && holes_++ < kMaxHoles;
  if (hole) return std::nullopt;  // the reader stands before it; replay says what is missing
  if (!entry || !*entry) {
    // What fell off the journal meanwhile is now before it and would be counted twice: once more from the end.
    const bool moved = sources_.journal.first_point() != bounds_.first;
    if (moved && restarts_++ < kMaxRestarts) {
      started_ = false;
    } else {
      reader_.reset();
    }
    return std::nullopt;
  }
  const auto* extent = std::get_if<Extent>(&(*entry)->entry);
  if (extent == nullptr) return std::nullopt;
  const Extent cut = cut_at(*extent, (*entry)->number, end_.point);
  if (cut.begin < cut.end) current_ = Walking{cut, (*entry)->number, cut.end};
  return std::nullopt;
}

std::optional<StepStop> TailSearch::count_current(Step& step) {
  if (!step.files.find(current_->extent.file).selected) {
    current_.reset();
    return std::nullopt;
  }
  const auto bytes = step.files.open(current_->extent.file, current_->extent.generation);
  if (!bytes && bytes.error().code == ErrorCode::kUnavailable && !step.give_up) return StepStop::kUnavailable;
  if (!bytes) {
    current_.reset();  // nothing to count there; replay says what is missing if it comes past it
    return std::nullopt;
  }
  const HistoryFiles::File& file = step.files.find(current_->extent, **bytes);
  const auto from = segment_start(step, **bytes, file.rules);
  if (!from) {
    current_.reset();
    return std::nullopt;
  }
  const Segment segment{*from, current_->end};
  std::uint64_t last = segment.from;
  const auto all = count(step, **bytes, file, segment, std::numeric_limits<std::uint64_t>::max(), last);
  pace_.end_piece(std::chrono::steady_clock::now());
  if (step.is_cancelled()) return StepStop::kBudget;
  if (all && *all >= needed_) {
    // The first record to show is the one behind the (all - needed) that are too many.
    (void)count(step, **bytes, file, segment, *all - needed_ + 1, last);
    found_at(last);
    return std::nullopt;
  }
  needed_ -= all.value_or(0);
  current_->end = segment.from;
  if (!all || current_->end == current_->extent.begin) current_.reset();
  return std::nullopt;
}

void TailSearch::found_at(std::uint64_t offset) {
  needed_ = 0;
  if (reader_) {
    found_ = {{}, {current_->number, offset}};
    return;
  }
  const auto first = bounds_.before.begin() + static_cast<std::ptrdiff_t>(current_->number);
  found_ = {{first, bounds_.before.end()}, bounds_.first};
  found_.before.front().begin = offset;
}

/// The start of a line, about a piece before what has been counted; the extent's begin if there is none in between.
/// Cutting records from there on finds the same ones as from the extent's begin.
Result<std::uint64_t> TailSearch::segment_start(Step& step, const GenerationBytes& bytes,
                                                const RecordRules& rules) const {
  const std::uint64_t begin = current_->extent.begin;
  const std::uint64_t end = current_->end;
  if (end - begin <= pace_.piece_bytes()) return begin;
  const std::uint64_t middle = end - pace_.piece_bytes();
  if (!is_line_by_line(rules))
    return record_start_before(bytes, begin, middle, end, rules, step.buffer, step.cancelled);
  // The newline in the last byte ends the last line; the others begin lines.
  for (std::uint64_t at = middle; at < end - 1 && !step.is_cancelled(); at += kProbeBytes) {
    const auto probe = read_range(bytes, at, std::min(at + kProbeBytes, end - 1), step.buffer);
    if (!probe) return fail(probe.error());
    const std::size_t newline = probe->find('\n');
    if (newline != std::string_view::npos) return at + newline + 1;
  }
  for (std::uint64_t at = middle; at > begin && !step.is_cancelled();) {  // one long line
    const std::uint64_t from = at - std::min(at - begin, std::uint64_t{RecordPieces::kPieceBytes});
    const auto probe = read_range(bytes, from, at, step.buffer);
    if (!probe) return fail(probe.error());
    const std::size_t newline = probe->rfind('\n');
    if (newline != std::string_view::npos) return from + newline + 1;
    at = from;
  }
  return begin;
}

Result<std::uint64_t> TailSearch::count(Step& step, const GenerationBytes& bytes, const HistoryFiles::File& file,
                                        const Segment& segment, std::uint64_t most, std::uint64_t& last) const {
  std::uint64_t counted = 0;
  RecordPieces pieces(bytes, current_->extent, segment.from, segment.to, file.rules, step.buffer);
  while (!pieces.done() && counted < most && !step.is_cancelled()) {
    const auto piece = pieces.next();
    if (!piece) return fail(piece.error());
    if (!step.files.still_holds(current_->extent.file, current_->extent.generation, bytes)) {
      return fail(ErrorCode::kGone, "the file was truncated");
    }
    step.scanned += piece->records.bytes.size();
    scan_records(piece->records, file.origin(current_->extent.arrived), selection_->query(),
                 [&](const Record& record, const RecordFacts& facts) {
                   if (facts.is_sample() && selection_->query().wants_logs())
                     return true;  // they come along, they do not count
                   last = record.begin;
                   return ++counted < most;
                 });
    if (piece->missing) break;
  }
  return counted;
}

}  // namespace tailwater
