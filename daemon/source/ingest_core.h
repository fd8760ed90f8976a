// IngestCore: Ingest as it is. Its parts, in the order of a byte's way: what may have changed (events, sweep) leads to
// looking at a path or at a generation; what is found there puts generations into the queue; a turn reads from the
// queue and hands on what it cut. One object, one thread; no part is known outside source/ but by tests.
#pragma once

#include <sys/stat.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "source/arrivals.h"
#include "source/directory_tree.h"
#include "source/followed_files.h"
#include "source/ingest.h"
#include "source/ingest_counters.h"
#include "source/known_generations.h"
#include "source/open_followed.h"
#include "source/path_verdict.h"
#include "source/read_arena.h"
#include "source/rotated_siblings.h"
#include "source/watch_set.h"

namespace tailwater {

class IngestCore final : public Ingest, private PathListener {
 public:
  /// What Ingest::create() takes.
  struct Parts {
    EventLoop& loop;
    Journal& journal;
    Catalog& catalog;
    const Clock& clock;
    IngestListener& listener;
  };
  [[nodiscard]] static Result<std::unique_ptr<IngestCore>> create(const Parts& parts, IngestOptions options,
                                                                  const std::vector<StreamSource>& streams,
                                                                  WatchSet::Kind watching);
  ~IngestCore() override;

  Result<void> start() override;
  Result<void> reload(std::vector<StreamSource> streams) override;
  void stop() override;
  [[nodiscard]] std::vector<StreamLag> lag() const override;
  [[nodiscard]] IngestStatus status() const override { return counters_.read(); }

  /// What the sweep timer does.
  void sweep();

 private:
  using Generation = FollowedGeneration;
  using LastLine = FileTailer::LastLine;
  struct FoundPath {
    const SourceStream* stream = nullptr;
    std::string path;
    PathMatch match = PathMatch::kNo;
  };

  IngestCore(const Parts& parts, IngestOptions options, ReadArena arena, DirectoryTree::Streams streams,
             WatchSet::Kind watching);

  // --- ingest_core.cpp: start, reload, stop, events ---------------------------------------------------------
  void on_events(std::span<const WatchEvent> events);
  void look_at_all_found();
  void retire_unconfigured();
  void admit_links();
  void drop_file(FollowedFile& file);
  void read_all();

  // --- ingest_paths.cpp: what is at a path -------------------------------------------------------------------
  void on_path(const std::string& path) override;
  void on_directory_gone(const std::string& directory) override;
  void on_names_done() override { run_turn(); }
  void look_at_path(const SourceStream& stream, const std::string& path, PathMatch match);
  void open_path(const SourceStream& stream, const std::string& path, PathMatch match);
  [[nodiscard]] static const FileIdentity& latest_of(const FollowedFile& file);
  [[nodiscard]] static bool is_latest(const FollowedFile& file, const struct stat& status);
  void on_owned(const SourceStream& stream, const std::string& path, Generation& owner);
  [[nodiscard]] bool is_generation_of_another(const SourceStream& stream, const std::string& path,
                                              const OpenedFile& opened, const FileIdentity& identity);
  [[nodiscard]] FollowedFile* add_file(const SourceStream& stream, const std::string& path, PathMatch match,
                                       const OpenedFile& opened);
  void on_other_file(FollowedFile& file, const OpenedFile& opened, const FileIdentity& identity);
  void on_path_absent(FollowedFile& file);
  void settle(const SourceStream& stream, const FileInfo& info);
  void refuse(const SourceStream& stream, const std::string& path, const Refusal& refusal,
              const struct stat* status = nullptr);
  void clear_refusal(const SourceStream& stream, const std::string& path);
  [[nodiscard]] bool is_full_for(const SourceStream& stream) const;
  void leave_out(const SourceStream& stream, const std::string& path);
  void tell_left_out();
  void update_refused();
  [[nodiscard]] bool is_copy(const SourceStream& stream, const std::string& path, const GenerationBytes& bytes) const;

