// RunTable: the runs of all run streams, from the first line of their files to the last state. It hears from ingest
// which bytes were committed (not the bytes: it reads the files itself, as any reader does, on a thread of its own, so
// that ingest never waits for it and what waits is bounded), from callers how runs ended, and puts what it knows on the
// board.
//
// What a run is made of is kept on disk: after a restart reading goes on where it was, and a state that somebody was
// told had been taken is there. Members say which thread they are for.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "journal/journal.h"
#include "runs/run_board.h"
#include "runs/run_entry.h"
#include "runs/run_names.h"
#include "runs/run_store.h"
#include "stream/history_files.h"
#include "stream/record_pieces.h"

namespace tailwater {

struct RunLimits {
  Milliseconds age{};
  std::uint64_t runs = 0;
  ByteCount bytes = 0;
};

/// A stream whose files are runs.
struct RunStream {
  std::string name;
  RunNaming naming;
  std::shared_ptr<const OwnRules> rules;  ///< null: none
  Milliseconds idle{};                    ///< after which a run that says nothing is lost
  RunLimits keep;
};

struct RunTableStatus {
  std::array<std::uint64_t, kRunStates> runs{};  ///< by state
  std::uint64_t lines = 0;                       ///< that were looked at
  std::uint64_t reading_ns = 0;                  ///< what that took
  std::uint64_t waiting_bytes = 0;               ///< committed and not looked at
  std::uint64_t write_errors = 0;
  std::uint64_t stored_bytes = 0;
};

class RunTable {
 public:
  struct Parts {
    const HistorySources& sources;
    RunBoard& board;
    const Clock& clock;
    /// Removes the file of a pushed run that is not kept any more. On the table's thread.
    std::function<void(const std::string& stream, const std::string& file)> remove_pushed;
  };

  /// What `parts` refers to outlives the table. Without a `store` a restart forgets all. What is stored is on the board
  /// when this returns.
  RunTable(const Parts& parts, std::unique_ptr<RunStore> store, std::vector<RunStream> streams);
  ~RunTable();
  RunTable(const RunTable&) = delete;
  RunTable& operator=(const RunTable&) = delete;

  // --- main thread -------------------------------------------------------------------------------------------
  /// Once ingest has made its first scan: from here on a thread steps it.
  void start();
  /// Saves what there is, joins.
  void stop();

  // --- ingest thread -----------------------------------------------------------------------------------------
  void set_streams(std::vector<RunStream> streams);
  void on_extent(const FileInfo& file, const Extent& extent, const Journal::Appended& appended);
  void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended);
  /// What a run's lines are looked at with from its first line on; null: the stream has no runs.
  [[nodiscard]] std::unique_ptr<RunBuilder> fresh_builder(std::string_view stream) const;
  /// Does the change begin another run?
  [[nodiscard]] bool begins_run(const FileInfo& file, const FileChange& change) const;
  /// A copy of how far a run has been looked at; nullopt: it is none. `all`: nothing that was told waits.
  struct Reading {
    RunBuilder builder;
    RunPlace end;
    bool all = false;
  };
  [[nodiscard]] std::optional<Reading> reading_of(FileIndex file);
  /// To be called once the feeds have heard of the turn's end: whoever hears of a run has its lines before him.
  void on_turn_end();

  // --- any thread --------------------------------------------------------------------------------------------
  /// Something was pushed to the file: it is a run from now on, before ingest has seen it.
  void expect(const std::string& stream, const std::string& file);
  /// What is said of a pushed run is on disk, and on the board, when this returns.
  [[nodiscard]] Result<void> call(const std::string& stream, const std::string& file, const RunCall& call);
  [[nodiscard]] RunTableStatus status() const;
  /// The stages of a run up to there. Waits until it has been looked at so far, some seconds at most. Null: it is no
  /// run, or has been forgotten.
  [[nodiscard]] std::shared_ptr<const StageMap> stages(FileIndex file, const RunPlace& until);

  // --- the table's thread, or a test's -----------------------------------------------------------------------
  /// Looks at some bytes of one file; false if there are none. The first one finds the files that are there.
  bool step();
  /// Publishes and saves what is due, looks after runs that are silent, over or too many. When to call it again.
  SteadyTime tick();

