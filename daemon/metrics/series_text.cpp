#include "metrics/series_text.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"

namespace tailwater {

std::string sample_name(const Series& series) {
  if (series.part == SeriesPart::kSum) return series.metric->name + ".sum";
  if (series.part == SeriesPart::kCount) return series.metric->name + ".count";
  return series.metric->name;
}

std::string series_members(const Series& series) {
  std::string out = "\"name\":";
  append_json_string(out, sample_name(series));
  out += ",\"labels\":{";
  for (const Label& label : series.labels) {
    if (out.back() != '{') out += ',';
    append_json_string(out, label.name);
    out += ':';
    append_json_string(out, label.value);
  }
  out += is_total(series) ? "},\"type\":\"counter\",\"unit\":" : "},\"type\":\"gauge\",\"unit\":";
  append_json_string(out, series.part == SeriesPart::kCount ? std::string() : series.metric->unit);
  return out;
}

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

}  // namespace tailwater
