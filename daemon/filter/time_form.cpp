#include "filter/time_form.h"

#include <algorithm>

#include <fmt/format.h>

#include "filter/ascii.h"
#include "filter/quoted.h"
#include "filter/record_time.h"
#include "filter/time_stamp.h"

namespace tailwater {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxScan = 256;
constexpr std::string_view kLetters = "YymbdejHIpMSfzs%";
constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";

/// Up to `most` digits, at least one; a blank may stand for a leading zero.
std::optional<unsigned> take_number(std::string_view& text, std::size_t most) {
  if (!text.empty() && text.front() == ' ' && most > 1) text.remove_prefix(1);
  unsigned value = 0;
  std::size_t digits = 0;
  for (; digits < most && digits < text.size() && is_digit(text[digits]); ++digits) {
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

/// "Z", "UTC", "+01:00", "-0530", "+02".
std::optional<seconds> take_zone(std::string_view& text) {
  for (const std::string_view utc : {"UTC", "GMT", "Z"}) {
    if (!text.starts_with(utc)) continue;
    text.remove_prefix(utc.size());
    return seconds(0);
  }
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-') || !is_digit(text[1]) || !is_digit(text[2])) {
    return std::nullopt;
  }
  const bool west = text[0] == '-';
  const int hour = (text[1] - '0') * 10 + (text[2] - '0');
  text.remove_prefix(3);
  std::string_view rest = text;
  if (rest.starts_with(':')) rest.remove_prefix(1);
  int minute = 0;
  if (rest.size() >= 2 && is_digit(rest[0]) && is_digit(rest[1])) {
    minute = (rest[0] - '0') * 10 + (rest[1] - '0');
    text = rest.substr(2);
  }
  if (hour > 15 || minute > 59) return std::nullopt;
  const seconds offset = hours(hour) + minutes(minute);
  return west ? -offset : offset;
}

/// What a format's letters have said so far.
struct Reading {
  Stamp stamp;
  std::optional<bool> afternoon;
  std::optional<unsigned> day_of_year;
  std::optional<std::uint64_t> epoch;
};

bool take_month_name(std::string_view& text, unsigned& month) {
  for (unsigned i = 0; i < 12 && text.size() >= 3; ++i) {
    if (!equals_ignoring_case(text.substr(0, 3), kMonths.substr(3 * std::size_t{i}, 3))) continue;
    month = i + 1;
    while (!text.empty() && is_alpha(text.front())) text.remove_prefix(1);
    return true;
  }
  return false;
}

bool take_half_of_day(std::string_view& text, Reading& reading) {
  const bool am = equals_ignoring_case(text.substr(0, 2), "am");
  if (!am && !equals_ignoring_case(text.substr(0, 2), "pm")) return false;
  reading.afternoon = !am;
  text.remove_prefix(2);
  return true;
}

bool take_fraction(std::string_view& text, unsigned& millisecond) {
  millisecond = 0;
  std::size_t digits = 0;
  for (unsigned scale = 100; digits < text.size() && is_digit(text[digits]); ++digits, scale /= 10) {
    millisecond += static_cast<unsigned>(text[digits] - '0') * scale;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_epoch(std::string_view& text, Reading& reading) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < 11 && digits < text.size() && is_digit(text[digits]); ++digits) {
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
  }
  text.remove_prefix(digits);
  reading.epoch = value;
  return digits > 0;
}

bool take_number_into(std::string_view& text, std::size_t most, unsigned& value) {
  const auto number = take_number(text, most);
  value = number.value_or(0);
  return number.has_value();
}

bool take_letter(char letter, std::string_view& text, Reading& reading) {
  Stamp& stamp = reading.stamp;
  switch (letter) {
    case 'Y': return take_number_into(text, 4, stamp.year);
    case 'y': {
      if (!take_number_into(text, 2, stamp.year)) return false;
      stamp.year += stamp.year < 69 ? 2000 : 1900;  // as strptime(3)
      return true;
    }
    case 'm': return take_number_into(text, 2, stamp.month);
    case 'b': return take_month_name(text, stamp.month);
    case 'd':
    case 'e': return take_number_into(text, 2, stamp.day);
    case 'j': {
      reading.day_of_year = take_number(text, 3);
      return reading.day_of_year.has_value();
    }
    case 'H':
    case 'I': return take_number_into(text, 2, stamp.hour) && stamp.hour <= 23;
    case 'p': return take_half_of_day(text, reading);
    case 'M': return take_number_into(text, 2, stamp.minute) && stamp.minute <= 59;
    case 'S': return take_number_into(text, 2, stamp.second) && stamp.second <= 60;
    case 'f': return take_fraction(text, stamp.millisecond);
    case 's': return take_epoch(text, reading);
    case 'z': {
      stamp.zone = take_zone(text);
      return stamp.zone.has_value();
    }
    default: break;
  }
  if (!text.starts_with('%')) return false;
  text.remove_prefix(1);
  return true;
}

/// The zone alone, all of it.
std::optional<seconds> zone_of(std::string_view text) {
  const auto zone = take_zone(text);
  return text.empty() ? zone : std::nullopt;
}

}  // namespace

Result<TimeForm> TimeForm::make(std::string_view format, std::string_view zone) {
  TimeForm form;
  form.format_ = format;
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at + 2)) {
    if (at + 1 < format.size() && kLetters.find(format[at + 1]) != std::string_view::npos) continue;
    return fail(ErrorCode::kInvalid, fmt::format("{} in {} is none of %Y %y %m %b %d %e %j %H %I %p %M %S %f %z %s %%",
                                                 quoted(format.substr(at, 2)), quoted(format)));
  }
  if (!format.empty() && format.find('%') == std::string_view::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("{} is no format: write it as '%d.%m.%Y %H:%M:%S'", quoted(format)));
  }
  if (zone.empty()) return form;
  const auto offset = zone_of(zone);
  if (!offset) return fail(ErrorCode::kInvalid, fmt::format("{} is no zone: write UTC or +02:00", quoted(zone)));
  form.zone_ = *offset;
  return form;
}

