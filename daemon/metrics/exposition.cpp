#include "metrics/exposition.h"

#include <cmath>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"
#include "filter/metric_rights.h"

namespace tailwater {
namespace {

constexpr std::string_view kTotal = "_total";

std::string_view type_text(MetricType type) {
  switch (type) {
    case MetricType::kCounter: return "counter";
    case MetricType::kGauge: return "gauge";
    case MetricType::kHistogram: return "histogram";
  }
  return "";
}

std::string_view part_suffix(SeriesPart part) {
  switch (part) {
    case SeriesPart::kValue: return "";
    case SeriesPart::kBucket: return "_bucket";
    case SeriesPart::kSum: return "_sum";
    case SeriesPart::kCount: return "_count";
  }
  return "";
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

class Writer {
 public:
  Writer(ExpositionFormat format, const StreamSet& readable) : format_(format), readable_(readable) {}

  void append(const SampleSet& set) {
    const MetricInfo* metric = nullptr;
    for (std::size_t i = 0; i < set.values.size(); ++i) {
      if (std::isnan(set.values[i])) continue;
      const Series& series = (*set.series)[i];
      if (!readable_.is_all() && !may_see(series)) continue;
      if (series.metric.get() != metric) {
        metric = series.metric.get();
        begin_family(*metric);
      }
      append_sample(series, set.values[i]);
    }
  }
  [[nodiscard]] std::string finish() && {
    if (format_ == ExpositionFormat::kOpenMetrics) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void begin_family(const MetricInfo& metric) {
    name_ = prometheus_name(metric);
    std::string_view family = name_;
    const bool open = format_ == ExpositionFormat::kOpenMetrics;
    if (open && metric.type == MetricType::kCounter && ends_with(family, kTotal)) family.remove_suffix(kTotal.size());
    fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n", family, type_text(metric.type));
    if (open) append_unit(family);
    fmt::format_to(std::back_inserter(out_), "# HELP {} ", family);
    append_escaped(out_, metric.help, /*quotes=*/open);
    out_ += '\n';
  }

  /// Only what the name says as well may be said (OpenMetrics, "UNIT").
  void append_unit(std::string_view family) {
    for (const std::string_view unit : {"seconds", "bytes", "ratio"}) {
      if (!ends_with(family, unit)) continue;
      fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", family, unit);
    }
  }

  [[nodiscard]] bool may_see(const Series& series) const {
    const auto value_of = [&series](std::string_view name) {
      for (const Label& label : series.labels) {
        if (label.name == name) return std::string_view(label.value);
      }
      return std::string_view();
    };
    return may_see_metric(readable_, series.metric->name, value_of(kStreamLabel), value_of(kMetricLabel));
  }

  void append_sample(const Series& series, double value) {
    out_.append(name_).append(part_suffix(series.part));
    if (!series.labels.empty()) {
      char before = '{';
      for (const Label& label : series.labels) {
        out_.append(1, before).append(label.name).append("=\"");
        append_escaped(out_,
                       valid_utf8_prefix(label.value) == label.value.size() ? label.value : to_valid_utf8(label.value),
                       /*quotes=*/true);
        out_ += '"';
        before = ',';
      }
      out_ += '}';
    }
    if (std::isinf(value)) {
      out_ += value > 0 ? " +Inf\n" : " -Inf\n";
    } else {
      fmt::format_to(std::back_inserter(out_), " {}\n", value);
    }
  }

  ExpositionFormat format_;
  const StreamSet& readable_;
  std::string name_;
  std::string out_;
};

}  // namespace

std::string exposition(std::span<const SampleSet> sets, ExpositionFormat format, const StreamSet& readable) {
  Writer writer(format, readable);
  for (const SampleSet& set : sets) writer.append(set);
  return std::move(writer).finish();
}

}  // namespace tailwater
