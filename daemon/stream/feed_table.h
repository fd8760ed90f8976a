// FeedTable: all feeds, and the ingest side of them: every extent is cut into records once, every record's facts are
// found once, however many feeds ask. A feed exists as long as someone holds it. Made on any thread; outlived by the
// ingest loop or not: what it posts there holds it weakly.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/event_loop.h"
#include "journal/journal.h"
#include "stream/feed.h"
#include "stream/filter_pass.h"
#include "stream/record_framer.h"
#include "stream/rule_table.h"
#include "stream/stream_counters.h"

namespace tailwater {

struct FeedTableLimits {
  FeedLimits feed;
  ByteCount all_feeds_bytes = 256ULL << 20;
  std::size_t max_feeds = 1000;
  /// A filter that takes more of a second of the ingest thread, and more for each byte, than this is set aside.
  std::chrono::nanoseconds filter_time = Milliseconds(100);
  std::chrono::nanoseconds filter_time_per_byte{100};
};

class FeedTable : public std::enable_shared_from_this<FeedTable> {
 public:
  /// Feeds begin at the journal's end as it is when they are made. `elsewhere` runs a task on another thread; what it
  /// runs holds the table only weakly.
  FeedTable(EventLoop& ingest_loop, const FeedTableLimits& limits, const RuleTable& rules, StreamCounters& counters,
            const Journal& journal, const Clock& clock, std::function<void(std::function<void()>)> elsewhere);

  // --- any thread ------------------------------------------------------------------------------------------
  /// The feed of that selection, made if there is none; it starts soon. Null: there are max_feeds already, or its
  /// filter has been too slow a short while ago. Its clients read the journal then.
  [[nodiscard]] std::shared_ptr<Feed> acquire(const std::shared_ptr<const Selection>& selection);
  /// Once for each acquire().
  void release(const std::shared_ptr<Feed>& feed);
  /// Whom each turn wakes: those whose cursors got no feed. Once for each watch() until as many unwatch().
  void watch(const std::shared_ptr<ReadersMailbox>& mailbox);
  void unwatch(const std::shared_ptr<ReadersMailbox>& mailbox);
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] ByteCount footprint() const;
  [[nodiscard]] std::size_t live_cursors(std::string_view stream) const;
  [[nodiscard]] ByteCount live_lag(std::string_view stream) const;
  /// Feeds whose filters are looked at together. Ingest thread.
  [[nodiscard]] std::size_t found_in_one_pass() const { return pass_.size(); }

  // --- ingest thread ---------------------------------------------------------------------------------------
  void on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                 const Journal::Appended& appended);
  void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended);
  void on_turn_end(std::optional<SteadyTime> noticed = std::nullopt);
  /// Lets go of every frame that has been made: the rules have changed. All go on in the journal.
  void start_anew();

 private:
  struct Entry {
    std::shared_ptr<Feed> feed;
    std::size_t holders = 0;
  };

  void start(const std::shared_ptr<Feed>& feed);
  void take_over(const JournalEnd& end);
  void drop_unused();
  void keep_budget();
  void on_feeds_changed();
  void post_to_ingest(FilterPass::Task task);
  void find_selecting(const FileInfo& file, bool samples);
  void append_frame(Feed& feed, const Record& record, const RecordFacts& facts, std::uint64_t number,
                    const JournalPoint& point);
  void frame_sample(const Record& record, const RecordFacts& facts, std::uint64_t number, const JournalPoint& point);
  [[nodiscard]] std::shared_ptr<const StageMap> stages_of(const FileInfo& file, const Extent& extent,
                                                          std::string_view bytes, const BytesBefore& before,
                                                          const RecordRules& rules, const Journal::Appended& appended);
  void frame_record(const Record& record, const RecordFacts& facts, std::uint64_t number, const JournalPoint& point);
  [[nodiscard]] bool takes(Feed& feed, const RecordFacts& facts);
  void charge(Feed& feed, SteadyTime begin, std::int64_t weight, std::size_t bytes);
  void set_aside(const std::shared_ptr<Feed>& feed, const JournalPoint& point);
  void set_aside_slow_ones(const JournalPoint& point);
  void notify_woken();

  EventLoop& ingest_loop_;
  const FeedTableLimits limits_;
  const RuleTable& rules_;
  StreamCounters& counters_;

  const Journal& journal_;
  const Clock& clock_;

  // Ingest thread alone.
  std::uint64_t number_ = 0;  // of the last append heard of
  JournalPoint point_;
  Position position_;  // of the last extent heard of
  bool turn_has_appends_ = false;
  std::size_t turns_ = 0;
  std::size_t framed_since_check_ = 0;
  SteadyTime costs_since_{};
  std::int64_t records_ = 0;
  std::vector<Feed*> too_slow_;  // found while the record under way is looked at
  std::vector<std::shared_ptr<Feed>> active_;
  FilterPass pass_;
  /// The feeds that select a file; those that the pass finds by their slots in it.
  struct FileFeeds {
    std::vector<Feed*> by_themselves;
    std::vector<bool> in_pass;
    bool any_in_pass = false;
  };
  std::unordered_map<FileKey, FileFeeds> by_file_;  // for as long as feeds and pass stay as they are
  std::uint64_t by_file_version_ = 0;
  bool feeds_changed_ = false;
  const FileFeeds* file_feeds_ = nullptr;  // of the extent under way
  std::vector<Feed*> selecting_;           // likewise: those to be asked by themselves
  std::vector<Feed*> found_with_frames_;   // by the pass, in the extent under way
  std::array<RecordFramer, kFrameStyles> framers_{RecordFramer(FrameStyle::kJson),
                                                  RecordFramer(FrameStyle::kJsonWithFields),
                                                  RecordFramer(FrameStyle::kText), RecordFramer(FrameStyle::kBare)};
  std::array<std::string, kFrameStyles> frames_;
  std::vector<std::shared_ptr<ReadersMailbox>> woken_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_key_;          // guarded by mutex_
  std::unordered_map<std::string, SteadyTime> slow_keys_;  // guarded by mutex_: no feed for these until then
  std::vector<std::shared_ptr<ReadersMailbox>> watchers_;  // guarded by mutex_
  std::atomic<std::size_t> unused_{0};                     // entries without holders
};

}  // namespace tailwater
