#include "filter/time_stamp.h"

#include <array>
#include <cstdint>

#include "filter/ascii.h"

namespace tailwater {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Each take_* moves past what it reads and leaves `text` unspecified when it returns false.

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_digits(std::string_view& text, std::size_t width, unsigned& value) {
  if (text.size() < width) return false;
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

/// "7", " 7", "07" or "17".
bool take_one_or_two_digits(std::string_view& text, unsigned& value) {
  const std::size_t width = text.size() > 1 && is_digit(text[1]) ? 2 : 1;
  return take_digits(text, width, value);
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

/// The 1-based index of the English name that `text` starts with, in three letters, and no further letter behind it.
unsigned name_index(std::string_view text, std::string_view names) {
  if (text.size() < 4 || is_alpha(text[3])) return 0;
  for (std::size_t i = 0; i * 3 < names.size(); ++i) {
    if (text[0] == names[i * 3] && text[1] == names[i * 3 + 1] && text[2] == names[i * 3 + 2]) {
      return static_cast<unsigned>(i) + 1;
    }
  }
  return 0;
}

bool take_month(std::string_view& text, unsigned& month) {
  month = name_index(text, "JanFebMarAprMayJunJulAugSepOctNovDec");
  if (month != 0) text.remove_prefix(3);
  return month != 0;
}

/// ".123456" or ",123" if it is there; cut to milliseconds.
void take_fraction(std::string_view& text, unsigned& millisecond) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return;
  text.remove_prefix(1);
  for (unsigned scale = 100; !text.empty() && is_digit(text.front()); scale /= 10) {
    millisecond += static_cast<unsigned>(text.front() - '0') * scale;
    text.remove_prefix(1);
  }
}

/// "09:00:00", "9:00:00.123"; not followed by more digits.
bool take_time_of_day(std::string_view& text, Stamp& stamp) {
  if (!take_one_or_two_digits(text, stamp.hour) || !take(text, ":") || !take_digits(text, 2, stamp.minute) ||
      !take(text, ":") || !take_digits(text, 2, stamp.second)) {
    return false;
  }
  take_fraction(text, stamp.millisecond);
  return (text.empty() || !is_digit(text.front())) && stamp.hour <= 23 && stamp.minute <= 59 && stamp.second <= 60;
}

/// "+0100", "-05:30", "+00"; nothing that looks longer.
std::optional<seconds> read_offset(std::string_view& text) {
  std::string_view rest = text;
  const bool west = !rest.empty() && rest.front() == '-';
  unsigned hour = 0;
  unsigned minute = 0;
  if (!take(rest, "+-") || !take_digits(rest, 2, hour)) return std::nullopt;
  std::string_view after_hour = rest;
  take(rest, ":");
  if (!take_digits(rest, 2, minute)) {
    rest = after_hour;
    minute = 0;
  }
  if (hour > 15 || minute > 59 || (!rest.empty() && (is_digit(rest.front()) || rest.front() == ':'))) {
    return std::nullopt;
  }
  text = rest;
  const seconds offset = hours(hour) + minutes(minute);
  return west ? -offset : offset;
}

/// A zone right behind the time or after one space. Names other than UTC and GMT are ambiguous and left alone.
void take_zone(std::string_view& text, Stamp& stamp) {
  if (take(text, "Zz")) {
    stamp.zone = seconds(0);
    return;
  }
  std::string_view rest = text;
  take(rest, " ");
  if (rest.starts_with("UTC") || rest.starts_with("GMT")) {
    rest.remove_prefix(3);
    stamp.zone = seconds(0);
  } else {
    stamp.zone = read_offset(rest);
  }
  if (stamp.zone) text = rest;
}

/// 2026-11-20T09:00:00.123Z, 2026-11-20 09:00:00,123 +0100, 2026/11/20 09:00:00
std::optional<Stamp> read_year_first(std::string_view text) {
  Stamp stamp;
  if (!take_digits(text, 4, stamp.year) || text.empty()) return std::nullopt;
  const std::string_view separator = text.substr(0, 1);
  if (!take(text, "-/") || !take_digits(text, 2, stamp.month) || !take(text, separator) ||
      !take_digits(text, 2, stamp.day) || !take(text, "Tt _:")) {
    return std::nullopt;
  }
  if (!take_time_of_day(text, stamp)) return std::nullopt;
  take_zone(text, stamp);
  return stamp;
}

/// 20/Nov/2026:09:00:00 +0000, 20-Nov-2026 09:00:00.123, 20 Nov 2026 09:00:00.123
std::optional<Stamp> read_day_first(std::string_view text) {
  Stamp stamp;
  if (!take_one_or_two_digits(text, stamp.day) || text.empty()) return std::nullopt;
  const std::string_view separator = text.substr(0, 1);
  if (!take(text, "/- ") || !take_month(text, stamp.month) || !take(text, separator) ||
      !take_digits(text, 4, stamp.year) || !take(text, ": T") || !take_time_of_day(text, stamp)) {
    return std::nullopt;
  }
  take_zone(text, stamp);
  return stamp;
}

/// " AM" or " PM" if it is there.
void take_half_of_day(std::string_view& text, Stamp& stamp) {
  std::string_view rest = text;
  if (!take(rest, " ") || rest.size() < 2 || rest[1] != 'M' || (rest[0] != 'A' && rest[0] != 'P')) return;
  if (stamp.hour < 1 || stamp.hour > 12) return;
  stamp.hour = stamp.hour % 12 + (rest[0] == 'P' ? 12 : 0);
  rest.remove_prefix(2);
  text = rest;
}

/// " 2026" behind the time, as asctime() and date(1) write it.
void take_trailing_year(std::string_view text, Stamp& stamp) {
  unsigned year = 0;
  if (take(text, " ") && take_digits(text, 4, year) && (text.empty() || (!is_digit(text[0]) && !is_alpha(text[0])))) {
    if (year >= 1970 && year <= 2199) stamp.year = year;
  }
}

/// Nov 20 09:00:00, Nov  2 09:00:00.123, Nov 20 2026 09:00:00, Nov 20, 2026 9:00:00 AM; behind a weekday the year may
/// also stand last, which elsewhere could be any number.
std::optional<Stamp> read_month_first(std::string_view text, bool behind_weekday) {
  Stamp stamp;
  if (!take_month(text, stamp.month) || !take(text, " ")) return std::nullopt;
  skip_spaces(text);
  if (!take_one_or_two_digits(text, stamp.day)) return std::nullopt;
  take(text, ",");
  if (!take(text, " ")) return std::nullopt;
  skip_spaces(text);
  if (text.size() > 4 && text[4] == ' ') {
    if (!take_digits(text, 4, stamp.year) || !take(text, " ")) return std::nullopt;
  }
  if (!take_time_of_day(text, stamp)) return std::nullopt;
  take_half_of_day(text, stamp);
  take_zone(text, stamp);
  if (stamp.year == 0 && behind_weekday) take_trailing_year(text, stamp);
  return stamp;
}

}  // namespace

std::optional<Stamp> read_stamp(std::string_view text) {
  constexpr std::size_t kShortest = 14;  // "Nov 2 09:00:00"
  if (text.size() < kShortest) return std::nullopt;
  if (is_digit(text.front())) {
    if (is_digit(text[2])) return read_year_first(text);
    return read_day_first(text);
  }
  const bool weekday = name_index(text, "MonTueWedThuFriSatSun") != 0;
  if (weekday) {
    text.remove_prefix(3);
    take(text, ",");
    skip_spaces(text);
    if (text.size() >= kShortest && is_digit(text.front())) return read_day_first(text);  // RFC 5322
  }
  return read_month_first(text, weekday);
}

std::optional<Stamp> read_glog_stamp(std::string_view text) {
  Stamp stamp;
  if (!take(text, "DIWEF") || !take_digits(text, 2, stamp.month) || !take_digits(text, 2, stamp.day) ||
      !take(text, " ") || !take_time_of_day(text, stamp)) {
    return std::nullopt;
  }
  return stamp;
}

std::optional<WallTime> read_epoch(std::string_view text) {
  std::size_t digits = 0;
  std::uint64_t value = 0;
  for (; digits < text.size() && digits < 20 && is_digit(text[digits]); ++digits) {
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
  }
  text.remove_prefix(digits);
  unsigned millisecond = 0;
  if (digits == 10 && value >= 1'000'000'000) {
    take_fraction(text, millisecond);
    value = value * 1000 + millisecond;
  } else if (digits == 16) {
    value /= 1000;
  } else if (digits == 19) {
    value /= 1'000'000;
  } else if (digits != 13) {
    return std::nullopt;
  }
  constexpr std::uint64_t kFirst = 1'000'000'000'000;  // 2001-09-09
  constexpr std::uint64_t kLast = 7'258'118'400'000;   // 2200
  if (value < kFirst || value >= kLast) return std::nullopt;
  if (!text.empty() && (is_digit(text[0]) || is_alpha(text[0]) || text[0] == '-' || text[0] == '_'))
    return std::nullopt;
  return WallTime(Milliseconds(static_cast<std::int64_t>(value)));
}

std::optional<WallTime> to_wall_time(const Stamp& stamp, WallTime arrived, seconds zone_offset) {
  using std::chrono::days;
  using std::chrono::sys_days;
  const seconds zone = stamp.zone.value_or(zone_offset);
  const auto at_year = [&](int year) -> std::optional<WallTime> {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(stamp.month),
                                           std::chrono::day(stamp.day)};
    if (!date.ok()) return std::nullopt;
    return WallTime(sys_days(date) + hours(stamp.hour) + minutes(stamp.minute) + seconds(stamp.second) - zone +
                    Milliseconds(stamp.millisecond));
  };
  if (stamp.year != 0) return stamp.year >= 1970 ? at_year(static_cast<int>(stamp.year)) : std::nullopt;
  const std::chrono::year_month_day today(std::chrono::floor<days>(arrived));
  const int latest = static_cast<int>(today.year()) + 1;
  // Eight years back there has been a 29th of February, even around 2100.
  for (int year = latest; year >= latest - 9; --year) {
    const auto time = at_year(year);
    if (time && *time <= arrived + days(1)) return time;
  }
  return std::nullopt;
}

}  // namespace tailwater
