// ByteMap: how many bytes of the selected files lie before a place of the history: what `position` says and where
// `at=` leads. Made by one walk over the journal, kept for the pages that follow and brought up to date by walking what
// has come since. Bytes that cannot be had back count for nothing; how many a compressed file has is guessed until
// somebody has read to its end. Thread: any, one at a time: who uses it holds it.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "history/extent_walk.h"
#include "stream/history_files.h"

namespace tailwater {

class ByteMap {
 public:
  explicit ByteMap(const HistoryBounds& bounds) : made_for_(bounds), bounds_(bounds) {}

  /// Walks on to `end`, at most so many entries; false: not there yet.
  [[nodiscard]] Result<bool> extend(const HistorySources& sources, HistoryFiles& files, const JournalEnd& end,
                                    std::size_t most);
  /// Corrects what was guessed by what has been learned since; false: it was made for other bounds.
  [[nodiscard]] bool take_over(const HistoryBounds& bounds);
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Bytes before the place.
  [[nodiscard]] Result<std::uint64_t> bytes_before(const HistorySources& sources, const WalkPlace& place) const;
  /// The place with so many bytes before it; inside a line, most likely. The end for total() and more.
  struct Found {
    WalkPlace place;
    std::optional<WalkedExtent> extent;  ///< that it lies in; with the end that was guessed, if it was
  };
  [[nodiscard]] Result<Found> place_of(const HistorySources& sources, std::uint64_t bytes) const;

 private:
  struct Mark {
    WalkPlace place;
    std::uint64_t before = 0;
  };
  [[nodiscard]] std::uint64_t counted(const Extent& extent) const;
  void correct(std::size_t index, std::uint64_t end);
  [[nodiscard]] static std::uint64_t guessed_end(HistoryFiles& files, const Extent& extent);

  HistoryBounds made_for_;
  HistoryBounds bounds_;  // with ends that are guesses
  JournalEnd end_;
  std::optional<WalkPlace> at_;  // how far it has come; unset: not begun
  std::vector<Mark> marks_;      // every so many entries
  std::size_t since_mark_ = 0;
  std::uint64_t total_ = 0;
  std::map<std::pair<FileIndex, std::uint32_t>, bool> readable_;  // of selected files
};

/// The maps of the selections that were asked for lately.
class ByteMaps {
 public:
  struct Entry {
    std::mutex mutex;
    std::shared_ptr<ByteMap> map;  // guarded by mutex
  };
  [[nodiscard]] std::shared_ptr<Entry> get(const std::string& key);

 private:
  static constexpr std::size_t kKept = 16;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<Entry>>> kept_;  // last used first, guarded by mutex_
};

}  // namespace tailwater
