#include "history/time_counts.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"

namespace tailwater {
namespace {

/// Each a multiple of the one before, so that buckets can be joined.
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kWidths[] = {100,
                                    500,
                                    kSecond,
                                    5 * kSecond,
                                    15 * kSecond,
                                    60 * kSecond,
                                    300 * kSecond,
                                    900 * kSecond,
                                    3600 * kSecond,
                                    10'800 * kSecond,
                                    21'600 * kSecond,
                                    43'200 * kSecond,
                                    kDay,
                                    7 * kDay,
                                    28 * kDay,
                                    364 * kDay,
                                    3640 * kDay,
                                    36'400 * kDay,
                                    364'000 * kDay,
                                    3'640'000 * kDay};

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::string_view name_of(std::size_t kind) {
  return kind < TimeCounts::kKinds - 1 ? to_text(static_cast<Level>(kind)) : "unknown";
}

}  // namespace

Milliseconds TimeCounts::width() const {
  return Milliseconds(kWidths[width_]);
}

std::int64_t TimeCounts::index_of(WallTime time) const {
  return floor_divide(time.time_since_epoch().count(), kWidths[width_]);
}

void TimeCounts::add(WallTime time, std::optional<Level> level) {
  const std::int64_t index = index_of(time);
  if (last_ == buckets_.end() || last_->first != index) {
    last_ = buckets_.try_emplace(index).first;
    fit();
    if (last_ == buckets_.end()) last_ = buckets_.find(index_of(time));
  }
  ++last_->second[level ? static_cast<std::size_t>(*level) : kKinds - 1];
  ++total_;
}

/// Widens until what is spanned fits.
void TimeCounts::fit() {
  while (!buckets_.empty() && width_ + 1 < std::size(kWidths)) {
    const std::int64_t spanned = buckets_.rbegin()->first - buckets_.begin()->first + 1;
    if (spanned <= static_cast<std::int64_t>(most_)) return;
    widen_to(width_ + 1);
  }
}

void TimeCounts::widen_to(std::size_t width) {
  const std::int64_t factor = kWidths[width] / kWidths[width_];
  width_ = width;
  for (auto& [index, counts] : std::exchange(buckets_, {})) {
    Counts& wide = buckets_[floor_divide(index, factor)];
    for (std::size_t kind = 0; kind < kKinds; ++kind) wide[kind] += counts[kind];
  }
  last_ = buckets_.end();
}

void TimeCounts::merge(const TimeCounts& other) {
  if (other.width_ > width_) widen_to(other.width_);
  const std::int64_t factor = kWidths[width_] / kWidths[other.width_];
  for (const auto& [index, counts] : other.buckets_) {
    Counts& wide = buckets_[floor_divide(index, factor)];
    for (std::size_t kind = 0; kind < kKinds; ++kind) wide[kind] += counts[kind];
  }
  total_ += other.total_;
  last_ = buckets_.end();
  fit();
}

void TimeCounts::span(WallTime from, WallTime to) {
  const auto fits = [&] { return index_of(to - Milliseconds(1)) - index_of(from) < static_cast<std::int64_t>(most_); };
  while (from < to && width_ + 1 < std::size(kWidths) && !fits()) widen_to(width_ + 1);
}

WallTime TimeCounts::begin() const {
  return WallTime(Milliseconds(buckets_.begin()->first * kWidths[width_]));
}

WallTime TimeCounts::end() const {
  return WallTime(Milliseconds((buckets_.rbegin()->first + 1) * kWidths[width_]));
}

void TimeCounts::append_json(std::string& out) const {
  out.push_back('[');
  for (const auto& [index, counts] : buckets_) {
    if (out.back() != '[') out.push_back(',');
    const WallTime time(Milliseconds(index * kWidths[width_]));
    fmt::format_to(std::back_inserter(out), "{{\"time\":\"{}\",\"counts\":{{", to_rfc3339(time));
    bool first = true;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (counts[kind] == 0) continue;
      fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", first ? "" : ",", name_of(kind), counts[kind]);
      first = false;
    }
    out.append("}}");
  }
  out.push_back(']');
}

}  // namespace tailwater