 private:
  using Entries = std::map<std::string, std::unique_ptr<RunEntry>, std::less<>>;
  static constexpr Milliseconds kTickWhileBusy{200};
  using Inbox = std::unordered_map<FileIndex, std::deque<RunNews>>;

  [[nodiscard]] const RunStream* stream_of(std::string_view name) const;
  void take_inbox();
  void find_files();
  void take_news(FileIndex file, std::deque<RunNews> news);
  RunEntry& add_entry(StoredRun stored);
  RunEntry* pushed_entry(const std::string& stream, const std::string& file);
  RunEntry* entry_of(FileIndex file);
  void attach(RunEntry& entry, const FileStatus& file);
  void queue(RunEntry& entry);
  struct Unread {
    FileIndex file = 0;
    RunPlace from;
    bool pushed = false;
  };
  [[nodiscard]] Inbox read_journal(const std::vector<Unread>& wanted) const;

  [[nodiscard]] RunEntry* next_to_read();
  void on_file_news(RunEntry& entry, const RunNews& news);
  void begin_anew(RunEntry& entry, const RunNews& news);
  [[nodiscard]] RunEntry* reading(const RunNews& news);
  void read_piece(const RunNews& news, const std::string& path);
  void skip(const RunNews& news);
  void look_at(RunEntry& entry, const Record& record, WallTime arrived, std::uint32_t generation);
  void finish_piece(RunEntry& entry, const RunNews& news, std::uint64_t offset, WallTime arrived);
  void forget_reading(RunEntry& entry);

  void touch(RunEntry& entry);
  void publish(RunEntry& entry);
  [[nodiscard]] std::optional<Milliseconds> eta_of(const Run& run) const;
  void note_duration(RunEntry& entry, const Run& run);
  [[nodiscard]] StoredRun to_store(const RunEntry& entry) const;
  void save(RunEntry& entry);
  void rewrite_if_wanted();
  void look_after(RunEntry& entry);
  [[nodiscard]] bool is_read_to_its_end(const RunEntry& entry) const;
  void keep_limits();
  void drop_forgotten();
  void forget(RunEntry& entry);
  void erase(RunEntry& entry);
  void work();

  const Parts parts_;
  std::vector<RunNews> staged_;  // ingest thread, as the next three; of the turn under way
  std::vector<std::string> ingest_streams_;
  std::vector<RunNaming> ingest_namings_;  // of the same, as the next
  std::vector<std::shared_ptr<const OwnRules>> ingest_rules_;

  mutable std::mutex mutex_;
  std::vector<RunStream> streams_;   // guarded by mutex_, as all below up to inbox_mutex_
  std::unique_ptr<RunStore> store_;  // null: nothing is kept
  Entries entries_;                  // by name
  std::unordered_map<FileIndex, RunEntry*> by_index_;
  std::deque<RunEntry*> live_;     // with little to read
  std::deque<RunEntry*> backlog_;  // with much
  unsigned turns_ = 0;
  std::map<std::pair<std::string, std::string>, std::deque<Milliseconds>> durations_;  // of each name in a stream
  SteadyTime limits_at_{};
  unsigned waiting_for_stages_ = 0;
  std::optional<FileIndex> awaited_file_;  // by the last of those
  bool is_over_ = false;
  std::condition_variable read_;  // some more of a run, while somebody waits for that
  RunTableStatus counted_;        // by the last tick()

  std::mutex inbox_mutex_;
  Inbox inbox_;  // guarded by inbox_mutex_, as the next four
  bool stopped_ = false;
  bool called_ = false;
  bool awaited_ = false;     // somebody waits for what is to be read
  bool finds_files_ = true;  // before it takes what is in the inbox
  std::condition_variable news_;
  std::thread thread_;

  ReadBuffer buffer_;  // the table's thread
  std::shared_ptr<const Selection> everything_;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<std::uint64_t> reading_ns_{0};
  std::atomic<std::uint64_t> write_errors_{0};
};

}  // namespace tailwater
