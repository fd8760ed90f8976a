#include "history/histogram_task.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"

namespace tailwater {

HistogramTask::HistogramTask(const HistorySources& sources, const HistogramRequest& request, std::size_t lanes)
    : ScanTask(sources, request.scan, ScanOrder::kNewestFirst, lanes),
      now_(request.now),
      empty_(request.buckets),
      counts_(request.buckets) {
  if (request.scan.window.since) empty_.span(*request.scan.window.since, request.scan.window.until.value_or(now_));
  counts_ = empty_;
}

Result<WalkPlace> HistogramTask::first_place(const HistoryBounds& /*bounds*/, const JournalEnd& end) {
  return WalkPlace{true, end.point};
}

bool HistogramTask::take(Findings& findings, const Place& place, const Record& /*record*/, const RecordFacts& facts) {
  const WallTime time = facts.time().value_or(place.extent.arrived);
  const TimeWindow& window = request().window;
  if ((window.since && time < *window.since) || (window.until && time >= *window.until)) return true;
  static_cast<Counted&>(findings).counts.add(time, facts.level());
  return true;
}

bool HistogramTask::hand_in(Piece& piece, HistoryFiles& /*files*/, ReadBuffer& /*buffer*/) {
  std::string gaps;
  for (const GapFrame& gap : std::exchange(piece.work.gaps, {})) append_gap(gaps, gap);
  say(gaps);
  const std::lock_guard lock(mutex_);
  counts_.merge(static_cast<Counted&>(*piece.findings).counts);
  return true;
}

void HistogramTask::say_counts() {
  const TimeWindow& window = request().window;
  std::string out = "event: histogram\ndata: {\"from\":";
  std::uint64_t matches = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto bound = [&](const std::optional<WallTime>& asked, bool known, WallTime otherwise) {
      return asked || known ? fmt::format("\"{}\"", to_rfc3339(asked.value_or(otherwise))) : std::string("null");
    };
    const bool any = !counts_.empty();
    const WallTime last = any ? std::max(counts_.end(), counts_.begin()) : now_;
    out.append(bound(window.since, any, any ? counts_.begin() : now_));
    out.append(",\"to\":").append(bound(window.until, true, window.since ? now_ : last));
    fmt::format_to(std::back_inserter(out), ",\"bucket_ms\":{},\"buckets\":", counts_.width().count());
    counts_.append_json(out);
    matches = counts_.total();
  }
  out.append("}\n\n");
  append_progress(out, matches);
  say(out);
}

void HistogramTask::say_progress() {
  say_counts();
}

void HistogramTask::say_end() {
  say_counts();
  std::string out = "event: end\nid: " + to_text(EventId{end().position, /*ended=*/true});
  out.append("\ndata: {\"reason\":\"done\"}\n\n");
  say(out);
}

}  // namespace tailwater
