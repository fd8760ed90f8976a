#include "sdjournal/late_entries.h"

#include <algorithm>
#include <utility>

#include "sdjournal/journal_places.h"

namespace tailwater {
namespace {

/// Who reads what is older is not at the end of the files, where entries can come to light in the wrong order.
constexpr Milliseconds kYoung{120'000};
/// Numbers are also missing where files may not be read: then looking for them is not to cost much.
constexpr int kMostInVain = 50;
constexpr std::size_t kMostRemembered = 64;

}  // namespace

LateEntries::LateEntries(const std::string& directory, const Clock& clock)
    : others_(!directory.empty()), clock_(clock), files_(journal_places(directory)) {}

void LateEntries::begin(std::optional<SequenceMarks> marks) {
  last_sequence_.clear();
  files_.look_for_files();
  at_first_ = {};
  tried_ = {};
  read_.clear();
  targets_.clear();
  const bool known = marks.has_value();
  marks_ = std::move(marks).value_or(SequenceMarks{});
  settled_ = known || !others_;
  if (known) return;
  for (const JournalFiles::File& file : files_.all()) {
    if (file.head) at_first_.raise(file.head->sequence, file.head->last);
  }
}

void LateEntries::saw(const EntryCursor& entry) {
  marks_.raise(entry.sequence(), entry.number);
  if (entry.sequence() != last_sequence_) last_sequence_ = entry.sequence();
}

std::optional<std::uint64_t> LateEntries::first_number(std::string_view sequence) const {
  std::optional<std::uint64_t> first;
  for (const JournalFiles::File& file : files_.all()) {
    if (!file.head || file.head->sequence != sequence) continue;
    first = std::min(first.value_or(file.head->first), file.head->first);
  }
  return first;
}

bool LateEntries::may_look() {
  if (clock_.steady_now() - second_ >= std::chrono::seconds(1)) {
    second_ = clock_.steady_now();
    in_vain_ = 0;
  }
  return in_vain_ < kMostInVain;
}

std::optional<LateEntries::Missing> LateEntries::before(const EntryCursor& entry, EntryTime time) {
  const std::string_view sequence = entry.sequence();
  const auto mark = marks_.of(sequence);
  if (mark ? entry.number <= *mark + 1 : !others_ || at_first_.of(sequence).has_value()) return std::nullopt;
  if (!others_ && sequence != last_sequence_) return std::nullopt;
  if (!others_ && clock_.wall_now().time_since_epoch() - time > kYoung) return std::nullopt;
  if (!may_look()) return std::nullopt;
  files_.look_for_files();
  const std::uint64_t first = mark ? *mark + 1 : first_number(sequence).value_or(entry.number);
  if (first >= entry.number) return std::nullopt;
  return Missing{std::string(sequence), first, entry.number - 1, files_.with(sequence, first, entry.number - 1)};
}

void LateEntries::aim(bool files_changed) {
  if (!others_) return;
  files_changed ? files_.look_for_files() : files_.look_again();
  targets_.clear();
  for (const JournalFiles::File& file : files_.all()) {
    if (!file.head) continue;
    std::uint64_t& target = targets_[file.head->sequence];
    target = std::max(target, file.head->last);
  }
}

std::vector<LateEntries::Missing> LateEntries::behind() {
  std::vector<Missing> all;
  settled_ = true;
  for (const auto& [sequence, target] : std::exchange(targets_, {})) {
    const auto mark = marks_.of(sequence);
    if (!mark && at_first_.of(sequence)) {
      marks_.raise(sequence, target);
      continue;
    }
    if ((mark && *mark >= target) || tried_.of(sequence).value_or(0) >= target) continue;
    const std::uint64_t first = mark ? *mark + 1 : 1;
    all.push_back({sequence, first, target, files_.with(sequence, first, target)});
  }
  return all;
}

void LateEntries::done_with(const Missing& missing, std::uint64_t count) {
  tried_.raise(missing.sequence, missing.last);
  if (count == 0) {
    ++in_vain_;
    return;
  }
  if (read_.size() == kMostRemembered) read_.pop_front();
  read_.push_back({missing.sequence, missing.first, missing.last, {}});
}

bool LateEntries::has_read(const EntryCursor& entry) const {
  if (read_.empty() || entry.number > marks_.of(entry.sequence()).value_or(0)) return false;
  return std::any_of(read_.begin(), read_.end(), [&](const Missing& each) {
    return each.sequence == entry.sequence() && each.first <= entry.number && entry.number <= each.last;
  });
}

}  // namespace tailwater
