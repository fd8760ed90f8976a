#include "stream/filter_pass.h"

#include <algorithm>
#include <ctime>
#include <numeric>
#include <utility>

namespace tailwater {
namespace {

constexpr std::uint64_t kTimedOneOf = 16;  // lines: a clock costs a tenth of a pass

bool has_place(const Feed& feed) {
  const auto& trigger = feed.selection().query().trigger();
  return trigger && trigger->program_size() <= FilterPass::kLargestProgram;
}

auto pattern_key(const RegexFilter& pattern) {
  return std::pair<bool, std::string_view>(pattern.ignores_case(), pattern.pattern());
}

}  // namespace

int FilterPass::slot_of(const Feed& feed) const {
  const auto found = slot_of_.find(&feed);
  return found == slot_of_.end() ? -1 : found->second;
}

void FilterPass::forget(const Feed& feed) {
  changed_ = true;
  if (making_) gone_.push_back(&feed);
  const auto found = slot_of_.find(&feed);
  if (found == slot_of_.end()) return;
  slots_[static_cast<std::size_t>(found->second)].reset();
  slot_of_.erase(found);
}

std::span<const int> FilterPass::find(std::string_view line) {
  found_.clear();
  if (!look(line)) {
    found_.resize(slots_.size());
    std::iota(found_.begin(), found_.end(), 0);
    return found_;
  }
  for (const int pattern : patterns_found_) {
    const auto index = static_cast<std::size_t>(pattern);
    for (int slot = first_slots_[index]; slot < first_slots_[index + 1]; ++slot) found_.push_back(slot);
  }
  return found_;
}

bool FilterPass::look(std::string_view line) {
  if (!set_) return false;
  if (lines_++ % kTimedOneOf != 0) return set_->find(line, patterns_found_);
  const auto begin = threads_.cpu_time();
  const bool told = set_->find(line, patterns_found_);
  judge(threads_.cpu_time() - begin, line.size());
  return told;
}

std::chrono::nanoseconds FilterPass::thread_cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void FilterPass::judge(std::chrono::nanoseconds took, std::size_t bytes) {
  const auto excess = took - kSlowPerByte * static_cast<std::int64_t>(bytes);
  debt_ = std::max(std::chrono::nanoseconds(0), debt_ + excess * static_cast<std::int64_t>(kTimedOneOf));
  if (debt_ <= kMostDebt) return;
  dropped_until_ = clock_.steady_now() + kSlowFor;
  set_.reset();  // the rest goes with the end of the turn: somebody holds slots
}

void FilterPass::drop() {
  set_.reset();
  slots_.clear();
  first_slots_.clear();
  slot_of_.clear();
  ++version_;
  changed_ = true;
}

void FilterPass::on_turn_end(const std::vector<std::shared_ptr<Feed>>& active) {
  if (!set_ && !slots_.empty()) drop();
  if (!changed_ || making_) return;
  const SteadyTime now = clock_.steady_now();
  if (now < dropped_until_) return;
  const auto waiting = static_cast<std::size_t>(std::count_if(
      active.begin(), active.end(), [&](const auto& feed) { return has_place(*feed) && slot_of(*feed) < 0; }));
  const std::size_t gone = slots_.size() - slot_of_.size();
  if (slot_of_.size() + waiting < kFewestPatterns) {
    if (set_) drop();
    changed_ = false;
    return;
  }
  const bool noticed = waiting >= kFewestPatterns || gone > slots_.size() / 2;
  if (waiting == 0 && !noticed) return;
  if (made_ != SteadyTime{} && now - made_ < (noticed ? kRebuildSoon : kRebuildLater)) return;
  made_ = now;
  make(active);
}

void FilterPass::make(const std::vector<std::shared_ptr<Feed>>& active) {
  auto made = std::make_shared<Made>();
  std::copy_if(active.begin(), active.end(), std::back_inserter(made->slots),
               [](const auto& feed) { return has_place(*feed); });
  making_ = true;
  changed_ = false;
  threads_.elsewhere([made, on_ingest = threads_.on_ingest, this] {
    const auto trigger = [](const std::shared_ptr<Feed>& feed) { return feed->selection().query().trigger(); };
    std::sort(made->slots.begin(), made->slots.end(), [&](const auto& left, const auto& right) {
      return pattern_key(*trigger(left)) < pattern_key(*trigger(right));
    });
    std::vector<std::shared_ptr<const RegexFilter>> patterns;
    for (std::size_t slot = 0; slot < made->slots.size(); ++slot) {
      const auto pattern = trigger(made->slots[slot]);
      if (!patterns.empty() && pattern_key(*patterns.back()) == pattern_key(*pattern)) continue;
      patterns.push_back(pattern);
      made->first_slots.push_back(static_cast<int>(slot));
    }
    made->first_slots.push_back(static_cast<int>(made->slots.size()));
    if (patterns.size() >= kFewestPatterns) made->set = PatternSet::make(patterns);
    on_ingest([made, this] { use(std::move(*made)); });
  });
}

void FilterPass::use(Made made) {
  making_ = false;
  drop();
  changed_ = false;
  debt_ = {};
  if (made.set) {
    set_ = std::move(made.set);
    slots_ = std::move(made.slots);
    first_slots_ = std::move(made.first_slots);
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      slot_of_.emplace(slots_[slot].get(), static_cast<int>(slot));
    }
    for (const Feed* gone : gone_) forget(*gone);
  }
  gone_.clear();
  changed_ = true;  // there may be others by now
}

}  // namespace tailwater
