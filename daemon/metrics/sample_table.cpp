#include "metrics/sample_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tailwater {

SampleTable::SampleTable() {
  published_.series = std::make_shared<const SeriesList>();
}

SampleTable::Id SampleTable::add(std::shared_ptr<const MetricInfo> metric, Labels labels, SeriesPart part) {
  changed_ = true;
  if (unused_.empty()) {
    unused_.push_back(static_cast<Id>(series_.size()));
    series_.emplace_back();
    values_.emplace_back();
    serials_.emplace_back();
  }
  const Id id = unused_.back();
  unused_.pop_back();
  std::string key = label_key(labels);
  series_[id] = {std::move(metric), std::move(labels), part, std::move(key)};
  serials_[id] = ++additions_;
  clear(id);
  return id;
}

void SampleTable::remove(Id id) {
  changed_ = true;
  series_[id] = {};
  unused_.push_back(id);
}

void SampleTable::clear(Id id) {
  values_[id] = std::numeric_limits<double>::quiet_NaN();
}

void SampleTable::rebuild_order() {
  std::unordered_map<const MetricInfo*, std::uint64_t> first;  // a metric stands where its first series does
  for (Id id = 0; id < series_.size(); ++id) {
    if (!series_[id].metric) continue;
    auto& serial = first.emplace(series_[id].metric.get(), serials_[id]).first->second;
    serial = std::min(serial, serials_[id]);
  }
  std::vector<std::tuple<std::uint64_t, std::uint64_t, Id>> places;
  places.reserve(series_.size());
  for (Id id = 0; id < series_.size(); ++id) {
    if (series_[id].metric) places.emplace_back(first.at(series_[id].metric.get()), serials_[id], id);
  }
  std::sort(places.begin(), places.end());
  order_.clear();
  for (const auto& place : places) order_.push_back(std::get<2>(place));
}

void SampleTable::publish() {
  std::shared_ptr<const SeriesList> list;  // freed outside the lock, if it is the last one's
  if (changed_) {
    rebuild_order();
    auto fresh = std::make_shared<SeriesList>();
    fresh->reserve(order_.size());
    for (const Id id : order_) fresh->push_back(series_[id]);
    list = std::move(fresh);
  }
  const std::lock_guard lock(mutex_);
  if (std::exchange(changed_, false)) {
    published_.series.swap(list);
    published_.values.resize(order_.size());
  }
  for (std::size_t i = 0; i < order_.size(); ++i) published_.values[i] = values_[order_[i]];
}

void SampleTable::read(SampleSet& set) const {
  const std::lock_guard lock(mutex_);
  set.series = published_.series;
  set.values = published_.values;
}

}  // namespace tailwater
