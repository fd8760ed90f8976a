// Where a line's own time is looked for: at its start, in the fields of JSON and logfmt, then anywhere near the start.
// The start comes first because messages speak of other times; fields come before the rest for the same reason.
#include "filter/record_time.h"

#include <algorithm>

#include "filter/ascii.h"
#include "filter/json_scan.h"
#include "filter/time_stamp.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxTextScan = 256;
constexpr std::size_t kMaxFieldScan = 2048;

constexpr std::string_view kTimeKeys[] = {"time", "ts",       "timestamp", "@timestamp",          "t",
                                          "@t",   "datetime", "asctime",   "__realtime_timestamp"};

bool is_time_key(std::string_view key) {
  return std::any_of(std::begin(kTimeKeys), std::end(kTimeKeys),
                     [&](std::string_view known) { return equals_ignoring_case(key, known); });
}

/// What the detectors share: when the line arrived and where its machine is.
struct TimeReference {
  WallTime arrived;
  std::chrono::seconds zone_offset;

  [[nodiscard]] std::optional<WallTime> resolve(const std::optional<Stamp>& stamp) const {
    return stamp ? to_wall_time(*stamp, arrived, zone_offset) : std::nullopt;
  }
  [[nodiscard]] std::optional<WallTime> stamp_or_epoch(std::string_view text) const {
    if (auto time = resolve(read_stamp(text))) return time;
    return read_epoch(text);
  }
};

/// Past what stands before a time at a line's start: a syslog priority and version, colours, brackets, blanks.
std::string_view past_prefix(std::string_view line) {
  if (line.starts_with('<')) {
    const std::size_t close = line.substr(0, 5).find('>');
    if (close != kNone) line.remove_prefix(close + 1);
    if (line.starts_with("1 ")) line.remove_prefix(2);
  }
  while (!line.empty()) {
    if (line.starts_with("\x1b[")) {
      const std::size_t end = line.find('m');
      if (end == kNone) return line;
      line.remove_prefix(end + 1);
    } else if (is_blank(line.front()) || line.front() == '[' || line.front() == '(' || line.front() == '"') {
      line.remove_prefix(1);
    } else {
      return line;
    }
  }
  return line;
}

std::optional<WallTime> time_at_start(std::string_view line, const TimeReference& reference) {
  line = past_prefix(line);
  if (auto time = reference.resolve(read_glog_stamp(line))) return time;
  return reference.stamp_or_epoch(line);
}

std::optional<WallTime> time_in_json(std::string_view line, const TimeReference& reference) {
  const std::string_view object = json_part(line);
  if (object.empty()) return std::nullopt;
  JsonScan scan(object);
  while (const auto field = scan.next()) {
    if (field->depth != 1 || !is_time_key(field->key)) continue;
    if (const auto time = reference.stamp_or_epoch(field->value)) return time;
  }
  return std::nullopt;
}

std::optional<WallTime> time_in_logfmt(std::string_view line, const TimeReference& reference) {
  for (std::size_t at = line.find('='); at != kNone; at = line.find('=', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && (is_alpha(line[begin - 1]) || line[begin - 1] == '@' || line[begin - 1] == '_')) --begin;
    if (begin > 0 && !is_blank(line[begin - 1]) && line[begin - 1] != ',' && line[begin - 1] != '"') continue;
    if (!is_time_key(line.substr(begin, at - begin))) continue;
    std::string_view value = line.substr(at + 1);
    if (value.starts_with("\\\"")) value.remove_prefix(2);
    if (value.starts_with('"')) value.remove_prefix(1);
    if (const auto time = reference.stamp_or_epoch(value)) return time;
  }
  return std::nullopt;
}

/// The first stamp that begins at the boundary of a word.
std::optional<WallTime> time_anywhere(std::string_view text, const TimeReference& reference) {
  char before = ' ';
  for (std::size_t i = 0; i < text.size(); before = text[i++]) {
    const bool may_begin = is_digit(text[i]) || (text[i] >= 'A' && text[i] <= 'W');
    if (!may_begin || is_digit(before) || is_alpha(before)) continue;
    if (before == '.' || before == '-' || before == '/' || before == '_') continue;
    if (const auto time = reference.resolve(read_stamp(text.substr(i)))) return time;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WallTime> detect_time(std::string_view line, WallTime arrived, std::chrono::seconds zone_offset) {
  const TimeReference reference{arrived, zone_offset};
  const std::string_view start = line.substr(0, kMaxTextScan);
  if (auto time = time_at_start(start, reference)) return time;
  const std::string_view fields = line.substr(0, kMaxFieldScan);
  if (auto time = time_in_json(fields, reference)) return time;
  if (auto time = time_in_logfmt(fields, reference)) return time;
  return time_anywhere(start, reference);
}

}  // namespace tailwater
