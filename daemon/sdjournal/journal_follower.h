// JournalFollower: writes the entries of the system's journal, as far as a stream takes them, to a spool, which is
// followed like any log file: so they have IDs, history, search and resume without a line of code of their own. Each
// entry is written exactly once, over kills and restarts, without a sync for each: see CheckpointFile, WrittenLines.
//
// A thread of its own reads, converts and writes. It sleeps until the journal's files change; where the spool cannot be
// written, it waits, and the journal is the buffer. start() and stop() on one thread, status() on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sdjournal/checkpoint_file.h"
#include "sdjournal/entry_filter.h"
#include "sdjournal/entry_line.h"
#include "sdjournal/host_journal.h"
#include "sdjournal/late_entries.h"
#include "sdjournal/written_lines.h"
#include "source/appearing_directories.h"
#include "source/spool.h"

namespace tailwater {

/// Where a stream's first look at the journal begins.
struct FirstEntries {
  enum class From : std::uint8_t { kLast, kBoot, kAll, kNow, kAge };
  From from = From::kLast;
  std::uint64_t count = 10'000;  ///< of kLast
  Milliseconds age{};            ///< of kAge
};

struct JournalFollowerOptions {
  std::string stream;     ///< for messages
  std::string directory;  ///< of the journal's files; empty: the system's
  EntryRules rules;
  LineShape shape;
  FirstEntries first;
  std::string spool_path;  ///< its checkpoint is beside it
  ByteCount spool_bytes = 128ULL << 20;
};

struct JournalFollowerStatus {
  std::uint64_t entries = 0;       ///< written
  std::uint64_t bytes = 0;         ///< of their lines
  std::uint64_t late = 0;          ///< looked at that came to light behind the place where reading was
  std::uint64_t lost = 0;          ///< at most; removed from the journal before they were read
  std::uint64_t write_errors = 0;  ///< and tries again
  bool open = false;               ///< the journal can be read
  Milliseconds lag{};              ///< how old the entry is that is read next; 0: there is none
};

class JournalFollower {
 public:
  /// `library` and `clock` outlive it. kInvalid names a rule that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<JournalFollower>> make(JournalFollowerOptions options,
                                                                     const SystemdLibrary& library, const Clock& clock);
  ~JournalFollower();
  JournalFollower(const JournalFollower&) = delete;
  JournalFollower& operator=(const JournalFollower&) = delete;

  [[nodiscard]] Result<void> start();
  /// Writes what it has read, and a checkpoint.
  void stop();
  [[nodiscard]] JournalFollowerStatus status() const;

 private:
  /// What the next entry is to be compared with the last one for.
  enum class Doubt : std::uint8_t {
    kNone,
    kNumbers,  ///< files went while some of them were unread: a step in the numbers tells
    kGone,     ///< the last entry itself is not there any more
  };

  JournalFollower(JournalFollowerOptions options, EntryFilter filter, const SystemdLibrary& library,
                  const Clock& clock);

  void run();
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> find_place();
  /// Goes to the last entry that was looked at, or a copy of it; false: it is gone, and this is the next one, if any.
  [[nodiscard]] Result<bool> find_last();
  [[nodiscard]] Result<void> find_first_place();
  [[nodiscard]] Result<void> find_place_behind_spool(const Checkpoint& saved);
  [[nodiscard]] Result<void> find_last_matches();
  /// Until it is stopped, has to be opened anew, or fails.
  [[nodiscard]] Result<void> follow();
  /// Reads as much as is written at once; true: nothing more is there.
  [[nodiscard]] Result<bool> read_some();
  [[nodiscard]] Result<void> look_at_next();
  [[nodiscard]] bool takes_entry(const HostJournal& journal);
  void read_entry(const HostJournal& journal);
  [[nodiscard]] Result<void> read_late(const LateEntries::Missing& missing);
  void note_loss(const EntryCursor& cursor);
  [[nodiscard]] bool is_copy(const EntryCursor& cursor) const;
  void set_last(EntryCursor cursor);
  /// Waits for as long as the disk refuses; false: it was stopped meanwhile.
  [[nodiscard]] bool write_pending();
  void write_checkpoint();
  [[nodiscard]] Result<void> take_notice(bool behind);
  /// False: the journal is to be opened anew.
  [[nodiscard]] bool wait_for_journal();
  void report(const std::string& problem);
  /// False: it was stopped meanwhile.
  [[nodiscard]] bool pause(Milliseconds time) const;
  [[nodiscard]] bool stopped() const { return stopping_.load(std::memory_order_relaxed); }

  const JournalFollowerOptions options_;
  const std::uint64_t rules_;  // a fingerprint of all that decides about lines
  EntryFilter filter_;
  EntryLine line_;
  const SystemdLibrary& library_;
  const Clock& clock_;

  UniqueFd stop_event_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  // --- its thread alone -------------------------------------------------------------------------------------
  std::optional<Spool> spool_;
  std::optional<CheckpointFile> checkpoint_;
  std::optional<HostJournal> journal_;
  std::optional<AppearingDirectories> places_;
  LateEntries late_;
  WrittenLines written_;
  EntryTime skipped_until_{};             // entries up to this time were written by other rules
  EntryCursor last_;                      // the last entry that was looked at; empty: none
  std::vector<EntryCursor> same_moment_;  // those that were written in the moment of the last one
  bool files_changed_ = false;
  bool was_empty_ = false;  // "now", when there was nothing yet: all that comes is new
  bool at_entry_ = false;   // next() has gone to an entry that was not looked at yet
  Doubt doubt_ = Doubt::kNone;
  bool stalled_ = false;  // the disk refused since everything had been read
  std::string one_;       // the entry's line
  std::string pending_;   // lines that are to be written
  std::uint64_t pending_entries_ = 0;
  ByteCount bytes_since_checkpoint_ = 0;
  std::uint64_t looked_at_since_checkpoint_ = 0;
  std::string reported_;  // the last problem that the log was told of

  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> late_entries_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> write_errors_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> behind_{false};
  std::atomic<std::int64_t> last_time_{0};  // microseconds
};

}  // namespace tailwater