  // --- ingest_generations.cpp: how generations follow each other ----------------------------------------------
  void adopt(FollowedFile& file, const OpenedFile& opened, const FileIdentity& identity);
  void adopt_absent(FollowedFile& file);
  void resume(FollowedFile& file, const FileStatus& status, Successor& known, bool returned);
  void reopen_ended(FollowedFile& file, const FileStatus& status);
  Generation& add_ended(FollowedFile& file, FileTailer tailer, std::uint32_t number, const FileIdentity& identity,
                        bool remote = false);
  void begin_first(FollowedFile& file);
  [[nodiscard]] std::shared_ptr<const GenerationBytes> find_rest(const FileInfo& info, std::uint32_t number,
                                                                 std::uint64_t end, const FileIdentity& not_this) const;
  [[nodiscard]] bool read_rest(FollowedFile& file, std::uint32_t number, std::uint64_t end,
                               const FileIdentity& identity, std::shared_ptr<const GenerationBytes> rest);
  Generation& enter(FollowedFile& file, Generation& generation);
  void begin(FollowedFile& file, Successor next);
  void begin_earlier(FollowedFile& file, std::vector<EarlierGeneration> earlier);
  [[nodiscard]] FileChange change_of(const FollowedFile& file, FileChangeKind kind) const;
  void advance(FollowedFile& file);
  void linger(FollowedFile& file);
  void remember(const Generation& generation);
  void truncate(FollowedFile& file);
  [[nodiscard]] WallTime last_read_at(const Generation& generation) const;
  [[nodiscard]] bool was_truncated_again(Generation& generation);
  void tell_removed(FollowedFile& file, std::optional<std::uint64_t> lost_from);
  void revive(FollowedFile& file);
  void finish_ended(FollowedFile& file, std::size_t index);
  void finish(std::unique_ptr<Generation> generation);
  void close(Generation& generation);

  // --- ingest_missed.cpp: generations that came and went between two looks --------------------------------------
  struct LastSeen {
    std::uint64_t inode = 0;  ///< of the latest generation that is known
    std::int64_t birth_ns = 0;
    WallTime at_path{};  ///< when it was last seen at its path, at least
    /// It can be told from others by so many bytes: what is shorter may be a copy of its beginning.
    std::uint64_t told_apart_from = 0;
  };
  [[nodiscard]] static WallTime last_at_path(const FileStatus& status);
  struct Missed {
    std::vector<Successor> generations;
    bool unreadable = false;  ///< there may be one that cannot be read, or told from a copy
  };
  void succeed(FollowedFile& file, Successor next, LastSeen last_seen, const GenerationBytes* before);
  bool add_missed(FollowedFile& file, LastSeen last_seen, const GenerationBytes* before,
                  std::optional<std::uint64_t> lost_from);
  void look_for_missed(const SourceStream& stream, const std::string& path, PathMatch match, WallTime since);
  [[nodiscard]] Missed find_missed(const FollowedFile& file, LastSeen last_seen, const Successor* newest,
                                   const GenerationBytes* before);
  [[nodiscard]] bool find_missed_once(const FollowedFile& file, LastSeen last_seen, const Successor* newest,
                                      const GenerationBytes* before, Missed& missed);
  [[nodiscard]] std::optional<Successor> missed_compressed(const FollowedFile& file, const RotatedSibling& sibling,
                                                           const OpenedFile& opened, bool& unreadable) const;

  // --- ingest_earlier.cpp: what rotations had made of a file before it was followed -------------------------------
  void find_earlier(FollowedFile& file, const OpenedFile& opened);
  [[nodiscard]] std::vector<RotatedSibling> siblings_of(const std::string& path);
  [[nodiscard]] bool is_others(const FollowedFile& file, const RotatedSibling& sibling) const;
  [[nodiscard]] std::optional<EarlierGeneration> earlier_at(const FollowedFile& file, const RotatedSibling& sibling,
                                                            const GenerationBytes& current) const;

