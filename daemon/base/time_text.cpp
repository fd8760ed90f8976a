#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"

namespace tailwater {
namespace {

struct CivilDate {
  long long year;
  unsigned month;
  unsigned day;
};

/// The inverse of days_from_civil, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
CivilDate civil_from_days(long long days) {
  days += 719468;
  const long long era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  return {static_cast<long long>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

void write_digits(char* out, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// Takes exactly `width` digits off the front of `text`.
bool take_digits(std::string_view& text, std::size_t width, unsigned& value) {
  if (text.size() < width) return false;
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

unsigned days_in_month(unsigned year, unsigned month) {
  constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays.at(month - 1) + (month == 2 && leap ? 1 : 0);
}

/// ".123456" to milliseconds, cut, not rounded.
bool take_fraction(std::string_view& text, unsigned& milliseconds) {
  milliseconds = 0;
  if (!take(text, ".,")) return true;
  unsigned scale = 100;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    milliseconds += static_cast<unsigned>(text[digits] - '0') * scale;
    scale /= 10;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_zone(std::string_view& text, int& offset_minutes) {
  offset_minutes = 0;
  if (take(text, "Zz")) return true;
  if (text.empty()) return false;
  const char sign = text.front();
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours)) return false;
  take(text, ":");
  if (!take_digits(text, 2, minutes) || hours > 23 || minutes > 59) return false;
  offset_minutes = static_cast<int>(hours * 60 + minutes) * (sign == '-' ? -1 : 1);
  return true;
}

struct DurationUnit {
  std::string_view name;
  long long milliseconds;
};
constexpr std::array kDurationUnits{DurationUnit{"w", 604'800'000}, DurationUnit{"d", 86'400'000},
                                    DurationUnit{"h", 3'600'000},   DurationUnit{"m", 60'000},
                                    DurationUnit{"s", 1'000},       DurationUnit{"ms", 1}};

}  // namespace

long long days_from_civil(long long year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const long long era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<long long>(day_of_era) - 719468;
}

void write_rfc3339(WallTime time, char* out) {
  constexpr long long kFirst = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
  constexpr long long kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z
  const long long total = std::clamp<long long>(time.time_since_epoch().count(), kFirst, kLast);
  long long days = total / 86'400'000;
  long long in_day = total % 86'400'000;
  if (in_day < 0) {
    in_day += 86'400'000;
    --days;
  }
  const CivilDate date = civil_from_days(days);
  const auto rest = static_cast<unsigned>(in_day);
  write_digits(out, static_cast<unsigned>(date.year), 4);
  out[4] = '-';
  write_digits(out + 5, date.month, 2);
  out[7] = '-';
  write_digits(out + 8, date.day, 2);
  out[10] = 'T';
  write_digits(out + 11, rest / 3'600'000, 2);
  out[13] = ':';
  write_digits(out + 14, rest / 60'000 % 60, 2);
  out[16] = ':';
  write_digits(out + 17, rest / 1000 % 60, 2);
  out[19] = '.';
  write_digits(out + 20, rest % 1000, 3);
  out[23] = 'Z';
}

std::string to_rfc3339(WallTime time) {
  std::string text(24, '\0');
  write_rfc3339(time, text.data());
  return text;
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  std::string_view rest = text;
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned milliseconds = 0;
  int offset_minutes = 0;
  const bool shaped = take_digits(rest, 4, year) && take(rest, "-") && take_digits(rest, 2, month) && take(rest, "-") &&
                      take_digits(rest, 2, day) && take(rest, "Tt ") && take_digits(rest, 2, hour) && take(rest, ":") &&
                      take_digits(rest, 2, minute) && take(rest, ":") && take_digits(rest, 2, second) &&
                      take_fraction(rest, milliseconds) && take_zone(rest, offset_minutes) && rest.empty();
  const bool in_range = shaped && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month) &&
                        hour <= 23 && minute <= 59 && second <= 60;  // 60: a leap second, RFC 3339 section 5.7
  if (!in_range) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is not a time: write it as 2026-01-31T12:00:00Z", text));
  }
  const long long seconds =
      days_from_civil(year, month, day) * 86'400 + hour * 3'600LL + minute * 60LL + second - offset_minutes * 60LL;
  return WallTime(Milliseconds(seconds * 1000 + milliseconds));
}

Result<Milliseconds> parse_duration(std::string_view text) {
  constexpr long long kMax = std::numeric_limits<long long>::max() / 2'000'000;  // still a number in nanoseconds
  long long total = 0;
  std::string_view rest = text;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    std::size_t digits = 0;
    while (digits < rest.size() && std::isdigit(static_cast<unsigned char>(rest[digits])) != 0) ++digits;
    std::size_t letters = digits;
    while (letters < rest.size() && std::isalpha(static_cast<unsigned char>(rest[letters])) != 0) ++letters;
    const auto number = parse_number<std::uint32_t>(rest.substr(0, digits));
    std::string_view unit = rest.substr(digits, letters - digits);
    if (unit.empty() && rest.size() == text.size()) unit = "s";  // a bare number is seconds
    const auto* known = std::find_if(kDurationUnits.begin(), kDurationUnits.end(),
                                     [&](const DurationUnit& candidate) { return candidate.name == unit; });
    good = number.has_value() && known != kDurationUnits.end();
    if (!good) break;
    total += static_cast<long long>(*number) * known->milliseconds;
    good = total <= kMax;
    rest.remove_prefix(letters);
  }
  if (!good) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}' is not a duration: write it as 500ms, 15s, 10m, 1h30m, 7d or 2w", text));
  }
  return Milliseconds(total);
}

std::string to_duration_text(Milliseconds duration) {
  long long rest = duration.count();
  if (rest <= 0) return "0s";
  std::string text;
  for (const DurationUnit& unit : kDurationUnits) {
    if (rest < unit.milliseconds) continue;
    fmt::format_to(std::back_inserter(text), "{}{}", rest / unit.milliseconds, unit.name);
    rest %= unit.milliseconds;
  }
  return text;
}

}  // namespace tailwater
