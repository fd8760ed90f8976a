// Journal: the extents in the order in which they arrived, on disk or in memory; the one and only checkpoint.
// One writer, the ingest thread: append() then commit(), and only after commit() may anyone be told of the
// extent. Readers are on any thread and never block the writer for longer than a small copy. Offsets are file bytes,
// times wall time. Loss of journal (budget, corruption) is visible in first_point() and in resolve()'s answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "journal/catalog.h"
#include "journal/extent.h"

namespace tailwater {

struct JournalOptions {
  /// The journal's own folder, made (0700) where it is missing; its parent must exist. Empty: in memory only.
  std::string directory;
  ByteCount budget = 64ULL << 20;        ///< all segments together; the oldest are dropped
  ByteCount memory_budget = 4ULL << 20;  ///< the same for a journal in memory
  ByteCount segment_bytes = 1ULL << 20;  ///< a new segment starts past this (or 8 x its snapshot, if larger)
  /// Consecutive extents of one file that arrive within this time of the first become one entry.
  Milliseconds merge_window{100};
  /// Paces the attempts to go back to a disk that has failed. Must outlive the journal; null: the system's.
  const Clock* clock = nullptr;
};

/// The live end: what had been appended when it was asked for.
struct JournalEnd {
  std::uint64_t appends = 0;  ///< number of the last committed append of this process; 0 before the first
  JournalPoint point;         ///< just past everything committed
  Position position;          ///< the same as an ID; `start.0.0` while the journal holds no extent
};

struct NumberedEntry {
  std::uint64_t number = 0;
  JournalEntry entry;
};

struct JournalStatus {
  bool persistent = false;      ///< false: memory only, by choice or because the disk refused
  std::string degraded_reason;  ///< why a persistent journal is in memory now, for readyz; empty if it is not
  ByteCount bytes = 0;
  std::size_t segments = 0;
  std::uint64_t entries_written = 0;
  std::uint64_t torn_records_dropped = 0;
  std::uint64_t segments_evicted = 0;
  std::uint64_t write_errors = 0;
};

class JournalReader;

class Journal {
 public:
  /// Opens or makes the journal, takes its lock file (kUnavailable with the owner's pid if another daemon has
  /// it), drops a torn tail, restores `catalog` from it. A version it does not know: kCorrupt, nothing touched.
  /// A folder that cannot be made or written fails as the disk says; the caller may then open one in memory.
  /// `catalog` must outlive the journal.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(JournalOptions options, Catalog& catalog);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // --- ingest thread -------------------------------------------------------------------------------------
  /// A generation begins: written before its first extent. Carries identity and path (from the catalog). For the
  /// generation that is current already it is a checkpoint.
  void open_generation(FileIndex file, std::uint32_t generation, const FileIdentity& identity);
  /// A generation that had ended before its file was first followed: bytes [0, end) of it are readable before the
  /// arrival order. `end` may be kUnknownEnd. To be told right behind the opening of the file's first generation.
  void add_earlier(FileIndex file, std::uint32_t generation, std::uint64_t end, WallTime last_write,
                   const FileIdentity& identity);
  /// A file's identity learned more (a longer head, a later tail); no entry in the arrival order.
  void checkpoint(FileIndex file, std::uint32_t generation, const FileIdentity& identity);
  /// Returns the append's number, counted from 1 in this process, and the extent as it now stands in the journal
  /// (its `arrived` is the entry's, so that live and replayed records say the same).
  struct Appended {
    std::uint64_t appends = 0;
    WallTime arrived{};
    JournalPoint point;  ///< just past what was appended
  };
  Appended append(const Extent& extent);
  Appended append(const FileChange& change);
  /// The file's key and extents are no longer wanted (its stream is gone from the configuration). The catalog is left
  /// to the caller.
  void retire_file(FileIndex file);
  /// Writes what was appended, with one system call. On a disk error the journal goes on in memory, says so in
  /// status() and tries the disk again; commit itself does not fail.
  void commit();
  /// fsync of what was written: at orderly stop and by the sweep.
  void sync();

  // --- any thread ----------------------------------------------------------------------------------------
  [[nodiscard]] JournalEnd end() const;
  /// Where the retained arrival order begins.
  [[nodiscard]] JournalPoint first_point() const;
  /// Bytes of each file that lie before the retained arrival order: still readable, but in no known order
  /// between files. In order of file index. Empty as long as nothing was evicted.
  [[nodiscard]] Result<std::vector<Extent>> before_first() const;
  /// Bytes that were there, in rotated files, before their file was first followed, oldest generation first. They come
  /// before everything that arrived, file by file in the order of their indices, for every reader.
  [[nodiscard]] std::vector<Extent> earlier() const;
  /// The place just past `position`: everything at or before it in the arrival order precedes that place. kNotFound:
  /// no such file, generation or offset was ever known; kGone: it lies before the retained order (in earlier()
  /// perhaps) or in a damaged part. Offset 0 is the place where the generation began: behind its FileChange, before all
  /// that came later.
  [[nodiscard]] Result<JournalPoint> resolve(const Position& position) const;
  /// The first entry that arrived at or after `time`; the end if none did.
  [[nodiscard]] JournalPoint since(WallTime time) const;
  [[nodiscard]] JournalStatus status() const;
  /// Files without a file at their path of which no retained entry speaks any more: they may be retired, here and in
  /// the catalog.
  [[nodiscard]] std::vector<FileIndex> unreferenced() const;
  /// A reader of its own for one user (one thread at a time), at `from`; must not outlive the journal.
  [[nodiscard]] std::unique_ptr<JournalReader> read(JournalPoint from) const;

  class Impl;

 private:
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Walks the entries one by one, forwards or backwards, over segments, while the writer appends. Holds at most
/// one page of the journal in memory, and keeps the segment it is in readable when that is evicted. May touch the disk:
/// not for client threads.
///
/// kGone from next() or previous() means that entries are missing here: evicted meanwhile, or lost to damage. The
/// reader then stands behind the missing part (for previous(): before it) and can go on, once the loss has been
/// announced.
class JournalReader {
 public:
  virtual ~JournalReader() = default;
  /// The entry at the reader's place (an extent that contains the place comes whole; the caller skips what
  /// lies before), up to what had been committed at `until`: an extent that has grown since is cut there, and its rest
  /// comes from a later call, by itself.
  /// nullopt at `until`. kGone if the place was evicted meanwhile.
  [[nodiscard]] virtual Result<std::optional<NumberedEntry>> next(const JournalEnd& until) = 0;
  /// The entry before the reader's place (an extent that contains the place is cut there); nullopt at first_point().
  [[nodiscard]] virtual Result<std::optional<NumberedEntry>> previous() = 0;
  /// Where the reader stands: behind what next() gave last, before what previous() gave last.
  [[nodiscard]] virtual JournalPoint point() const = 0;
};

}  // namespace tailwater
