#include "stream/feed.h"

#include <algorithm>
#include <utility>

#include "stream/chunk.h"

namespace tailwater {
namespace {

constexpr std::size_t kMaxRememberedFiles = 1024;
constexpr std::size_t kMaxIdlePending = 32U << 10;  // what a feed without news keeps of its frame buffer

}  // namespace

Feed::Feed(std::shared_ptr<const Selection> selection, const FeedLimits& limits)
    : selection_(std::move(selection)), limits_(limits) {}

void Feed::start(std::uint64_t number, const JournalPoint& point, const Position& position) {
  last_mark_ = {number, number, point, 0};
  framed_ = position;
  add_block(0);
  const std::lock_guard lock(mutex_);
  started_ = true;
  evaluated_ = {number, position};
}

bool Feed::selects(const FileInfo& file) {
  const auto known = selected_files_.find(file.key);
  if (known != selected_files_.end()) return known->second;
  if (selected_files_.size() >= kMaxRememberedFiles) selected_files_.clear();
  const bool selected = selection_->selects(file);
  selected_files_.emplace(file.key, selected);
  return selected;
}

void Feed::append_record(std::string_view frame, std::uint64_t number, const JournalPoint& point,
                         const Position& position) {
  framed_ = position;
  if (!selection_->batches()) return append(frame, {number, number, point, 0});
  if (batch_.size() + frame.size() > limits_.chunk_bytes) flush_batch();
  if (batch_.empty()) batch_mark_.first = number;
  batch_.add(frame);
  batch_mark_.last = number;
  batch_mark_.point = point;
}

void Feed::append_change(std::string_view frame, std::uint64_t number, const JournalPoint& point,
                         const Position& position) {
  framed_ = position;
  flush_batch();
  append(frame, {number, number, point, 0});
}

void Feed::append(std::string_view frames, const ChunkMark& mark) {
  if (!pending_.empty()) {
    const std::size_t room = std::min<std::size_t>(limits_.chunk_bytes, current_->room());
    if (pending_.size() + frames.size() > room) flush();
  }
  if (pending_.empty()) pending_mark_.first = mark.first;
  pending_.append(frames);
  pending_mark_.last = mark.last;
  pending_mark_.point = mark.point;
}

void Feed::end_append(std::uint64_t number, const JournalPoint& point) {
  ChunkMark& mark = batch_.empty() ? pending_mark_ : batch_mark_;
  const bool has_frames = !batch_.empty() || !pending_.empty();
  if (has_frames && mark.last == number) mark.point = point;
}

void Feed::flush_batch() {
  if (batch_.empty()) return;
  std::string frames;
  batch_.take(frames);
  append(frames, batch_mark_);
}

void Feed::flush() {
  if (pending_.empty()) return;
  if (current_->room() < pending_.size()) add_block(pending_.size());
  current_->append(pending_, pending_mark_);
  last_mark_ = pending_mark_;
  published_.store(current_->start().feed_offset + current_->size(), std::memory_order_release);
  pending_.clear();
  news_ = true;
}

void Feed::add_block(std::size_t frames_bytes) {
  Block::Start start;
  start.number = last_mark_.last;
  start.point = last_mark_.point;
  if (current_) {
    start.sequence = current_->start().sequence + 1;
    start.feed_offset = current_->start().feed_offset + current_->size();
  }
  const std::size_t capacity = std::max<std::size_t>(limits_.block_bytes, frames_bytes + kMaxChunkOverhead);
  auto block = std::make_shared<Block>(start, static_cast<std::uint32_t>(capacity), limits_.memory);
  footprint_.fetch_add(block->footprint(), std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(block);
  }
  // Sealed once the next one is to be had: whoever reads the seal finds it.
  if (current_) current_->seal();
  current_ = std::move(block);
  while (footprint() > limits_.feed_bytes && first_sequence_.load(std::memory_order_relaxed) < start.sequence) {
    drop_oldest_block();
  }
}

void Feed::drop_oldest_block() {
  std::shared_ptr<Block> dropped;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  if (blocks_.size() < 2) return;
  dropped = std::move(blocks_.front());
  blocks_.pop_front();
  footprint_.fetch_sub(dropped->footprint(), std::memory_order_relaxed);
  first_sequence_.store(dropped->start().sequence + 1, std::memory_order_release);
}

void Feed::end_turn(std::uint64_t number, std::optional<SteadyTime> noticed,
                    std::vector<std::shared_ptr<ReadersMailbox>>& wake) {
  flush_batch();
  flush();
  if (pending_.capacity() > kMaxIdlePending) std::string().swap(pending_);
  const bool news = std::exchange(news_, false);
  if (live_cursors.load(std::memory_order_relaxed) == 0) {
    send_probe.clear();
  } else if (news && noticed) {
    send_probe.set(turn_begin_, *noticed);
  }
  turn_begin_ = published_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  evaluated_ = {number, framed_};
  const bool awaited = std::exchange(awaited_, false);
  if (news || awaited) wake.insert(wake.end(), watchers_.begin(), watchers_.end());
}

void Feed::set_aside(const JournalPoint& point) {
  flush_batch();
  flush();
  std::deque<std::shared_ptr<Block>> dropped;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  end_ = {current_, current_->size()};
  end_point_ = point;
  first_sequence_.store(current_->start().sequence + 1, std::memory_order_release);
  current_->seal();
  current_.reset();
  dropped.swap(blocks_);
  footprint_.store(0, std::memory_order_relaxed);
  set_aside_.store(true, std::memory_order_release);
}

std::optional<JournalPoint> Feed::end_point(const Block& block, std::uint32_t offset) const {
  const std::lock_guard lock(mutex_);
  if (!is_set_aside() || end_.block.get() != &block || end_.offset != offset) return std::nullopt;
  return end_point_;
}

Feed::Join Feed::join(std::uint64_t number, FeedPlace& place) {
  const std::lock_guard lock(mutex_);
  if (is_set_aside()) return Join::kSetAside;
  if (!started_ || evaluated_.number < number) {
    awaited_ = true;
    return Join::kNotYet;
  }
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if ((*block)->start().number > number) continue;
    const Block::Place found = (*block)->place_after(number);
    if (found.inside_chunk) return Join::kReadOn;
    place = {*block, found.offset};
    return Join::kJoined;
  }
  return Join::kReadOn;  // the feed began later, or the blocks from there on have been dropped
}

