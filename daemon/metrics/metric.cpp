#include "metrics/metric.h"

#include <utility>

namespace tailwater {
namespace {

std::string_view unit_suffix(const MetricInfo& metric) {
  if (metric.unit == "By") return "_bytes";
  if (metric.unit == "s") return "_seconds";
  if (metric.unit == "1" && metric.type == MetricType::kGauge) return "_ratio";
  return "";
}

}  // namespace

std::string label_key(const Labels& labels) {
  std::string key;
  for (const Label& label : labels) {
    if (!key.empty()) key += ',';
    key += label.name;
    key += '=';
    for (const char c : label.value) {
      if (c == ',' || c == '=' || c == '\\') key += '\\';
      key += c;
    }
  }
  return key;
}

std::string prometheus_name(const MetricInfo& metric) {
  if (!metric.prometheus.empty()) return metric.prometheus;
  std::string name = metric.name;
  for (char& c : name) {
    if (c == '.' || c == '-') c = '_';
  }
  const std::string_view unit = unit_suffix(metric);
  const std::string_view total = metric.type == MetricType::kCounter ? "_total" : "";
  const auto ends_with = [&name](std::string_view end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  if (!ends_with(unit)) name += unit;
  if (!ends_with(total)) name += total;
  return name;
}

}  // namespace tailwater
