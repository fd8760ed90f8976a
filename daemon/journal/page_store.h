// PageStore: all retained pages of the journal, segment by segment, and the one live page that grows. It knows which
// page holds which entry, and whether the page is in memory or on disk. The writer (one thread) adds and drops pages;
// readers on any thread find and load them. Its mutex is held for index look-ups and for copying one page, never
// during disk access.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "journal/page.h"
#include "journal/segment_directory.h"

namespace tailwater {

/// What the index remembers of a page.
struct PageIndex {
  std::uint64_t first_entry = 0;
  WallTime base{};
};

/// One file of the journal, or the like of it in memory.
struct Segment {
  explicit Segment(std::uint64_t first) : first_entry(first) {}

  // These do not change once the segment is in the store.
  const std::uint64_t first_entry;
  std::size_t snapshot_pages = 0;
  ByteCount snapshot_bytes = 0;

  // Guarded by the store's mutex; the writer, the only one who changes them, reads them without.
  std::optional<std::uint64_t> end_entry;  ///< first number after it, once it is full
  std::vector<PageIndex> pages;            ///< the snapshot's, then those with entries
  ByteCount bytes = 0;
  std::map<std::size_t, std::shared_ptr<const std::string>> kept;  ///< pages in memory; the live one excepted
  std::weak_ptr<const SegmentFile> file;                           ///< open while anyone reads or writes it
  bool published = false;                                          ///< on disk under its name
};

struct PagePlace {
  std::shared_ptr<Segment> segment;
  std::size_t page = 0;
};

/// A page as it was when it was loaded; immutable. Keeps its segment's file open, so that the pages that follow can be
/// had as well when the segment is evicted.
struct LoadedPage {
  PagePlace place;
  std::shared_ptr<const SegmentFile> file;  ///< null where the page was in memory
  std::uint64_t first_entry = 0;
  std::uint64_t end_entry = 0;  ///< first number that another page holds
  bool live = false;            ///< more may have been added to it since
  WallTime base{};
  std::shared_ptr<const std::string> bytes;
  PageScan scan;

  /// First number that is not in it. Below end_entry: what follows was lost to damage.
  [[nodiscard]] std::uint64_t decoded_end() const { return first_entry + scan.entries.size(); }
  /// Of scan.records[index].
  [[nodiscard]] std::string_view payload(std::size_t index) const;
  [[nodiscard]] std::optional<Record> record(std::size_t index) const;
  /// nullopt for an entry that it does not hold.
  [[nodiscard]] std::optional<JournalEntry> entry(std::uint64_t number) const;
};

class PageStore {
 public:
  /// A page whose bytes, from `from` on, are not on disk yet.
  struct Unwritten {
    PagePlace place;
    std::size_t from = 0;
  };

  /// `directory` must outlive the store; null: pages are in memory and stay there.
  explicit PageStore(const SegmentDirectory* directory) : directory_(directory) {}

  // --- writer ----------------------------------------------------------------------------------------------------
  /// Takes over what was found on disk; `live` goes on in the last page of the last segment.
  void adopt(std::vector<std::shared_ptr<Segment>> segments, std::optional<PageBuilder> live, std::uint64_t next_entry,
             bool damaged);
  /// False where there is no live page or it has no room.
  [[nodiscard]] bool add(const Record& record);
  /// In the place of the record that was added last.
  [[nodiscard]] bool replace_last(const Record& record);
  /// Closes the live page and starts another in the last segment.
  void start_page(WallTime base);
  /// Closes the last segment and starts one that holds a snapshot. A last segment without entries is replaced.
  void start_segment(const std::vector<Record>& snapshot, WallTime base);
  /// Takes the oldest segment out of the order, unless it is the last. Readers that hold it may go on.
  std::shared_ptr<Segment> evict();
  /// Gives up pages that could not be written, a segment at a time, oldest first, but not the last segment's. What was
  /// in them is a hole in the order. False if there is nothing to give up.
  bool drop_unwritten_segment();
  [[nodiscard]] const std::deque<Unwritten>& unwritten() const { return unwritten_; }
  /// The first of unwritten() is on disk.
  void first_is_written();
  [[nodiscard]] const PageBuilder* live() const { return live_ ? &*live_ : nullptr; }
  void live_is_written();
  /// Where pages are read that are on disk already.
  void use_file(const std::shared_ptr<Segment>& segment, const std::shared_ptr<const SegmentFile>& file);
  void segment_is_published(const std::shared_ptr<Segment>& segment);
  [[nodiscard]] const std::shared_ptr<Segment>& last_segment() const { return segments_.back(); }

  // --- any thread ------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t first_entry() const;
  [[nodiscard]] std::uint64_t next_entry() const;
  [[nodiscard]] bool damaged() const;  ///< are there holes in the order?
  [[nodiscard]] ByteCount bytes() const;
  [[nodiscard]] ByteCount kept_bytes() const;
  [[nodiscard]] std::vector<std::shared_ptr<Segment>> segments() const;
  [[nodiscard]] std::size_t page_count(const Segment& segment) const;

  /// The page that has, or had, this entry. kGone: evicted.
  [[nodiscard]] Result<LoadedPage> load_entry(std::uint64_t entry) const;
  /// The last page whose base lies before `time`; kNotFound if none does.
  [[nodiscard]] Result<LoadedPage> load_time(WallTime time) const;
  /// What cannot be had is a page without records for the entries that are missing; so is a place behind the last page
  /// of a segment. Errors are such that another attempt may succeed.
  [[nodiscard]] Result<LoadedPage> load(const PagePlace& place) const;
  /// The records of a segment's snapshot; kCorrupt where they are not all there.
  [[nodiscard]] Result<std::vector<Record>> load_snapshot(const std::shared_ptr<Segment>& segment) const;

 private:
  [[nodiscard]] LoadedPage index_locked(const PagePlace& place) const;
  Result<void> read_bytes(LoadedPage& page) const;
  void close_page_locked();
  [[nodiscard]] std::shared_ptr<Segment> make_segment(const std::vector<Record>& snapshot, WallTime base) const;
  void forget_unwritten_locked(const Segment& segment);

  const SegmentDirectory* directory_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Segment>> segments_;  // oldest first, guarded by mutex_
  std::optional<PageBuilder> live_;                // guarded by mutex_
  std::uint64_t next_entry_ = 0;                   // guarded by mutex_
  ByteCount kept_bytes_ = 0;                       // guarded by mutex_
  bool damaged_ = false;                           // guarded by mutex_
  std::deque<Unwritten> unwritten_;                // writer's alone
};

}  // namespace tailwater
