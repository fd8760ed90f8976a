// Level names, and the order in which a line is asked for its level: what states it in a field (JSON, logfmt, syslog
// priority, glog letter, HTTP status) comes before any word of its text.
#include "filter/level.h"

#include "filter/level_scan.h"
#include "filter/level_word.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxScan = 2048;

}  // namespace

std::string_view to_text(Level level) {
  switch (level) {
    case Level::kTrace: return "trace";
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
    case Level::kCritical: return "critical";
  }
  return "";
}

std::optional<Level> parse_level(std::string_view name) {
  // Apache and PostgreSQL number theirs: trace1 to trace8, DEBUG1 to DEBUG5.
  if (name.size() == 6 && name.back() >= '1' && name.back() <= '8') {
    const auto level = parse_level(name.substr(0, 5));
    return level == Level::kTrace || level == Level::kDebug ? level : std::nullopt;
  }
  if (const auto word = level_word(packed_word(name))) return word->level;
  if (equals_ignoring_case(name, "information") || equals_ignoring_case(name, "informational")) return Level::kInfo;
  if (equals_ignoring_case(name, "emergency")) return Level::kCritical;
  return std::nullopt;
}

std::optional<Level> detect_level(std::string_view line) {
  line = line.substr(0, kMaxScan);
  if (line.empty()) return std::nullopt;
  if (const auto level = json_level(line)) return level;
  if (const auto level = logfmt_level(line)) return level;
  if (const auto level = priority_level(line)) return level;
  if (const auto level = glog_level(line)) return level;
  if (const auto level = access_log_level(line)) return level;
  return word_level(line);
}

}  // namespace tailwater
