// The time that a line states about itself: RFC 3339, ISO with a space, syslog, nginx and Apache, glog and klog,
// epoch numbers, JSON and logfmt keys. Pure; the year that a format leaves out comes from `arrived`.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tailwater {

/// nullopt where nothing in the first 256 bytes (or a known JSON or logfmt key in the first 2 KiB) is a time. A time
/// without a zone is taken as UTC unless `zone_offset` says how far local time is ahead of UTC.
[[nodiscard]] std::optional<WallTime> detect_time(std::string_view line, WallTime arrived,
                                                  std::chrono::seconds zone_offset = {});

}  // namespace tailwater
