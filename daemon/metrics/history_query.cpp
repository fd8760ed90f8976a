// The reading side of SampleHistory: which tier answers, and its blocks as one row of values for each series.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "filter/metric_rights.h"
#include "metrics/sample_history.h"
#include "metrics/series_text.h"

namespace tailwater {
namespace {

constexpr std::int64_t kUsualPoints = 600;

std::int64_t milliseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

bool wants(const HistoryQuery& query, std::string_view name, std::string_view members) {
  if (!may_see_members(query.readable, name, members)) return false;
  return query.names.empty() ||
         std::any_of(query.names.begin(), query.names.end(), [name](const Glob& glob) { return glob.matches(name); });
}

}  // namespace

struct SampleHistory::Answer {
  struct Cell {
    double sum = 0;
    std::uint32_t count = 0;
  };
  using Row = std::vector<Cell>;

  std::int64_t first_ms = 0;  // where the first step begins
  std::int64_t step_ms = 0;
  std::size_t points = 0;
  std::map<std::string, Row, std::less<>> rows;  // by members, so that equal questions get equal answers
  bool too_large = false;

  void add(std::string_view members, std::int64_t block_ms, std::int64_t block_step,
           const HistoryBlock::Column& column) {
    auto found = rows.find(members);
    if (found == rows.end()) {
      if ((rows.size() + 1) * points > kMaxValues) {
        too_large = true;
        return;
      }
      found = rows.emplace(std::string(members), Row(points)).first;
    }
    for (std::size_t i = 0; i < column.size(); ++i) {
      const std::int64_t at = block_ms + static_cast<std::int64_t>(i) * block_step - first_ms;
      if (std::isnan(column[i]) || at < 0 || at / step_ms >= static_cast<std::int64_t>(points)) continue;
      Cell& cell = found->second[static_cast<std::size_t>(at / step_ms)];
      cell.sum += static_cast<double>(column[i]);
      ++cell.count;
    }
  }

  [[nodiscard]] std::string to_json() const {
    const auto time = [](std::int64_t ms) { return to_rfc3339(WallTime(Milliseconds(ms))); };
    std::string out = fmt::format(R"({{"from":"{}","to":"{}","step_ms":{},"series":[)", time(first_ms),
                                  time(first_ms + step_ms * static_cast<std::int64_t>(points)), step_ms);
    for (const auto& [members, row] : rows) {
      if (out.back() != '[') out += ',';
      out.append("{").append(members).append(",\"values\":[");
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += ',';
        if (row[i].count == 0) {
          out += "null";
        } else {  // no more digits than are kept
          fmt::format_to(std::back_inserter(out), "{}", static_cast<float>(row[i].sum / row[i].count));
        }
      }
      out += "]}";
    }
    return out + "]}\n";
  }
};

/// The finest tier that reaches back to the beginning; a coarser one if its step is still fine enough.
const SampleHistory::Tier& SampleHistory::tier_for(const HistoryQuery& query) const {
  const Milliseconds range = query.to - query.from;
  const Milliseconds step = query.step.count() > 0 ? query.step : range / kUsualPoints;
  const Tier* chosen = nullptr;
  for (const Tier& tier : tiers_) {
    const bool reaches = tier.what.kept >= range;
    if (chosen == nullptr ? reaches : tier.what.step <= step) chosen = &tier;
  }
  return chosen == nullptr ? tiers_.back() : *chosen;
}

Result<std::string> SampleHistory::query(const HistoryQuery& query) const {
  const Tier& tier = tier_for(query);
  const std::int64_t tier_step = tier.what.step.count();
  const std::int64_t range = std::max<std::int64_t>(0, (query.to - query.from).count());
  const std::int64_t wanted = query.step.count() > 0 ? query.step.count() : range / kUsualPoints;
  Answer answer;
  answer.step_ms = std::max<std::int64_t>(1, (wanted + tier_step - 1) / tier_step) * tier_step;
  answer.first_ms = milliseconds_of(query.from) / answer.step_ms * answer.step_ms;
  answer.points = static_cast<std::size_t>((milliseconds_of(query.to) - answer.first_ms) / answer.step_ms + 1);
  if (answer.points > kMaxPoints) {
    return fail(ErrorCode::kInvalid, fmt::format("{} steps are more than the {} that one answer may have; choose a "
                                                 "larger step or a later since",
                                                 answer.points, kMaxPoints));
  }
  collect(tier, query, answer);
  if (answer.too_large) {
    return fail(ErrorCode::kInvalid,
                "the answer would be too large; choose fewer names, a larger step or a later since");
  }
  return answer.to_json();
}

void SampleHistory::collect(const Tier& tier, const HistoryQuery& query, Answer& answer) const {
  const std::int64_t step = tier.what.step.count();
  const std::int64_t end_ms = answer.first_ms + answer.step_ms * static_cast<std::int64_t>(answer.points);
  const auto overlaps = [&](std::int64_t first) {
    return (first + static_cast<std::int64_t>(HistoryBlock::kPoints)) * step > answer.first_ms && first * step < end_ms;
  };
  std::int64_t open_first = std::numeric_limits<std::int64_t>::min();
  {
    const std::lock_guard lock(mutex_);
    if (tier.has_open) {
      open_first = tier.open.first();
      tier.open.for_each([&](const HistorySeries& series, const HistoryBlock::Column& column) {
        if (overlaps(open_first) && wants(query, series.name, series.members)) {
          answer.add(series.members, open_first * step, step, column);
        }
      });
    }
  }
  for (const auto& [name, size] : store_.list(static_cast<std::uint32_t>(step))) {
    if (name.first == open_first || !overlaps(name.first) || answer.too_large) continue;
    const auto bytes = store_.get(name);
    if (!bytes) continue;
    HistoryBlockReader reader(*bytes);
    while (reader.next()) {
      if (wants(query, reader.name(), reader.members()))
        answer.add(reader.members(), reader.first() * step, step, reader.column());
    }
  }
}

}  // namespace tailwater
