#include "stream/feed_table.h"

#include <algorithm>
#include <utility>

#include "stream/change_frames.h"
#include "stream/readers_mailbox.h"
#include "stream/sample_frame.h"

namespace tailwater {
namespace {

constexpr std::size_t kFramedBetweenChecks = 1U << 20;

/// One search over the whole extent is cheaper than one pattern for each of its records.
bool cannot_match(const Query& query, std::string_view bytes) {
  const std::string_view literal = query.required_literal();
  return !literal.empty() && find_literal(bytes, literal, 0) == std::string_view::npos;
}

std::size_t index_of(FrameStyle style) {
  return static_cast<std::size_t>(style);
}

}  // namespace

FeedTable::FeedTable(EventLoop& ingest_loop, const FeedTableLimits& limits, const RuleTable& rules,
                     StreamCounters& counters, const Journal& journal)
    : ingest_loop_(ingest_loop), limits_(limits), rules_(rules), counters_(counters), journal_(journal) {
  take_over(journal_.end());
}

void FeedTable::take_over(const JournalEnd& end) {
  number_ = end.appends;
  point_ = end.point;
  position_ = end.position;
}

std::shared_ptr<Feed> FeedTable::acquire(const std::shared_ptr<const Selection>& selection) {
  std::shared_ptr<Feed> feed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(selection->key());
    if (found != by_key_.end()) {
      if (found->second.holders++ == 0) unused_.fetch_sub(1, std::memory_order_relaxed);
      return found->second.feed;
    }
    if (by_key_.size() >= limits_.max_feeds) return nullptr;
    feed = std::make_shared<Feed>(selection, limits_.feed);
    by_key_.emplace(selection->key(), Entry{feed, 1});
  }
  ingest_loop_.post([weak = weak_from_this(), feed] {
    if (const auto self = weak.lock()) self->start(feed);
  });
  return feed;
}

void FeedTable::release(const std::shared_ptr<Feed>& feed) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(feed->selection().key());
    if (found == by_key_.end() || --found->second.holders > 0) return;
    if (unused_.fetch_add(1, std::memory_order_relaxed) > 0) return;  // a hint is on its way
  }
  ingest_loop_.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->drop_unused();
  });
}

void FeedTable::watch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  watchers_.push_back(mailbox);
}

void FeedTable::unwatch(const std::shared_ptr<ReadersMailbox>& mailbox) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(watchers_.begin(), watchers_.end(), mailbox);
  if (found != watchers_.end()) watchers_.erase(found);
}

std::size_t FeedTable::size() const {
  const std::lock_guard lock(mutex_);
  return by_key_.size();
}

ByteCount FeedTable::footprint() const {
  const std::lock_guard lock(mutex_);
  ByteCount sum = 0;
  for (const auto& [key, entry] : by_key_) sum += entry.feed->footprint();
  return sum;
}

std::size_t FeedTable::live_cursors(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [key, entry] : by_key_) {
    if (entry.feed->selection().selects_stream(stream)) sum += entry.feed->live_cursors.load(std::memory_order_relaxed);
  }
  return sum;
}

void FeedTable::start(const std::shared_ptr<Feed>& feed) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(feed->selection().key());
    // Dropped already, by the end of a turn that came before this task.
    if (found == by_key_.end() || found->second.feed != feed) return;
  }
  // Between turns everybody has been told of all that is committed, but for the first scan, which tells nobody.
  take_over(journal_.end());
  feed->start(number_, point_, position_);
  active_.push_back(feed);
  feed->end_turn(number_, woken_);
  notify_woken();
}

void FeedTable::drop_unused() {
  if (unused_.load(std::memory_order_relaxed) == 0) return;
  std::vector<std::shared_ptr<Feed>> dropped;  // freed outside the lock
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = by_key_.begin(); entry != by_key_.end();) {
      const bool unused = entry->second.holders == 0;
      if (unused) dropped.push_back(std::move(entry->second.feed));
      entry = unused ? by_key_.erase(entry) : std::next(entry);
    }
    unused_.store(0, std::memory_order_relaxed);
  }
  std::erase_if(active_, [&](const std::shared_ptr<Feed>& feed) {
    return std::find(dropped.begin(), dropped.end(), feed) != dropped.end();
  });
}

