#include "metrics/rates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metrics/series_text.h"

namespace tailwater {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void Rates::learn(Source& source, const std::shared_ptr<const SeriesList>& list) {
  source.list = list;
  source.numbers.assign(list->size(), kNone);
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Series& series = (*list)[i];
    if (!is_sampled(series)) continue;
    std::string members = series_members(series);
    const auto found = by_members_.find(members);
    if (found != by_members_.end()) {
      source.numbers[i] = found->second;
      continue;
    }
    if (series_.size() >= kMaxSeries) continue;
    const auto number = static_cast<std::uint32_t>(series_.size());
    source.numbers[i] = number;
    by_members_.emplace(members, number);
    series_.push_back({sample_name(series), std::move(members)});
    totals_.push_back(kNoValue);
    values_.push_back(kNoValue);
  }
}

void Rates::update(const Sample& sample) {
  const double seconds = std::chrono::duration<double>(sample.elapsed).count();
  std::fill(values_.begin(), values_.end(), kNoValue);
  sources_.resize(sample.sets.size());
  for (std::size_t s = 0; s < sample.sets.size(); ++s) {
    const SampleSet& set = sample.sets[s];
    if (sources_[s].list != set.series) learn(sources_[s], set.series);
    for (std::size_t i = 0; i < set.values.size(); ++i) {
      const std::uint32_t number = sources_[s].numbers[i];
      if (number == kNone) continue;
      const double value = set.values[i];
      if (!is_total((*set.series)[i])) {
        values_[number] = value;
        continue;
      }
      const double before = std::exchange(totals_[number], value);
      if (std::isnan(before) || std::isnan(value) || seconds <= 0) continue;
      if (value < before) ++resets_;
      values_[number] = std::max(0.0, value - before) / seconds;
    }
  }
}

}  // namespace tailwater
