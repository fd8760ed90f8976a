// Level: how severe a record says it is, found in its text. Pure. The order of looking is that of Loki's
// field detection: JSON keys, logfmt keys, syslog priority, glog, access-log status, else the earliest bounded word.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tailwater {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kCritical };

[[nodiscard]] std::string_view to_text(Level level);
/// The six names and their usual aliases (`warning`, `err`, `fatal`, `emerg`, `notice`...), any case.
[[nodiscard]] std::optional<Level> parse_level(std::string_view name);
/// The level that a line states about itself. Looks at no more than the first 2 KiB of it. Names of fields are no
/// levels: neither `err=nil` nor `"error": null` says anything.
[[nodiscard]] std::optional<Level> detect_level(std::string_view line);

}  // namespace tailwater
