// Wall times as text: RFC 3339 in UTC with milliseconds, the only form that we send and log, and the
// durations (`10m`, `1h30m`, `500ms`) that options and `since=` take. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tailwater {

/// Writes "2026-01-02T03:04:05.678Z", always 24 bytes, to `out`; years are clamped to 0000..9999.
void write_rfc3339(WallTime time, char* out);
[[nodiscard]] std::string to_rfc3339(WallTime time);
/// RFC 3339 with any fraction and any offset, `T`, `t` or a space between date and time.
[[nodiscard]] Result<WallTime> parse_rfc3339(std::string_view text);
/// One or more of number + ms|s|m|h|d|w, largest first or not; a bare number is seconds. Never negative.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back as the same: "15s", "1h30m", "250ms", "0s".
[[nodiscard]] std::string to_duration_text(Milliseconds duration);
/// Days since 1970-01-01 of a civil date (proleptic Gregorian).
[[nodiscard]] long long days_from_civil(long long year, unsigned month, unsigned day);

}  // namespace tailwater