void FeedTable::find_selecting(const FileInfo& file) {
  selecting_.clear();
  for (const auto& feed : active_) {
    if (feed->selects(file)) selecting_.push_back(feed.get());
  }
}

/// Each feed may want other metrics of it.
void FeedTable::frame_sample(const Record& record, const RecordFacts& facts, std::uint64_t number,
                             const JournalPoint& point) {
  std::string& frame = frames_.front();
  for (Feed* feed : selecting_) {
    const Query& query = feed->selection().query();
    if (!query.takes(facts)) continue;
    frame.clear();
    append_sample(frame, query, position_, record.line);
    feed->append_change(frame, number, point, position_);
    counters_.records_framed.fetch_add(1, std::memory_order_relaxed);
    framed_since_check_ += frame.size();
  }
}

void FeedTable::frame_record(const Record& record, const RecordFacts& facts, std::uint64_t number,
                             const JournalPoint& point) {
  if (facts.is_sample()) return frame_sample(record, facts, number, point);
  for (std::string& frame : frames_) frame.clear();
  for (Feed* feed : selecting_) {
    const Query& query = feed->selection().query();
    if (!query.passes_everything() && !query.matches(facts)) continue;
    const std::size_t style = index_of(feed->selection().style());
    if (frames_[style].empty()) framers_[style].append(frames_[style], record, facts);
    feed->append_record(frames_[style], number, point, position_);
    counters_.records_framed.fetch_add(1, std::memory_order_relaxed);
    framed_since_check_ += frames_[style].size();
  }
}

void FeedTable::on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, bool continues,
                          const Journal::Appended& appended) {
  number_ = appended.appends;
  point_ = appended.point;
  turn_has_appends_ = true;
  position_ = {file.key, extent.generation, extent.begin};
  find_selecting(file);
  const RecordRules rules = rules_.of(file.stream);
  std::erase_if(selecting_, [&](const Feed* feed) {
    if (rules.samples) return false;
    return cannot_match(feed->selection().query(), bytes);
  });
  if (!selecting_.empty()) {
    for (RecordFramer& framer : framers_) framer.begin_extent(file, extent.generation, appended.arrived);
    RecordSplitter splitter(bytes, extent.begin, continues, extent.partial, rules);
    while (const auto record = splitter.next()) {
      position_.offset = record->end;
      frame_record(*record, RecordFacts(record->line, appended.arrived, rules.samples), number_,
                   {point_.entry, record->end});
    }
    for (Feed* feed : selecting_) feed->end_append(number_, point_);
    if (framed_since_check_ > kFramedBetweenChecks) keep_budget();
  }
  position_.offset = extent.end;
}

void FeedTable::on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) {
  number_ = appended.appends;
  point_ = appended.point;
  turn_has_appends_ = true;
  find_selecting(file);
  std::string& frame = frames_.front();
  for (Feed* feed : selecting_) {
    frame.clear();
    const unsigned gaps = append_change(frame, feed->selection().style(), file, change, position_);
    counters_.gaps_announced.fetch_add(gaps, std::memory_order_relaxed);
    if (!frame.empty()) feed->append_change(frame, number_, point_, position_);
  }
}

void FeedTable::on_turn_end() {
  for (const auto& feed : active_) feed->end_turn(number_, woken_);
  if (std::exchange(turn_has_appends_, false)) {
    const std::lock_guard lock(mutex_);
    woken_.insert(woken_.end(), watchers_.begin(), watchers_.end());
  }
  keep_budget();
  notify_woken();
  drop_unused();
}

void FeedTable::notify_woken() {
  for (const auto& mailbox : woken_) mailbox->notify();
  woken_.clear();
}

void FeedTable::keep_budget() {
  framed_since_check_ = 0;
  ByteCount sum = 0;
  for (const auto& feed : active_) sum += feed->footprint();
  while (sum > limits_.all_feeds_bytes) {
    const auto largest = std::max_element(active_.begin(), active_.end(),
                                          [](const auto& a, const auto& b) { return a->footprint() < b->footprint(); });
    const ByteCount before = (*largest)->footprint();
    (*largest)->drop_oldest_block();
    if ((*largest)->footprint() == before) return;  // each feed is down to its last block
    for (auto& mailbox : (*largest)->watchers()) woken_.push_back(std::move(mailbox));
    sum -= before - (*largest)->footprint();
  }
}

}  // namespace tailwater
