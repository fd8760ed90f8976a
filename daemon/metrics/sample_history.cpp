#include "metrics/sample_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tailwater {
namespace {

constexpr std::chrono::seconds kFlushInterval{60};
constexpr auto kBlockPoints = static_cast<std::int64_t>(HistoryBlock::kPoints);

/// Rounds down, also before 1970.
std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t milliseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

SampleHistory::SampleHistory(HistoryOptions options) : store_(std::move(options.directory)) {
  double points = 0;
  for (const HistoryTier& tier : options.tiers) points += static_cast<double>(tier.kept / tier.step);
  for (const HistoryTier& tier : options.tiers) {
    Tier& made = tiers_.emplace_back();
    made.what = tier;
    made.budget = static_cast<ByteCount>(static_cast<double>(options.budget) *
                                         static_cast<double>(tier.kept / tier.step) / points);
  }
}

void SampleHistory::add(const Sample& sample) {
  rates_.update(sample);
  resets_.store(rates_.resets(), std::memory_order_relaxed);
  left_out_.store(rates_.left_out(), std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(sample.elapsed).count();
  for (Tier& tier : tiers_) gather(tier, sample.time, seconds);
  since_flush_ += sample.elapsed;
  if (since_flush_ < kFlushInterval) return;
  since_flush_ = {};
  for (Tier& tier : tiers_) write_open(tier);
}

void SampleHistory::gather(Tier& tier, WallTime time, double seconds) {
  const std::int64_t point = floor_divide(milliseconds_of(time), tier.what.step.count());
  if (point != tier.point) {
    finish_point(tier);
    tier.point = point;
  }
  tier.means.resize(rates_.series().size());
  // How long the first sample of a process has been true nobody knows.
  const double weight = seconds > 0 ? seconds : std::chrono::duration<double>(tiers_.front().what.step).count();
  for (std::size_t i = 0; i < tier.means.size(); ++i) {
    const double value = rates_.values()[i];
    if (std::isnan(value)) continue;
    Mean& mean = tier.means[i];
    if (mean.owner != rates_.owners()[i]) mean = {0, 0, rates_.owners()[i]};
    mean.sum += value * weight;
    mean.seconds += weight;
  }
}

void SampleHistory::finish_point(Tier& tier) {
  const std::int64_t first = floor_divide(tier.point, kBlockPoints) * kBlockPoints;
  const bool empty =
      std::all_of(tier.means.begin(), tier.means.end(), [](const Mean& mean) { return mean.seconds == 0; });
  if (empty) return;
  if (!tier.has_open || tier.open.first() != first) open_block(tier, first);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < tier.means.size(); ++i) {
    const Mean mean = std::exchange(tier.means[i], {});
    const auto& series = rates_.series()[i];
    if (mean.seconds == 0 || mean.owner != rates_.owners()[i] || !series) continue;
    if (!is_kept(tier, *series, mean.seconds)) continue;
    tier.open.set(series, static_cast<std::size_t>(tier.point - first), mean.sum / mean.seconds);
  }
}

/// In a crowd what comes and goes within one step is left to the finer tiers: or it would take the place of what stays.
bool SampleHistory::is_kept(const Tier& tier, const HistorySeries& series, double seconds) {
  constexpr std::size_t kCrowd = 5000;
  if (tier.open.size() < kCrowd || tier.open.holds(series)) return true;
  return seconds * 2 >= std::chrono::duration<double>(tier.what.step).count();
}

/// A block of which there is a part already, from before a restart, goes on where it was.
void SampleHistory::open_block(Tier& tier, std::int64_t first) {
  write_open(tier);
  drop_old(tier, WallTime(first * tier.what.step));
  const auto step = static_cast<std::uint32_t>(tier.what.step.count());
  HistoryBlock block(step, first);
  if (const auto bytes = store_.get({step, first})) {
    auto known = HistoryBlock::decode(*bytes);
    if (known && known->step_ms() == step && known->first() == first) block = std::move(*known);
  }
  const std::lock_guard lock(mutex_);
  tier.open = std::move(block);
  tier.has_open = true;
}

void SampleHistory::write_open(Tier& tier) {
  if (!tier.has_open) return;
  store_.put({tier.open.step_ms(), tier.open.first()}, tier.open.encode());
}

void SampleHistory::flush() {
  for (Tier& tier : tiers_) {
    finish_point(tier);
    write_open(tier);
  }
}

void SampleHistory::drop_old(const Tier& tier, WallTime now) {
  const auto step = static_cast<std::uint32_t>(tier.what.step.count());
  const auto blocks = store_.list(step);
  ByteCount sum = 0;
  for (const auto& [name, size] : blocks) sum += size;
  const std::int64_t oldest = milliseconds_of(now - tier.what.kept) / tier.what.step.count();
  for (const auto& [name, size] : blocks) {
    if (sum <= tier.budget && name.first + kBlockPoints > oldest) return;
    sum -= size;
    store_.remove(name);
  }
}

}  // namespace tailwater
