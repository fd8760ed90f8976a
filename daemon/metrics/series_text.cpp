#include "metrics/series_text.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {

void append_json_text_of(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : to_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string sample_name(const Series& series) {
  if (series.part == SeriesPart::kSum) return series.metric->name + ".sum";
  if (series.part == SeriesPart::kCount) return series.metric->name + ".count";
  return series.metric->name;
}

std::string series_members(const Series& series) {
  std::string out = "\"name\":";
  append_json_text_of(out, sample_name(series));
  out += ",\"labels\":{";
  for (const Label& label : series.labels) {
    if (out.back() != '{') out += ',';
    append_json_text_of(out, label.name);
    out += ':';
    append_json_text_of(out, label.value);
  }
  out += is_total(series) ? "},\"type\":\"counter\",\"unit\":" : "},\"type\":\"gauge\",\"unit\":";
  append_json_text_of(out, series.part == SeriesPart::kCount ? std::string() : series.metric->unit);
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
