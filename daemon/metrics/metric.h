// What a metric is and what a series of it is: name, unit, type and labels, after OpenTelemetry's conventions. Plain
// data; shared and never changed once it is in a SampleTable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailwater {

enum class MetricType : std::uint8_t {
  kCounter,    ///< only grows, but for a reset to 0; a total since some beginning
  kGauge,      ///< as it is now
  kHistogram,  ///< how often values fell into which bucket
};

struct MetricInfo {
  std::string name;  ///< "system.cpu.time"
  std::string unit;  ///< UCUM: "s", "By", "1" for a ratio, "{packet}" for a count of something; empty: none
  MetricType type = MetricType::kGauge;
  std::string help;
  std::string prometheus = {};  ///< its spelling in /metrics where the rule of prometheus_name() does not fit
};

[[nodiscard]] inline std::shared_ptr<const MetricInfo> make_metric(MetricInfo metric) {
  return std::make_shared<const MetricInfo>(std::move(metric));
}

struct Label {
  std::string name;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
};
using Labels = std::vector<Label>;

/// A histogram is several series: its buckets, each with a label `le`, then sum and count.
enum class SeriesPart : std::uint8_t { kValue, kBucket, kSum, kCount };

struct Series {
  std::shared_ptr<const MetricInfo> metric;
  Labels labels;
  SeriesPart part = SeriesPart::kValue;
  std::string key;  ///< of the labels: label_key()
};

/// "device=sda,direction=read"; empty without labels. A comma, an equals sign or a backslash in a value stands behind
/// a backslash.
[[nodiscard]] std::string label_key(const Labels& labels);

/// How /metrics spells it: "system.disk.io" in bytes, a counter, is system_disk_io_bytes_total.
[[nodiscard]] std::string prometheus_name(const MetricInfo& metric);

}  // namespace tailwater
