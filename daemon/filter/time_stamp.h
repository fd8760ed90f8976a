// Stamp: a date and time of day as some log format writes it, read off the front of a text. Private to filter/. Pure.
// Which forms there are is in the tests; where in a line one is looked for is record_time.cpp's business.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tailwater {

struct Stamp {
  unsigned year = 0;  ///< 0: the format leaves it out
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;  ///< 60 in a leap second
  unsigned millisecond = 0;
  std::optional<std::chrono::seconds> zone;  ///< ahead of UTC; none: local time
};

/// RFC 3339 and its relatives with space, slashes, comma; Apache's 20/Nov/2026:09:00:00; syslog's, asctime's and
/// java.util.logging's month names, with or without a weekday before them. nullopt if no stamp starts at the front.
[[nodiscard]] std::optional<Stamp> read_stamp(std::string_view text);
/// glog and klog: a letter, MMDD, HH:MM:SS.uuuuuu.
[[nodiscard]] std::optional<Stamp> read_glog_stamp(std::string_view text);
/// Seconds (with or without a fraction), milli-, micro- or nanoseconds since 1970, told apart by their digits; from
/// 2001 on. What follows the number must not belong to it.
[[nodiscard]] std::optional<WallTime> read_epoch(std::string_view text);

/// A missing year becomes the latest that puts the time no more than a day after `arrived`; a missing zone becomes
/// `zone_offset`. nullopt for dates that do not exist.
[[nodiscard]] std::optional<WallTime> to_wall_time(const Stamp& stamp, WallTime arrived,
                                                   std::chrono::seconds zone_offset);

}  // namespace tailwater
