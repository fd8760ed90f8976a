// The part of RunTable that tells others how far the lines of a run have been looked at, and in which stages they are.
#include <algorithm>
#include <utility>

#include "runs/run_table.h"

namespace tailwater {
namespace {

/// Whoever asks for what was committed gets it as soon as it has been read, which begins at once.
constexpr std::chrono::seconds kLongestWait{5};
/// A file that has just been found, or of which nothing is known any more.
constexpr std::chrono::seconds kLongestUnknown{1};

}  // namespace

std::unique_ptr<RunBuilder> RunTable::fresh_builder(std::string_view stream) const {
  const auto found = std::find(ingest_streams_.begin(), ingest_streams_.end(), stream);
  if (found == ingest_streams_.end()) return nullptr;
  return std::make_unique<RunBuilder>(ingest_rules_[static_cast<std::size_t>(found - ingest_streams_.begin())]);
}

std::optional<RunTable::Reading> RunTable::reading_of(FileIndex file) {
  bool all = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    all = !finds_files_ && inbox_.find(file) == inbox_.end();
  }
  const std::lock_guard lock(mutex_);
  RunEntry* entry = entry_of(file);
  if (entry == nullptr) return std::nullopt;
  return Reading{*entry->builder, entry->stored.end, all && entry->unread.empty()};
}

std::shared_ptr<const StageMap> RunTable::stages(FileIndex file, const RunPlace& until) {
  {
    const std::lock_guard lock(inbox_mutex_);
    awaited_ = true;
    news_.notify_one();
  }
  std::unique_lock lock(mutex_);
  const auto entry = [&]() -> RunEntry* {
    const auto found = by_index_.find(file);
    return found == by_index_.end() ? nullptr : found->second;
  };
  const auto is_there = [&] { return is_over_ || entry() != nullptr; };
  const auto is_read = [&] {
    const RunEntry* known = entry();
    return is_over_ || known == nullptr || known->stored.forgotten || known->stored.end >= until;
  };
  ++waiting_for_stages_;
  awaited_file_ = file;  // is read before all others from its next piece on
  if (read_.wait_for(lock, kLongestUnknown, is_there)) read_.wait_for(lock, kLongestWait, is_read);
  if (--waiting_for_stages_ == 0) awaited_file_.reset();
  const RunEntry* known = entry();
  if (known == nullptr || known->stored.forgotten) return nullptr;
  return std::make_shared<const StageMap>(known->builder->make_stage_map());
}

}  // namespace tailwater
