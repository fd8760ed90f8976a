#include "metrics/rates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metrics/series_text.h"

namespace tailwater {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

bool is_same(const Series& left, const Series& right) {
  return left.metric == right.metric && left.part == right.part && left.key == right.key;
}

}  // namespace

std::uint32_t Rates::number_of(const Series& series) {
  std::string members = series_members(series);
  const auto found = by_members_.find(members);
  if (found != by_members_.end()) return found->second;
  if (unused_.empty()) {
    if (series_.size() >= kMaxSeries) return kNone;
    unused_.push_back(static_cast<std::uint32_t>(series_.size()));
    series_.emplace_back();
    owners_.push_back(0);
    totals_.push_back(kNoValue);
    values_.push_back(kNoValue);
  }
  const std::uint32_t number = unused_.back();
  unused_.pop_back();
  series_[number] = std::make_shared<const HistorySeries>(HistorySeries{sample_name(series), std::move(members)});
  ++owners_[number];
  by_members_.emplace(series_[number]->members, number);
  return number;
}

/// Most of a list is as it was, but for some series that came or went: those alone are looked for by their text.
void Rates::learn(Source& source, const std::shared_ptr<const SeriesList>& list) {
  constexpr std::size_t kNear = 16;
  const Source before = std::exchange(source, {list, std::vector<std::uint32_t>(list->size(), kNone)});
  std::size_t next = 0;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Series& series = (*list)[i];
    if (!is_sampled(series)) continue;
    const std::size_t end = before.list ? std::min(before.list->size(), next + kNear) : 0;
    std::size_t place = next;
    while (place < end && !is_same((*before.list)[place], series)) ++place;
    if (place < end) next = place + 1;
    const bool known = place < end && before.numbers[place] != kNone;
    source.numbers[i] = known ? before.numbers[place] : number_of(series);
  }
}

/// A series that is not there has no total to grow from when it comes back.
void Rates::find_gone() {
  std::vector<bool> there(series_.size());
  left_out_ = 0;
  for (const Source& source : sources_) {
    for (std::size_t i = 0; i < source.numbers.size(); ++i) {
      if (source.numbers[i] != kNone) {
        there[source.numbers[i]] = true;
      } else if (is_sampled((*source.list)[i])) {
        ++left_out_;
      }
    }
  }
  for (std::uint32_t number = 0; number < series_.size(); ++number) {
    if (there[number]) {
      gone_.erase(number);
    } else if (series_[number] && gone_.try_emplace(number, time_).second) {
      totals_[number] = kNoValue;
    }
  }
}

void Rates::release_gone() {
  std::erase_if(gone_, [this](const auto& entry) {
    const auto [number, since] = entry;
    if (time_ - since < remembered_) return false;
    by_members_.erase(series_[number]->members);
    series_[number].reset();
    unused_.push_back(number);
    return true;
  });
}

void Rates::update(const Sample& sample) {
  const double seconds = std::chrono::duration<double>(sample.elapsed).count();
  time_ += sample.elapsed;
  if (!gone_.empty()) release_gone();
  std::fill(values_.begin(), values_.end(), kNoValue);
  sources_.resize(sample.sets.size());
  bool changed = false;
  for (std::size_t s = 0; s < sample.sets.size(); ++s) {
    if (sources_[s].list == sample.sets[s].series) continue;
    learn(sources_[s], sample.sets[s].series);
    changed = true;
  }
  if (changed) find_gone();
  for (std::size_t s = 0; s < sample.sets.size(); ++s) {
    const SampleSet& set = sample.sets[s];
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
