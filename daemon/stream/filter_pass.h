// FilterPass: many feeds' filters looked at in one pass over a line. Each feed whose query has a pattern that every
// match must contain puts that pattern into one PatternSet; a line then asks only the feeds whose pattern occurs in it.
// The set is made anew off the ingest thread when enough feeds have come; until then, and where a set does no good,
// each feed is asked by itself. Ingest thread alone, but for the making.
//
// Patterns are hostile. Large ones stay out; and a set that turns out slow on the lines that come, because its patterns
// together need more memory than it may have, is dropped for a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "filter/pattern_set.h"
#include "stream/feed.h"

namespace tailwater {

class FilterPass {
 public:
  /// Fewer patterns are faster looked for one by one, each with its literal first.
  static constexpr std::size_t kFewestPatterns = 16;
  /// The program of a larger pattern may make the set remember far more than its share.
  static constexpr int kLargestProgram = 150;
  /// Between two makings: when so many feeds wait for a place that each line notices, and else.
  static constexpr std::chrono::seconds kRebuildSoon{1};
  static constexpr std::chrono::seconds kRebuildLater{10};
  /// A set that takes more for each byte runs up a debt; a good one does so at first, while it learns. Too much of it,
  /// and the set is dropped for so long.
  static constexpr std::chrono::nanoseconds kSlowPerByte{25};
  static constexpr std::chrono::milliseconds kMostDebt{500};
  static constexpr std::chrono::seconds kSlowFor{60};

  using Task = std::function<void()>;
  struct Threads {
    std::function<void(Task)> elsewhere;  ///< runs a task on another thread
    std::function<void(Task)> on_ingest;  ///< runs a task on the ingest thread; not any more once this object is gone
    /// Processor time of the calling thread: others on the machine are no reason to judge a set.
    std::function<std::chrono::nanoseconds()> cpu_time = thread_cpu_time;
  };

  FilterPass(const Clock& clock, Threads threads) : clock_(clock), threads_(std::move(threads)) {}
  FilterPass(const FilterPass&) = delete;
  FilterPass& operator=(const FilterPass&) = delete;

  /// A feed has come, or may have.
  void on_new_feeds() { changed_ = true; }
  /// It is not to be found any more.
  void forget(const Feed& feed);
  /// Makes the set anew if it is time.
  void on_turn_end(const std::vector<std::shared_ptr<Feed>>& active);

  /// Where find() finds this feed; -1: nowhere, it is to be asked by itself.
  [[nodiscard]] int slot_of(const Feed& feed) const;
  /// Changes whenever answers of slot_of() do, but for those of forgotten feeds.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// Feeds that are found.
  [[nodiscard]] std::size_t size() const { return slot_of_.size(); }
  /// Slots are below this.
  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  /// Null: forgotten.
  [[nodiscard]] Feed* feed_at(int slot) const { return slots_[static_cast<std::size_t>(slot)].get(); }
  /// The slots of all feeds whose pattern occurs in `line`, valid until the next call. If it cannot be told, all.
  [[nodiscard]] std::span<const int> find(std::string_view line);

 private:
  /// What is made elsewhere. Feeds with the same pattern stand beside each other.
  struct Made {
    std::unique_ptr<PatternSet> set;
    std::vector<std::shared_ptr<Feed>> slots;
    std::vector<int> first_slots;  // by the pattern's index; one more at the end
  };

  [[nodiscard]] static std::chrono::nanoseconds thread_cpu_time();
  [[nodiscard]] bool look(std::string_view line);
  void judge(std::chrono::nanoseconds took, std::size_t bytes);
  void make(const std::vector<std::shared_ptr<Feed>>& active);
  void use(Made made);
  void drop();

  const Clock& clock_;
  Threads threads_;
  std::unique_ptr<PatternSet> set_;
  std::vector<std::shared_ptr<Feed>> slots_;
  std::vector<int> first_slots_;
  std::unordered_map<const Feed*, int> slot_of_;
  std::vector<const Feed*> gone_;  // while a set is being made
  std::vector<int> patterns_found_;
  std::vector<int> found_;
  std::uint64_t version_ = 0;
  std::uint64_t lines_ = 0;
  std::chrono::nanoseconds debt_{0};
  bool changed_ = false;
  bool making_ = false;
  SteadyTime made_{};
  SteadyTime dropped_until_{};
};

}  // namespace tailwater