std::optional<WallTime> TimeForm::read(std::string_view text, WallTime arrived) const {
  Reading reading;
  for (std::size_t i = 0; i < format_.size(); ++i) {
    if (format_[i] == '%') {
      if (!take_letter(format_[++i], text, reading)) return std::nullopt;
    } else if (is_blank(format_[i])) {
      if (text.empty() || !is_blank(text.front())) return std::nullopt;
      text.remove_prefix(1);
    } else {
      if (!text.starts_with(format_[i])) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  if (reading.epoch) {
    return WallTime(std::chrono::seconds(*reading.epoch)) + Milliseconds(reading.stamp.millisecond);
  }
  Stamp& stamp = reading.stamp;
  if (reading.afternoon) {
    if (stamp.hour < 1 || stamp.hour > 12) return std::nullopt;
    stamp.hour = stamp.hour % 12 + (*reading.afternoon ? 12 : 0);
  }
  const bool only_time = stamp.month == 0 && stamp.day == 0 && !reading.day_of_year;
  if (reading.day_of_year || only_time) {
    const std::chrono::year_month_day today(std::chrono::floor<days>(arrived + stamp.zone.value_or(zone_)));
    if (stamp.year == 0) stamp.year = static_cast<unsigned>(static_cast<int>(today.year()));
    std::chrono::year_month_day day = today;
    if (reading.day_of_year) {
      const auto first = std::chrono::sys_days(std::chrono::year(static_cast<int>(stamp.year)) / 1 / 1);
      day = std::chrono::year_month_day(first + days(static_cast<int>(*reading.day_of_year) - 1));
    }
    stamp.month = static_cast<unsigned>(day.month());
    stamp.day = static_cast<unsigned>(day.day());
  }
  return to_wall_time(stamp, arrived, zone_);
}

std::optional<WallTime> TimeForm::find(std::string_view line, WallTime arrived) const {
  const std::string_view start = line.substr(0, kMaxScan);
  for (std::size_t at = 0; !format_.empty() && at < start.size(); ++at) {
    // A number or a word is not begun in its middle.
    const bool inside =
        at > 0 && (is_digit(start[at]) || is_alpha(start[at])) && (is_digit(start[at - 1]) || is_alpha(start[at - 1]));
    if (inside) continue;
    if (const auto time = read(start.substr(at), arrived)) return time;
  }
  return detect_time(line, arrived, zone_);
}

}  // namespace tailwater
