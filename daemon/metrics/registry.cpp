#include "metrics/registry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tailwater {

std::string bound_text(double bound) {
  if (std::isinf(bound)) return "+Inf";
  std::string text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

Registry::Registry() : series_(std::make_shared<const SeriesList>()) {}

void Registry::add(std::shared_ptr<const MetricInfo> metric, Labels labels, Read read) {
  insert({std::move(metric), std::move(labels), std::move(read), nullptr});
}

void Registry::add(std::shared_ptr<const MetricInfo> metric, Labels labels,
                   std::shared_ptr<const Histogram> histogram) {
  insert({std::move(metric), std::move(labels), nullptr, std::move(histogram)});
}

void Registry::add_or_replace(MetricInfo metric, Labels labels, Read read) {
  std::shared_ptr<const MetricInfo> shared;
  {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.metric->name != metric.name) continue;
      shared = entry.metric;
      if (entry.labels != labels) continue;
      entry.read = std::move(read);
      return;
    }
  }
  if (!shared) shared = make_metric(std::move(metric));
  add(std::move(shared), std::move(labels), std::move(read));
}

void Registry::insert(Entry entry) {
  const std::lock_guard lock(mutex_);
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [&](const Entry& other) { return other.metric == entry.metric; });
  entries_.insert(last == entries_.rend() ? entries_.end() : last.base(), std::move(entry));
  list_series();
}

void Registry::list_series() {
  auto list = std::make_shared<SeriesList>();
  for (const Entry& each : entries_) append_series(each, *list);
  series_ = std::move(list);
}

void Registry::remove(const Label& label) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&label](const Entry& entry) {
    return std::find(entry.labels.begin(), entry.labels.end(), label) != entry.labels.end();
  });
  list_series();
}

void Registry::append_series(const Entry& entry, SeriesList& list) {
  const auto append = [&](Labels labels, SeriesPart part) {
    std::string key = label_key(labels);
    list.push_back({entry.metric, std::move(labels), part, std::move(key)});
  };
  if (!entry.histogram) return append(entry.labels, SeriesPart::kValue);
  std::vector<double> bounds = entry.histogram->bounds();
  bounds.push_back(std::numeric_limits<double>::infinity());
  for (const double bound : bounds) {
    Labels labels = entry.labels;
    labels.push_back({"le", bound_text(bound)});
    append(std::move(labels), SeriesPart::kBucket);
  }
  append(entry.labels, SeriesPart::kSum);
  append(entry.labels, SeriesPart::kCount);
}

void Registry::append_values(const Entry& entry, std::vector<double>& values) {
  if (!entry.histogram) {
    values.push_back(entry.read());
    return;
  }
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket <= entry.histogram->bounds().size(); ++bucket) {
    count += entry.histogram->count(bucket);
    values.push_back(static_cast<double>(count));
  }
  values.push_back(entry.histogram->sum());
  values.push_back(static_cast<double>(count));
}

void Registry::read(SampleSet& set) const {
  const std::lock_guard lock(mutex_);
  set.series = series_;
  set.values.clear();
  for (const Entry& entry : entries_) append_values(entry, set.values);
}

}  // namespace tailwater
