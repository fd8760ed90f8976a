#include "history/page_task.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "stream/line_start.h"
#include "stream/record_start.h"
#include "stream/time_cut.h"

namespace tailwater {
namespace {

constexpr std::size_t kEntriesAtOnce = 200'000;

void append_id_or_null(std::string& out, std::string_view name, const std::optional<Position>& id) {
  out.append(name);
  if (id) {
    out.push_back('"');
    append_text(*id, out);
    out.push_back('"');
  } else {
    out.append("null");
  }
}

}  // namespace

BodyTask::Turn PageTask::work(ReadBuffer& buffer) {
  const SteadyTime began = std::chrono::steady_clock::now();
  pace_.begin_step(began);
  PageStep step{sources_, *request_.selection, buffer, cancelled(), HistoryFiles(sources_, *request_.selection), pace_};
  step.give_up = patience_.is_over();
  const std::uint64_t scanned = page_.scanned;
  Result<bool> done = false;
  switch (stage_) {
    case Stage::kBegin: done = begin(); break;
    case Stage::kFind: done = find(step); break;
    case Stage::kGather: done = gather(step); break;
    case Stage::kPlace: done = measure(step); break;
  }
  if (page_.scanned > scanned) patience_.worked();
  if (!done && done.error().code == ErrorCode::kUnavailable && !patience_.is_over()) {
    return patience_.failed(began, std::chrono::steady_clock::now()) ? Turn::kLater : Turn::kAgain;
  }
  if (!done) {
    finish(std::move(done.error()));
    return Turn::kEnd;
  }
  if (!*done) return Turn::kAgain;
  if (stage_ == Stage::kPlace) {
    say(to_json());
    finish();
    return Turn::kEnd;
  }
  stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
  return work(buffer);  // as deep as there are stages
}

Result<bool> PageTask::begin() {
  end_ = sources_.journal.end();
  auto bounds = whole_history(sources_.journal, sources_.catalog);
  if (!bounds) return fail(ErrorCode::kUnavailable, std::move(bounds.error().message));
  bounds_ = std::move(*bounds);
  return true;
}

/// Where the page is; gather() finds it prepared.
Result<bool> PageTask::find(PageStep& step) {
  const WalkPlace end{true, end_.point};
  switch (request_.place) {
    case PageRequest::Place::kNewest:
      wanted_before_ = request_.limit;
      start_at(end);
      return true;
    case PageRequest::Place::kAt: return find_fraction(step);
    case PageRequest::Place::kTime: return find_time(step);
    case PageRequest::Place::kBefore:
    case PageRequest::Place::kAfter:
    case PageRequest::Place::kAround: break;
  }
  const auto place = place_past(sources_.journal, sources_.catalog, bounds_, request_.id);
  if (!place) return fail(place.error());
  if (request_.place == PageRequest::Place::kAround) {
    fill_ = true;
    wanted_before_ = request_.limit / 2 + 1;
  }
  if (request_.place == PageRequest::Place::kBefore) wanted_before_ = request_.limit;
  start_at(*place);
  if (request_.place == PageRequest::Place::kBefore) after_.reset();
  return true;
}

void PageTask::start_at(WalkPlace place) {
  const bool without = request_.place == PageRequest::Place::kBefore;
  from_start_ = place == start_place(bounds_);
  before_ = std::make_unique<RecordsBefore>(
      sources_, bounds_, end_, place, without ? std::optional(request_.id) : std::nullopt, request_.selection->style());
  after_ = std::make_unique<RecordsAfter>(sources_, bounds_, end_, place, request_.selection->style());
}

Result<bool> PageTask::find_fraction(PageStep& step) {
  auto held = hold_map(step);
  if (!held) return fail(std::move(held.error()));
  if (!held->up_to_date) return false;
  const ByteMap& map = *held->entry->map;
  const auto bytes = static_cast<std::uint64_t>(request_.fraction * static_cast<double>(map.total()));
  auto found = map.place_of(sources_, bytes);
  if (!found) return fail(std::move(found.error()));
  const auto moved = learn_guessed(step, *found);
  if (!moved) return fail(moved.error());
  if (*moved) return false;
  fill_ = true;
  if (found->extent && found->place.point.offset > found->extent->extent.begin) {
    const Extent& extent = found->extent->extent;
    const auto file = step.files.open(extent.file, extent.generation);
    if (!file && step.may_wait(file.error())) return fail(file.error());
    if (file) {
      const RecordRules& rules = step.files.find(extent, **file).rules;
      const auto line =
          line_start_after(**file, found->place.point.offset, extent.end, rules.encoding, step.buffer, step.cancelled);
      const auto start = line ? exact_record_start(**file, extent, *line, rules, step.buffer, step.cancelled) : line;
      if (!start && step.may_wait(start.error())) return fail(start.error());
      found->place.point.offset = start.value_or(extent.end);  // where it cannot be read, what is behind it
    }
  }
  start_at(found->place);
  return true;
}

/// Where the place lies in an extent whose end was guessed, it is read through. True: now the end is known, and the
/// place is another.
Result<bool> PageTask::learn_guessed(PageStep& step, ByteMap::Found& found) {
  if (!found.extent || found.extent->in_journal) return false;
  Extent extent = bounds_.before[found.extent->number];
  if (extent.end != kUnknownEnd) return false;
  const auto bytes = step.files.open(extent.file, extent.generation);
  const auto learned = bytes ? learn_end(sources_.catalog, **bytes, extent) : fail(bytes.error());
  if (learned) return true;
  if (step.may_wait(learned.error())) return fail(learned.error());
  found.place.point.offset = extent.begin;  // reading it says what is wrong
  return false;
}

/// The first record, in the order of history, that states the time or a later one, or arrived then.
Result<bool> PageTask::find_time(PageStep& step) {
  fill_ = true;
  if (!time_walk_) {
    const JournalPoint point = sources_.journal.since(request_.time);
    const bool older = point <= bounds_.first;
    time_walk_ = std::make_unique<ExtentWalk>(sources_.journal, bounds_, end_,
                                              older ? start_place(bounds_) : WalkPlace{true, point});
  }
  Result<bool> done = false;
  while (!*done && !step.over()) {
    if (!timed_) {
      step.scanned += 64;
      auto walked = time_walk_->next();
      if (!walked) {
        done = fail(ErrorCode::kUnavailable, std::move(walked.error().message));
        break;
      }
      if (!*walked) {
        start_at({true, end_.point});
        return true;
      }
      if (const auto* found = std::get_if<WalkedExtent>(&**walked)) timed_ = *found;
      continue;
    }
    const auto place = place_of_time(step, *timed_);
    if (!place && step.may_wait(place.error())) {
      done = fail(place.error());
      break;
    }
    timed_.reset();  // where it cannot be read, what is behind it
    if (!place || !*place) continue;
    start_at(**place);
    done = true;
  }
  time_walk_->rest();
  return done;
}

/// In this extent; nullopt if what it holds is older.
Result<std::optional<WalkPlace>> PageTask::place_of_time(PageStep& step, const WalkedExtent& found) const {
  Extent extent = found.extent;
  if (!step.files.find(extent.file).selected || extent.arrived < request_.time) return std::optional<WalkPlace>();
  const auto bytes = step.files.open(extent.file, extent.generation);
  if (!bytes) return fail(bytes.error());
  if (auto learned = learn_end(sources_.catalog, **bytes, extent); !learned) return fail(std::move(learned.error()));
  const HistoryFiles::File& file = step.files.find(extent, **bytes);
  const auto part =
      part_inside({request_.time, {}}, **bytes, extent, file.origin(extent.arrived), step.buffer, step.cancelled);
  if (!part) return fail(part.error());
  if (part->from >= part->to) return std::optional<WalkPlace>();
  return std::optional(found.place(part->from));
}

Result<bool> PageTask::gather(PageStep& step) {
  const auto over_budget = [&] { return page_.scanned >= kMaxScan; };
  const std::size_t limit = request_.limit;
  const bool forwards = after_ && request_.place != PageRequest::Place::kNewest;
  // First what lies before, so that the rest of the page is what lies behind.
  if (before_ && page_.records.size() < wanted_before_ && !before_->at_start() && !page_.full(limit)) {
    const StepStop stop = before_->step(step, wanted_before_, page_);
    if (stop == StepStop::kUnavailable) return fail(ErrorCode::kUnavailable, "history cannot be read at the moment");
    if (stop == StepStop::kBudget) {
      cut_short_ = over_budget();
      return cut_short_;
    }
  }
  if (forwards && !after_->at_end() && !page_.full(limit)) {
    const StepStop stop = after_->step(step, limit, page_);
    if (stop == StepStop::kUnavailable) return fail(ErrorCode::kUnavailable, "history cannot be read at the moment");
    if (stop == StepStop::kBudget) {
      cut_short_ = over_budget();
      return cut_short_;
    }
  }
  if (fill_ && before_ && after_->at_end() && !before_->at_start() && !page_.full(limit)) {
    wanted_before_ = limit;
    return false;
  }
  return true;
}

Result<PageTask::HeldMap> PageTask::hold_map(PageStep& step) {
  HeldMap held;
  held.entry = maps_.get(request_.selection->key());
  held.lock = std::unique_lock(held.entry->mutex);
  std::shared_ptr<ByteMap>& map = held.entry->map;
  put_learned_ends(sources_.catalog, bounds_);
  if (!map || !map->take_over(bounds_)) map = std::make_shared<ByteMap>(bounds_);
  const auto done = map->extend(sources_, step.files, end_, kEntriesAtOnce);
  if (!done) return fail(ErrorCode::kUnavailable, done.error().message);
  held.up_to_date = *done;
  return held;
}

Result<bool> PageTask::measure(PageStep& step) {
  if (page_.records.empty()) return true;
  auto held = hold_map(step);
  if (!held) return step.give_up ? Result<bool>(true) : fail(std::move(held.error()));
  if (!held->up_to_date) return false;
  const ByteMap& map = *held->entry->map;
  const auto before = map.bytes_before(sources_, page_.records.front().begin);
  if (before && map.total() > 0) position_ = static_cast<double>(*before) / static_cast<double>(map.total());
  return true;
}

/// What `before` says: nullopt at the very start.
std::optional<Position> PageTask::older() const {
  if (from_start_ || before_->at_start()) return std::nullopt;
  const bool searched_in_vain = page_.records.size() < wanted_before_ && before_->looked_at();
  if (cut_short_ && searched_in_vain) return before_->looked_at();
  if (!page_.records.empty()) return page_.records.front().id;
  return after_ && after_->looked_at() ? after_->looked_at() : std::optional(request_.id);
}

/// What `after` says: nullopt at the live end.
std::optional<Position> PageTask::newer() const {
  if (request_.place == PageRequest::Place::kNewest || (after_ && after_->at_end())) return std::nullopt;
  if (after_ && after_->looked_at()) return after_->looked_at();
  if (!page_.records.empty()) return page_.records.back().id;
  return request_.id;
}

std::string PageTask::to_json() const {
  std::string out = "{\"records\":[";
  out.reserve(page_.bytes + 512);
  for (const PageRecord& record : page_.records) {
    if (out.back() != '[') out.push_back(',');
    out.append(record.json);
  }
  const bool full = page_.bytes >= PageRecords::kMaxBytes && page_.records.size() < request_.limit;
  const auto oldest = older();
  const auto newest = newer();
  append_id_or_null(out, "],\"before\":", oldest);
  append_id_or_null(out, ",\"after\":", newest);
  fmt::format_to(std::back_inserter(out), ",\"at_start\":{},\"at_end\":{},\"position\":", !oldest, !newest);
  if (position_) {
    fmt::format_to(std::back_inserter(out), "{:.6f}", *position_);
  } else {
    out.append("null");
  }
  out.append(",\"gaps\":[");
  for (const GapFrame& gap : page_.gaps) {
    if (out.back() != '[') out.push_back(',');
    append_gap_json(out, gap);
  }
  fmt::format_to(std::back_inserter(out), "],\"scanned_bytes\":{},\"complete\":{}}}\n", page_.scanned,
                 !cut_short_ && !full);
  return out;
}

}  // namespace tailwater
