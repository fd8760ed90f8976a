#include "stream/feed_table.h"

#include <algorithm>
#include <utility>

#include "filter/literal_search.h"
#include "filter/record_form.h"
#include "stream/change_frames.h"
#include "stream/readers_mailbox.h"
#include "stream/sample_frame.h"

namespace tailwater {
namespace {

constexpr std::size_t kFramedBetweenChecks = 1U << 20;

/// A clock costs about as much as a good filter takes for a short line: one line of so many is timed, and each long
/// one.
constexpr std::int64_t kTimedOneOf = 16;
constexpr std::size_t kLongLine = 4096;
constexpr std::chrono::seconds kCostSpan{1};
/// How long the queries of a filter that was too slow get no feed.
constexpr std::chrono::minutes kSlowFor{5};
constexpr std::size_t kMaxSlowKeys = 1000;
constexpr std::size_t kMaxRememberedFiles = 1024;

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
                     StreamCounters& counters, const Journal& journal, const Clock& clock,
                     std::function<void(std::function<void()>)> elsewhere)
    : ingest_loop_(ingest_loop),
      limits_(limits),
      rules_(rules),
      counters_(counters),
      journal_(journal),
      clock_(clock),
      pass_(clock, {std::move(elsewhere), [this](FilterPass::Task task) { post_to_ingest(std::move(task)); }}) {
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
    const auto slow = slow_keys_.find(selection->key());
    if (slow != slow_keys_.end()) {
      if (clock_.steady_now() < slow->second) return nullptr;
      slow_keys_.erase(slow);
    }
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
    if (found == by_key_.end() || found->second.feed != feed || --found->second.holders > 0) return;
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

ByteCount FeedTable::live_lag(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  ByteCount slowest = 0;
  for (const auto& [key, entry] : by_key_) {
    if (entry.feed->selection().selects_stream(stream)) slowest = std::max(slowest, entry.feed->lag());
  }
  return slowest;
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
  on_feeds_changed();
  pass_.on_new_feeds();
  feed->end_turn(number_, std::nullopt, woken_);
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
  std::sort(dropped.begin(), dropped.end());
  std::erase_if(active_, [&](const std::shared_ptr<Feed>& feed) {
    return std::binary_search(dropped.begin(), dropped.end(), feed);
  });
  for (const auto& feed : dropped) pass_.forget(*feed);
  on_feeds_changed();
}

void FeedTable::on_feeds_changed() {
  feeds_changed_ = true;
}

/// Which feeds select a file is found once, and remembered until the feeds or the pass are others.
void FeedTable::find_selecting(const FileInfo& file, bool samples) {
  if (std::exchange(feeds_changed_, false) || by_file_version_ != pass_.version() ||
      by_file_.size() >= kMaxRememberedFiles) {
    by_file_.clear();
    by_file_version_ = pass_.version();
  }
  const auto [entry, fresh] = by_file_.try_emplace(file.key);
  FileFeeds& feeds = entry->second;
  if (fresh) {
    feeds.in_pass.resize(pass_.slots());
    for (const auto& feed : active_) {
      if (!feed->selects(file)) continue;
      const int slot = samples ? -1 : pass_.slot_of(*feed);
      if (slot < 0) {
        feeds.by_themselves.push_back(feed.get());
      } else {
        feeds.in_pass[static_cast<std::size_t>(slot)] = true;
        feeds.any_in_pass = true;
      }
    }
  }
  file_feeds_ = &feeds;
  selecting_ = feeds.by_themselves;
  found_with_frames_.clear();
}

/// Each feed may want other metrics of it.
void FeedTable::frame_sample(const Record& record, const RecordFacts& facts, std::uint64_t number,
                             const JournalPoint& point) {
  std::string& frame = frames_.front();
  for (Feed* feed : selecting_) {
    const Query& query = feed->selection().query();
    if (!query.takes(facts)) continue;
    frame.clear();
    append_sample(frame, feed->selection(), position_, record.line);
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
    if (takes(*feed, facts)) append_frame(*feed, record, facts, number, point);
  }
  if (file_feeds_->any_in_pass) {
    for (const int slot : pass_.find(facts.line())) {
      Feed* feed = pass_.feed_at(slot);
      if (feed == nullptr || !file_feeds_->in_pass[static_cast<std::size_t>(slot)] || !takes(*feed, facts)) continue;
      if (feed->last_number() != number) found_with_frames_.push_back(feed);
      append_frame(*feed, record, facts, number, point);
    }
  }
  if (!too_slow_.empty()) set_aside_slow_ones(point);
}

void FeedTable::append_frame(Feed& feed, const Record& record, const RecordFacts& facts, std::uint64_t number,
                             const JournalPoint& point) {
  const std::size_t style = index_of(feed.selection().style());
  if (frames_[style].empty()) framers_[style].append(frames_[style], record, facts);
  feed.append_record(frames_[style], number, point, position_);
  counters_.records_framed.fetch_add(1, std::memory_order_relaxed);
  framed_since_check_ += frames_[style].size();
}

bool FeedTable::takes(Feed& feed, const RecordFacts& facts) {
  const Query& query = feed.selection().query();
  if (query.passes_everything()) return true;
  const std::size_t bytes = facts.line().size();
  const bool is_long = bytes > kLongLine;
  if (!is_long && records_ % kTimedOneOf != 0) return query.matches(facts);
  const SteadyTime begin = clock_.steady_now();
  const bool matches = query.matches(facts);
  charge(feed, begin, is_long ? 1 : kTimedOneOf, bytes);
  return matches;
}

void FeedTable::charge(Feed& feed, SteadyTime begin, std::int64_t weight, std::size_t bytes) {
  const SteadyTime now = clock_.steady_now();
  if (now - costs_since_ > kCostSpan) {
    costs_since_ = now;
    for (const auto& each : active_) each->cost = {};
  }
  FilterCost& cost = feed.cost;
  cost.spent += (now - begin) * weight;
  cost.bytes += static_cast<std::int64_t>(bytes) * weight;
  const bool is_slow = cost.spent >= limits_.filter_time && cost.spent >= limits_.filter_time_per_byte * cost.bytes;
  if (is_slow) too_slow_.push_back(&feed);
}

/// `feed` is not the table's own pointer to it, which goes here.
void FeedTable::set_aside(const std::shared_ptr<Feed>& feed, const JournalPoint& point) {
  std::erase(active_, feed);
  std::erase(found_with_frames_, feed.get());
  pass_.forget(*feed);
  on_feeds_changed();
  feed->set_aside(point);
  for (auto& mailbox : feed->watchers()) woken_.push_back(std::move(mailbox));
  const std::lock_guard lock(mutex_);
  by_key_.erase(feed->selection().key());
}

void FeedTable::start_anew() {
  // Between turns: everybody has been told of all that is committed.
  take_over(journal_.end());
  for (const auto& feed : std::vector<std::shared_ptr<Feed>>(active_)) set_aside(feed, point_);
  notify_woken();
}

/// Everything up to `point` has been looked at. Their clients become readers of the journal: on the history workers
/// such a filter takes time from nobody but those who catch up.
void FeedTable::set_aside_slow_ones(const JournalPoint& point) {
  for (Feed* slow : std::exchange(too_slow_, {})) {
    std::erase(selecting_, slow);
    const auto feed =
        *std::find_if(active_.begin(), active_.end(), [&](const auto& each) { return each.get() == slow; });
    set_aside(feed, point);
    counters_.feeds_set_aside.fetch_add(1, std::memory_order_relaxed);
    const SteadyTime now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    std::erase_if(slow_keys_, [&](const auto& entry) { return entry.second <= now; });
    if (slow_keys_.size() >= kMaxSlowKeys) slow_keys_.erase(slow_keys_.begin());
    slow_keys_.emplace(feed->selection().key(), now + kSlowFor);
  }
}

/// Null: the file is no run. Where it is one, and what stands before the extent has not been looked at, whoever wants
/// to be told of stages reads on from the journal, where somebody can wait until it has.
std::shared_ptr<const StageMap> FeedTable::stages_of(const FileInfo& file, const Extent& extent, std::string_view bytes,
                                                     const BytesBefore& before, const RecordRules& rules,
                                                     const Journal::Appended& appended) {
  StageSource* source = rules.masks ? rules_.stages() : nullptr;
  if (source == nullptr) return nullptr;
  auto stages = source->hear(file, extent, bytes, before, rules, appended.arrived);
  if (stages) return stages;
  for (const auto& feed : std::vector<std::shared_ptr<Feed>>(active_)) {
    if (is_json(feed->selection().style()) && feed->selects(file)) set_aside(feed, {point_.entry, extent.begin});
  }
  return nullptr;
}

void FeedTable::on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                          const Journal::Appended& appended) {
  number_ = appended.appends;
  point_ = appended.point;
  turn_has_appends_ = true;
  position_ = {file.key, extent.generation, extent.begin};
  RecordRules rules = rules_.of(file.stream);
  rules.encoding = before.encoding;
  if (before.redactor) rules.redactor = before.redactor;
  const auto stages = stages_of(file, extent, bytes, before, rules, appended);
  find_selecting(file, rules.samples);
  if (!selecting_.empty() || file_feeds_->any_in_pass) {
    RecordSplitter splitter(bytes, extent.begin, before, extent.partial, rules);
    // What is redacted holds text that the bytes do not.
    const bool as_it_is = !rules.samples && splitter.next_suspect() == std::string_view::npos;
    if (as_it_is) {
      std::erase_if(selecting_, [&](const Feed* feed) { return cannot_match(feed->selection().query(), bytes); });
    }
    for (RecordFramer& framer : framers_) {
      framer.begin_extent(file, extent.generation, appended.arrived);
      if (framer.says_stages()) framer.set_stages(stages, rules.redactor);
    }
    const RecordOrigin origin{file.stream, file.path, appended.arrived, &rules};
    while (!selecting_.empty() || file_feeds_->any_in_pass) {
      const auto record = splitter.next();
      if (!record) break;
      ++records_;
      position_.offset = record->end;
      const RecordFacts facts(*record, origin);
      if (!facts.is_dropped()) frame_record(*record, facts, number_, {point_.entry, record->end});
    }
    for (Feed* feed : selecting_) feed->end_append(number_, point_);
    for (Feed* feed : found_with_frames_) feed->end_append(number_, point_);
    if (framed_since_check_ > kFramedBetweenChecks) keep_budget();
  }
  position_.offset = extent.end;
}

void FeedTable::on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) {
  number_ = appended.appends;
  point_ = appended.point;
  turn_has_appends_ = true;
  if (StageSource* source = rules_.stages()) source->hear_change(file, change);
  std::string& frame = frames_.front();
  for (const auto& feed : active_) {
    if (!feed->selects(file)) continue;
    frame.clear();
    const auto gap = append_change(frame, feed->selection().style(), file, change, position_);
    if (gap) counters_.add_gap(*gap);
    if (!frame.empty()) feed->append_change(frame, number_, point_, position_);
  }
}

void FeedTable::on_turn_end(std::optional<SteadyTime> noticed) {
  // One feed of each turn is timed on its way out, whichever it is.
  const std::size_t timed = active_.empty() ? 0 : turns_++ % active_.size();
  for (std::size_t i = 0; i < active_.size(); ++i) {
    active_[i]->end_turn(number_, i == timed ? noticed : std::nullopt, woken_);
  }
  if (std::exchange(turn_has_appends_, false)) {
    const std::lock_guard lock(mutex_);
    woken_.insert(woken_.end(), watchers_.begin(), watchers_.end());
  }
  keep_budget();
  notify_woken();
  drop_unused();
  pass_.on_turn_end(active_);
}

/// Not once the table is gone.
void FeedTable::post_to_ingest(FilterPass::Task task) {
  ingest_loop_.post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task();
  });
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
