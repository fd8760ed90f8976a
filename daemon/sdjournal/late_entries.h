// LateEntries: which entries of the system's journal come to light behind the place where its reader is, and would
// never be read: libsystemd merges the files by number and time and goes forward alone. That happens with every user's
// first entry (it makes a file, which the reader hears of after what was written next), while files are rotated, and
// where a machine's journal arrives late. The numbers in each sequence tell. Thread: one.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sdjournal/entry_line.h"
#include "sdjournal/host_journal.h"
#include "sdjournal/journal_files.h"
#include "sdjournal/sequence_marks.h"

namespace tailwater {

class LateEntries {
 public:
  /// Numbers of one sequence, and the files that they may be in.
  struct Missing {
    std::string sequence;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::vector<std::string> files;
  };

  /// `directory` empty: the system's journal. In it nothing is late but what is missing between two entries of one
  /// sequence: what comes with a new one, or behind its place, are copies that were made from memory to the disk.
  /// `clock` outlives it.
  LateEntries(const std::string& directory, const Clock& clock);

  /// `marks`: from a checkpoint. Without one what is there now, and is not read, is not late.
  void begin(std::optional<SequenceMarks> marks);
  [[nodiscard]] const SequenceMarks& marks() const { return marks_; }
  /// The entry has been looked at.
  void saw(const EntryCursor& entry);

  /// Have all sequences been met, or passed? Before that the marks are no use to a later process.
  [[nodiscard]] bool is_settled() const { return settled_; }

  /// Before saw() of the entry at hand: are there others before it, by their numbers, that have not been looked at?
  [[nodiscard]] std::optional<Missing> before(const EntryCursor& entry, EntryTime time);

  /// All that is in the files now is to be read when the reader gets to their end,
  void aim(bool files_changed);
  /// and what is not is late.
  [[nodiscard]] std::vector<Missing> behind();
  /// What was asked for is read, as far as it was there: `count` entries.
  void done_with(const Missing& missing, std::uint64_t count);
  /// Was this entry one of those?
  [[nodiscard]] bool has_read(const EntryCursor& entry) const;

 private:
  [[nodiscard]] std::optional<std::uint64_t> first_number(std::string_view sequence) const;
  [[nodiscard]] bool may_look();

  const bool others_;  // journals of other machines, too
  const Clock& clock_;
  JournalFiles files_;
  SequenceMarks marks_;
  std::string last_sequence_;
  bool settled_ = false;
  SequenceMarks at_first_;                        // sequences that were there, unread, at the beginning
  std::map<std::string, std::uint64_t> targets_;  // of each sequence: the last number that was in a file
  std::deque<Missing> read_;                      // what was late last
  SequenceMarks tried_;                           // numbers up to which entries were looked for, and were not there
  SteadyTime second_{};                           // that these were counted since:
  int in_vain_ = 0;
};

}  // namespace tailwater
