#include "filter/level_scan.h"

#include <cstdint>

#include "base/bytes.h"
#include "filter/json_scan.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

constexpr std::string_view kLevelKeys[] = {"level",        "severity", "lvl",       "log.level", "severity_text",
                                           "severitytext", "loglevel", "log_level", "levelname", "@level"};

bool is_level_key(std::string_view key) {
  for (const std::string_view known : kLevelKeys) {
    if (equals_ignoring_case(key, known)) return true;
  }
  return false;
}

/// A name, or a number as pino and bunyan write them: 10 trace, 20 debug ... 60 fatal; what lies between rounds down.
std::optional<Level> level_of_value(std::string_view value) {
  if (value.size() == 2 && is_digit(value[0]) && is_digit(value[1])) {
    const int tens = value[0] - '0';
    if (tens < 1 || tens > 6) return std::nullopt;
    return static_cast<Level>(tens - 1);
  }
  return parse_level(value);
}

/// RFC 5424 table 2: 0 emergency, 1 alert, 2 critical, 3 error, 4 warning, 5 notice, 6 informational, 7 debug.
Level level_of_syslog_severity(unsigned severity) {
  if (severity <= 2) return Level::kCritical;
  if (severity == 3) return Level::kError;
  if (severity == 4) return Level::kWarn;
  return severity <= 6 ? Level::kInfo : Level::kDebug;
}

bool bounds_a_key(char c) {
  return is_blank(c) || std::string_view(",;{[(|\"").find(c) != kNone;
}

/// The key that ends just before `equals`, back to its boundary; empty if it could not be a level key.
std::string_view key_before(std::string_view line, std::size_t equals) {
  constexpr std::size_t kLongest = 13;  // severity_text
  if (equals == 0) return {};
  const char last = to_lower(line[equals - 1]);
  if (last != 'l' && last != 'y' && last != 't' && last != 'e') return {};
  std::size_t length = 1;
  while (length <= kLongest && length < equals && !bounds_a_key(line[equals - length - 1])) ++length;
  return line.substr(equals - length, length);
}

std::string_view logfmt_value(std::string_view rest) {
  if (rest.starts_with("\\\"")) rest.remove_prefix(2);  // logfmt inside a JSON string
  if (rest.starts_with('"') || rest.starts_with('\'')) rest.remove_prefix(1);
  return rest.substr(0, rest.find_first_of(" \t\"',;|)]}\\"));
}

/// Just past the closing quote of the quoted text at `quote`, or npos. nginx and Apache escape quotes inside.
std::size_t past_quoted(std::string_view line, std::size_t quote) {
  for (std::size_t at = quote + 1; at < line.size(); ++at) {
    if (line[at] == '\\')
      ++at;
    else if (line[at] == '"')
      return at + 1;
  }
  return kNone;
}

/// The HTTP status behind the `] "request" ` that follows an access-log time at `bracket`, or 0.
int status_after_time(std::string_view line, std::size_t bracket) {
  const std::size_t close = line.find(']', bracket);
  if (close == kNone || close - bracket > 32 || line.substr(close, 3) != "] \"") return 0;
  const std::size_t end = past_quoted(line, close + 2);
  if (end == kNone || end + 4 > line.size() || line[end] != ' ') return 0;
  if (end + 4 < line.size() && line[end + 4] != ' ') return 0;
  return parse_number<std::uint16_t>(line.substr(end + 1, 3)).value_or(0);
}

}  // namespace

std::optional<Level> json_level(std::string_view line) {
  const std::string_view object = json_part(line);
  if (object.empty()) return std::nullopt;
  std::optional<Level> nested;
  JsonScan scan(object);
  while (const auto field = scan.next()) {
    if (field->depth > 2 || (nested && field->depth == 2)) continue;
    std::optional<Level> level;
    if (is_level_key(field->key)) level = level_of_value(field->value);
    // The systemd journal's own field.
    if (field->key == "PRIORITY" && field->value.size() == 1 && field->value[0] >= '0' && field->value[0] <= '7') {
      level = level_of_syslog_severity(static_cast<unsigned>(field->value[0] - '0'));
    }
    if (level && field->depth == 1) return level;
    if (level) nested = level;
  }
  return nested;
}

std::optional<Level> logfmt_level(std::string_view line) {
  for (std::size_t at = line.find('='); at != kNone; at = line.find('=', at + 1)) {
    if (!is_level_key(key_before(line, at))) continue;
    if (const auto level = level_of_value(logfmt_value(line.substr(at + 1)))) return level;
  }
  return std::nullopt;
}

std::optional<Level> priority_level(std::string_view line) {
  if (line.front() != '<') return std::nullopt;
  const std::size_t close = line.substr(0, 5).find('>');
  if (close == kNone) return std::nullopt;
  const auto priority = parse_number<std::uint16_t>(line.substr(1, close - 1));
  if (!priority || *priority > 191) return std::nullopt;
  return level_of_syslog_severity(*priority % 8U);
}

std::optional<Level> glog_level(std::string_view line) {
  if (line.size() < 6 || line[5] != ' ') return std::nullopt;
  const auto month_and_day = parse_number<std::uint16_t>(line.substr(1, 4));
  if (!month_and_day || !is_digit(line[1])) return std::nullopt;
  const int month = *month_and_day / 100;
  const int day = *month_and_day % 100;
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  switch (line.front()) {
    case 'D': return Level::kDebug;
    case 'I': return Level::kInfo;
    case 'W': return Level::kWarn;
    case 'E': return Level::kError;
    case 'F': return Level::kCritical;
    default: return std::nullopt;
  }
}

std::optional<Level> access_log_level(std::string_view line) {
  for (std::size_t at = line.find('['); at != kNone; at = line.find('[', at + 1)) {
    // [20/Nov/2026:09:00:00 +0000]
    if (at + 22 > line.size()) return std::nullopt;
    if (line[at + 3] != '/' || line[at + 7] != '/' || line[at + 12] != ':') continue;
    const int status = status_after_time(line, at);
    if (status < 100 || status > 599) continue;
    if (status >= 500) return Level::kError;
    return status >= 400 ? Level::kWarn : Level::kInfo;
  }
  return std::nullopt;
}

}  // namespace tailwater
