#include "filter/metric_rights.h"

#include <algorithm>
#include <array>

namespace tailwater {
namespace {

constexpr std::string_view kRulePrefix = "~metric/";

/// The daemon's own, which no rule may be called like; among them are those that tell of a stream or of a rule.
bool is_own(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOwn{"system.", "process.", "unit.", "tailwater."};
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [name](std::string_view own) { return name.substr(0, own.size()) == own; });
}

/// Of a histogram samples hold the sum and the count.
std::string_view without_part(std::string_view name) {
  for (const std::string_view part : {".sum", ".count"}) {
    if (name.size() > part.size() && name.substr(name.size() - part.size()) == part) {
      return name.substr(0, name.size() - part.size());
    }
  }
  return name;
}

bool may_see_rule(const StreamSet& readable, std::string_view metric) {
  return readable.has(kAnyMetric) || readable.has(metric_as_stream(metric)) ||
         readable.has(metric_as_stream(without_part(metric)));
}

/// The value of `"name":"value"` in JSON whose other quotes are escaped. Names of streams and rules hold none.
std::string_view json_value(std::string_view json, std::string_view name) {
  std::string wanted(1, '"');
  wanted.append(name).append("\":\"");
  const std::size_t at = json.find(wanted);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + wanted.size());
  return json.substr(0, json.find('"'));
}

/// Takes one `"key":number` off the inside of a member. False at the end, or where it is damaged.
bool take_value(std::string_view& values, std::string_view& key, std::string_view& whole) {
  if (!values.empty() && values.front() == ',') values.remove_prefix(1);
  if (values.empty() || values.front() != '"') return false;
  std::size_t end = 1;
  while (end < values.size() && values[end] != '"') end += values[end] == '\\' ? 2 : 1;
  if (end >= values.size()) return false;
  key = values.substr(1, end - 1);
  whole = values.substr(0, values.find(',', end));
  const std::string_view number = whole.substr(end + 1);
  if (number.size() < 2 || number.front() != ':') return false;
  if (number.find_first_not_of("0123456789.eE+-", 1) != std::string_view::npos) return false;
  values.remove_prefix(whole.size());
  return true;
}

/// Of "stream=app,level=info". Values with a comma are not ours to look at: there it stands behind a backslash.
std::string_view label_value(std::string_view key, std::string_view name) {
  while (!key.empty()) {
    const std::size_t comma = key.find(',');
    const std::string_view label = key.substr(0, comma);
    key.remove_prefix(comma == std::string_view::npos ? key.size() : comma + 1);
    const std::size_t equals = label.find('=');
    if (equals != std::string_view::npos && label.substr(0, equals) == name) return label.substr(equals + 1);
  }
  return {};
}

}  // namespace

std::string metric_as_stream(std::string_view metric) {
  return std::string(kRulePrefix).append(metric);
}

bool may_see_metric(const StreamSet& readable, std::string_view name, std::string_view stream,
                    std::string_view metric) {
  if (readable.is_all()) return true;
  if (!is_own(name)) return may_see_rule(readable, name);
  return (stream.empty() || readable.has(stream)) && (metric.empty() || may_see_rule(readable, metric));
}

bool may_see_members(const StreamSet& readable, std::string_view name, std::string_view members) {
  if (readable.is_all()) return true;
  return may_see_metric(readable, name, json_value(members, kStreamLabel), json_value(members, kMetricLabel));
}

bool append_visible_member(const StreamSet& readable, std::string_view name, std::string_view member,
                           std::string& out) {
  const std::size_t open = member.find(":{", name.size());
  if (open == std::string_view::npos) return false;
  const std::size_t before = out.size();
  out.append(member.substr(0, open + 2));
  const std::size_t begin = out.size();
  std::string_view values = member.substr(open + 2, member.size() - open - 3);
  std::string_view key;
  std::string_view whole;
  while (take_value(values, key, whole)) {
    if (!may_see_metric(readable, name, label_value(key, kStreamLabel), label_value(key, kMetricLabel))) continue;
    if (out.size() > begin) out += ',';
    out += whole;
  }
  if (out.size() == begin) {
    out.resize(before);
    return false;
  }
  out += '}';
  return true;
}

}  // namespace tailwater
