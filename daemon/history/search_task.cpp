#include "history/search_task.h"

#include <algorithm>
#include <utility>

#include "history/context_records.h"
#include "history/page_records.h"

namespace tailwater {
namespace {

constexpr std::size_t kSayBytes = 32U << 10;

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& objects) {
  out.append(name);
  for (const std::string& object : objects) {
    if (out.back() != '[') out.push_back(',');
    out.append(object);
  }
  out.push_back(']');
}

}  // namespace

Result<WalkPlace> SearchTask::first_place(const HistoryBounds& bounds, const JournalEnd& end) {
  if (request().from) return place_past(sources().journal, sources().catalog, bounds, *request().from);
  if (order() == ScanOrder::kNewestFirst) return WalkPlace{true, end.point};
  // What arrived before `since` was not written later.
  if (request().window.since) {
    const JournalPoint point = sources().journal.since(*request().window.since);
    if (point > bounds.first) return WalkPlace{true, point};
  }
  return start_place(bounds);
}

bool SearchTask::take(Findings& findings, const Place& place, const Record& record, const RecordFacts& /*facts*/) {
  auto& found = static_cast<Found&>(findings);
  const auto& from = request().from;
  const bool without = from && from->offset == record.end && from->generation == place.extent.generation &&
                       from->file == place.file.info->key;
  if (without) return true;
  found.of_slice.push_back({place.slice, record.begin, record.end});
  if (order() == ScanOrder::kOldestFirst) return found.hits.size() + found.of_slice.size() < limit_;
  if (found.of_slice.size() > limit_) found.of_slice.pop_front();  // as many newer ones come before it
  return true;
}

void SearchTask::end_slice(Findings& findings) {
  auto& found = static_cast<Found&>(findings);
  if (order() == ScanOrder::kNewestFirst) {
    found.hits.insert(found.hits.end(), found.of_slice.rbegin(), found.of_slice.rend());
  } else {
    found.hits.insert(found.hits.end(), found.of_slice.begin(), found.of_slice.end());
  }
  found.of_slice.clear();
  if (found.hits.size() > limit_) found.hits.resize(limit_);
}

bool SearchTask::hand_in(Piece& piece, HistoryFiles& files, ReadBuffer& buffer) {
  auto& found = static_cast<Found&>(*piece.findings);
  std::string out;
  for (const GapFrame& gap : std::exchange(piece.work.gaps, {})) append_gap(out, gap);
  bool room = true;
  while (found.said < found.hits.size() && wants_more() && room && !is_cancelled()) {
    const Hit& hit = found.hits[found.said++];
    const auto event = match(piece.work.slices[hit.slice], hit, files, buffer);
    if (!event) continue;
    out.append(*event);
    matches_.fetch_add(1, std::memory_order_relaxed);
    if (out.size() < kSayBytes) continue;
    say(std::exchange(out, {}));
    room = has_room();
  }
  say(out);
  return found.said >= found.hits.size() || !wants_more();
}

/// The event of one match; nullopt if its bytes are gone since they were looked at.
std::optional<std::string> SearchTask::match(const ScanSlice& slice, const Hit& hit, HistoryFiles& files,
                                             ReadBuffer& buffer) {
  const Extent& extent = slice.extent;
  if (!files.find(extent.file).selected) return std::nullopt;
  const auto bytes = files.open(extent.file, extent.generation);
  if (!bytes) return std::nullopt;
  const HistoryFiles::File& file = files.find(extent, **bytes);
  if (context_ > 0 && file.rules.masks) {
    // The records around it may lie behind the extent.
    Extent whole = extent;
    whole.end = kUnknownEnd;
    (void)files.find(whole, **bytes);
  }
  RecordPieces pieces(**bytes, extent, hit.begin, hit.end, file.rules, buffer);
  const auto piece = pieces.next();
  if (!piece || piece->missing || !files.still_holds(extent.file, extent.generation, **bytes)) return std::nullopt;
  const RecordBytes& records = piece->records;
  RecordSplitter splitter(records.bytes, records.begin, {records.continues, records.before}, records.partial,
                          file.rules);
  const auto record = splitter.next();
  if (!record) return std::nullopt;
  const RecordFacts facts(*record, file.origin(extent.arrived));
  files.begin_extent(framer_, file, extent);
  last_ = Position{file.info->key, extent.generation, record->end};
  std::string event = "event: match\nid: ";
  append_text(*last_, event);
  event.append("\ndata: ").append(record_json(framer_, *record, facts));
  if (context_ > 0) append_context(event, slice, hit, file, **bytes, buffer);
  event.append("\n\n");
  return event;
}

void SearchTask::append_context(std::string& out, const ScanSlice& slice, const Hit& hit,
                                const HistoryFiles::File& file, const GenerationBytes& bytes, ReadBuffer& buffer) {
  const ContextRecords around = context_of({slice.extent, hit.begin, hit.end}, context_, request().selection->style(),
                                           sources(), file, bytes, buffer, cancelled());
  out.pop_back();  // the object's closing brace
  append_list(out, ",\"before\":[", around.before);
  append_list(out, ",\"after\":[", around.after);
  out.push_back('}');
}

void SearchTask::say_progress() {
  std::string out;
  append_progress(out, matches_.load(std::memory_order_relaxed));
  say(out);
}

void SearchTask::say_end() {
  std::string out;
  append_progress(out, matches_.load(std::memory_order_relaxed));
  const bool limit = !wants_more();
  out.append("event: end\nid: ").append(to_text(EventId{last_.value_or(end().position), /*ended=*/true}));
  out.append("\ndata: {\"reason\":\"").append(limit ? "limit" : "done").append("\",\"next\":");
  if (limit && last_) {
    out.push_back('"');
    append_text(*last_, out);
    out.push_back('"');
  } else {
    out.append("null");
  }
  out.append("}\n\n");
  say(out);
}

}  // namespace tailwater
