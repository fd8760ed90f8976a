#include "metrics/sample_record.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/time_text.h"
#include "metrics/series_text.h"

namespace tailwater {
namespace {

/// A metric's series, `begin` up to but without `end`, of the same part.
void append_metric(std::string& out, const SampleSet& set, std::size_t begin, std::size_t end, SeriesPart part) {
  bool open = false;
  for (std::size_t i = begin; i < end; ++i) {
    const Series& series = (*set.series)[i];
    if (series.part != part || !std::isfinite(set.values[i])) continue;
    if (!open) {
      if (out.back() != '{') out += ',';
      append_json_string(out, sample_name(series));
      out += ":{";
      open = true;
    } else {
      out += ',';
    }
    append_json_string(out, series.key);
    out += ':';
    append_number(out, set.values[i]);
  }
  if (open) out += '}';
}

}  // namespace

void append_sample_record(std::string& out, const Sample& sample) {
  const auto elapsed = std::chrono::round<Milliseconds>(sample.elapsed);
  fmt::format_to(std::back_inserter(out), R"({{"time":"{}","elapsed_ms":{},"samples":{{)", to_rfc3339(sample.time),
                 elapsed.count());
  for (const SampleSet& set : sample.sets) {
    for (std::size_t begin = 0; begin < set.values.size();) {
      const MetricInfo* metric = (*set.series)[begin].metric.get();
      std::size_t end = begin + 1;
      while (end < set.values.size() && (*set.series)[end].metric.get() == metric) ++end;
      for (const SeriesPart part : {SeriesPart::kValue, SeriesPart::kSum, SeriesPart::kCount}) {
        append_metric(out, set, begin, end, part);
      }
      begin = end;
    }
  }
  out += "}}\n";
}

}  // namespace tailwater
