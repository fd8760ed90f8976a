// TimeForm: how the lines of a stream state their time, where that is not seen by looking at them: a format, in the
// words of strptime(3), a zone for times that have none, or both. Immutable, any thread. Pure.
//   %Y %y %m %b %d %e %j  year, its last two digits, month as number or name, day of month or year
//   %H %I %p %M %S %f     hour of 24 or 12, AM or PM, minute, second, fraction of a second
//   %z %s %%              zone (Z, +01:00, +0100), seconds since 1970, a percent sign
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tailwater {

class TimeForm {
 public:
  /// Either may be empty. `zone` is UTC, or how far ahead of it: +02:00. kInvalid says what is wrong.
  [[nodiscard]] static Result<TimeForm> make(std::string_view format, std::string_view zone);

  /// The first place in the beginning of the line that is of the format, or what detect_time() finds if there is none.
  [[nodiscard]] std::optional<WallTime> find(std::string_view line, WallTime arrived) const;

 private:
  [[nodiscard]] std::optional<WallTime> read(std::string_view text, WallTime arrived) const;

  std::string format_;
  std::chrono::seconds zone_{0};
};

}  // namespace tailwater