  // --- ingest_turn.cpp: reading ---------------------------------------------------------------------------------
  void queue(Generation& generation);
  void run_turn();
  void read_generation(Generation& generation);
  [[nodiscard]] static bool has_older(const Generation& generation);
  [[nodiscard]] bool older_bytes_came(Generation& generation);
  [[nodiscard]] bool read_once(Generation& generation, FileTailer::LastLine last_line, FileTailer::Read& read);
  [[nodiscard]] bool journal_records(Generation& generation, const FileTailer::Read& read);
  void learn_head(Generation& generation, std::string_view first_bytes);
  void note_progress(Generation& generation, std::uint64_t begin);
  void note_size(Generation& generation);
  void checkpoint(Generation& generation);
  void at_end_of(Generation& generation);
  void give_up(FollowedFile& file);
  void on_rewritten(Generation& generation, FileTailer::Outcome outcome);
  void disown(FollowedFile& file, const Refusal& refusal);
  [[nodiscard]] std::optional<Milliseconds> quiet_time(const Generation& generation) const;
  void time_open_line(Generation& generation);
  void wait_for_open_lines(SteadyTime due);
  void on_open_lines_due();
  void let_last_line_pass(Generation& generation);
  void take_history(Generation& generation, LastLine last_line);
  void catch_up(FollowedFile& file);

  // --- ingest_sweep.cpp: the safety net ---------------------------------------------------------------------------
  bool look_at_generation(Generation& generation);
  void on_generation_event(Generation& generation);
  std::size_t sweep_files();
  void learn_identity(Generation& generation);
  void sweep_refusals();
  void retire_forgotten();
  void expire(FollowedFile& file);
  void update_gauges();

  static constexpr const char* kCopyReason = "it is a copy of another followed file";
  static constexpr const char* kBinaryReason =
      "it looks binary (NUL bytes among its first 4096); name it literally if it is a log all the same";

  struct RefusedPath {
    Refusal::Kind kind = Refusal::Kind::kAbsent;
    ino_t inode = 0;
    std::int64_t mtime_ns = 0;
    std::string reason;
    [[nodiscard]] bool counts() const { return kind != Refusal::Kind::kAbsent && kind != Refusal::Kind::kCopy; }
  };

  EventLoop& loop_;
  Journal& journal_;
  Catalog& catalog_;
  const Clock& clock_;
  IngestOptions options_;
  IngestCounters counters_;
  DirectoryTree::Streams streams_;
  ReadArena arena_;
  Arrivals arrivals_;
  KnownGenerations known_;
  FollowedFiles files_;
  std::deque<Generation*> queue_;
  std::vector<Generation*> open_lines_;
  SteadyTime open_lines_due_{};                                         // when the timer for them rings
  std::map<std::pair<std::string, std::string>, RefusedPath> refused_;  // by stream and path
  std::size_t refused_count_ = 0;                                       // of refused_: those that count
  std::size_t refusals_told_ = 0;                                       // since the last sweep
  std::unordered_set<std::size_t> left_out_;  // hashes of stream and path: there were limits.files already
  std::string first_left_out_;
  std::size_t left_out_told_ = 0;
  std::set<std::string> admitted_links_;
  std::set<std::string> named_before_;                           // paths that a configuration has named already
  std::vector<FoundPath> found_;                                 // while collecting_
  std::unordered_map<std::string, RotatedNames> rotated_names_;  // by folder, while starting_
  std::set<std::string> settling_;                               // paths that settle() is at, while starting_
  SteadyTime turn_time_{};
  std::optional<WallTime> followed_since_;  // what is born later at a path that is followed, is to be read
  bool starting_ = false;
  bool collecting_ = false;
  bool sweeping_ = false;
  WatchSet watches_;
  DirectoryTree tree_;
  Timer turn_timer_;
  Timer open_line_timer_;
  Timer sweep_timer_;
};

}  // namespace tailwater