std::shared_ptr<const Block> Feed::next(const Block& block) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t wanted = block.start().sequence + 1;
  if (blocks_.empty() || wanted < blocks_.front()->start().sequence) return nullptr;
  const std::uint64_t index = wanted - blocks_.front()->start().sequence;
  return index < blocks_.size() ? blocks_[index] : nullptr;
}

Feed::Evaluated Feed::evaluated() const {
  const std::lock_guard lock(mutex_);
  return evaluated_;
}

std::vector<std::shared_ptr<ReadersMailbox>> Feed::watchers() const {
  const std::lock_guard lock(mutex_);
  return watchers_;
}

void Feed::watch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  watchers_.push_back(mailbox);
}

void Feed::unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(watchers_.begin(), watchers_.end(), mailbox);
  if (found != watchers_.end()) watchers_.erase(found);
  std::erase_if(lags_, [&](const auto& lag) { return lag.first == mailbox.get(); });
}

void Feed::report_lag(const std::shared_ptr<ReadersMailbox>& mailbox, ByteCount bytes) {
  const std::lock_guard lock(mutex_);
  std::erase_if(lags_, [&](const auto& lag) { return lag.first == mailbox.get(); });
  if (bytes > 0) lags_.emplace_back(mailbox.get(), bytes);
}

ByteCount Feed::lag() const {
  const std::lock_guard lock(mutex_);
  ByteCount slowest = 0;
  for (const auto& [mailbox, bytes] : lags_) slowest = std::max(slowest, bytes);
  return slowest;
}

}  // namespace tailwater
