// Ingest: all followed files as one ordered flow of extents. Owns the watchers, the tailers and the timers of the
// ingest thread; lives and runs on that thread alone. Promise: what a listener hears of is in the journal already.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "event/event_loop.h"
#include "filter/record_splitter.h"
#include "journal/catalog.h"
#include "journal/journal.h"

namespace tailwater {

/// What a stream follows and how it is cut; made from the configuration or the command line.
struct StreamSource {
  std::string name;
  std::vector<std::string> paths;     ///< files, globs (`**` bounded), directories
  std::vector<std::string> excludes;  ///< globs; without a slash they match the last component
  RecordRules records;
};

struct IngestOptions {
  Milliseconds sweep_interval{5000};  ///< safety net under inotify; also the poll interval where inotify cannot work
  Milliseconds poll_interval{1000};   ///< for files on network or overlay file systems and after ENOSPC
  Milliseconds partial_after{3000};   ///< quiet time after which a last line without newline is shown; 0: never
  ByteCount read_bytes = 256U << 10;  ///< one read
  ByteCount turn_bytes = 1U << 20;    ///< of one file before the others get their turn
  std::size_t max_files = 10'000;     ///< over all streams; the rest is named in a warning and counted
  int max_glob_depth = 16;            ///< directories that `**` descends
  bool allow_foreign_hard_links = false;
};

/// Hears of everything in journal order, on the ingest thread, after the commit.
class IngestListener {
 public:
  virtual ~IngestListener() = default;
  /// `bytes` are the extent's, valid during the call. `before`: does it begin inside a line? `appends` is the
  /// journal's number of this append, `point` the place just past it.
  virtual void on_extent(const FileInfo& file, const Extent& extent, std::string_view bytes, const BytesBefore& before,
                         const Journal::Appended& appended) = 0;
  virtual void on_change(const FileInfo& file, const FileChange& change, const Journal::Appended& appended) = 0;
  /// Nothing more of this turn: what was framed can go out. `noticed`: when it began to read what it told of.
  virtual void on_turn_end(std::optional<SteadyTime> noticed) = 0;
};

/// Counters since start, readable from any thread.
struct IngestStatus {
  std::uint64_t files = 0;
  std::uint64_t files_polled = 0;   ///< of these, not by inotify
  std::uint64_t files_refused = 0;  ///< not regular, over the limit, unreadable
  std::uint64_t bytes_read = 0;
  std::uint64_t extents = 0;
  std::uint64_t rotations = 0;
  std::uint64_t truncations = 0;
  std::uint64_t inotify_overflows = 0;
  std::uint64_t sweeps = 0;
  std::uint64_t sweep_finds = 0;  ///< sweeps that found what inotify had not told
  std::uint64_t read_errors = 0;
  std::uint64_t nul_bytes_skipped = 0;  ///< at the heads of files that were truncated under a writer
};

/// Bytes that are in a stream's files and not in the journal yet: an unfinished last line, a backlog.
struct StreamLag {
  std::string stream;
  std::uint64_t bytes = 0;
};

class Ingest {
 public:
  /// Everything passed by reference must outlive the object. Fails on a pattern that cannot be parsed.
  [[nodiscard]] static Result<std::unique_ptr<Ingest>> create(EventLoop& loop, Journal& journal, Catalog& catalog,
                                                              const Clock& clock, IngestOptions options,
                                                              const std::vector<StreamSource>& streams,
                                                              IngestListener& listener);
  virtual ~Ingest() = default;

  /// The first scan: finds the files, brings the journal up to date with what happened while nobody looked,
  /// arms the watches. Returns when all that was there at the call is in the journal as extents.
  virtual Result<void> start() = 0;
  /// Takes new streams in place of the old: files that stay followed go on without a seam.
  virtual Result<void> reload(std::vector<StreamSource> streams) = 0;
  /// Reads what is there now, commits, syncs the journal. The last thing before the loop ends.
  virtual void stop() = 0;
  /// Of each stream, as of now.
  [[nodiscard]] virtual std::vector<StreamLag> lag() const = 0;
  /// Any thread.
  [[nodiscard]] virtual IngestStatus status() const = 0;
};

}  // namespace tailwater
