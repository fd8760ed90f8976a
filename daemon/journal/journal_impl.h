// Journal::Impl: joins pages, disk and table of files. The ingest thread's members change it; what other threads
// ask for is copied under mutex_ (table, committed end, status) or under the page store's own.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "journal/file_table.h"
#include "journal/journal.h"
#include "journal/page_store.h"
#include "journal/recovery.h"
#include "journal/segment_directory.h"
#include "journal/segment_writer.h"

namespace tailwater {

class Journal::Impl {
 public:
  Impl(JournalOptions options, Catalog& catalog, std::unique_ptr<SegmentDirectory> directory);
  ~Impl();

  /// Begins with what the disk held, or (a default value) with nothing.
  Result<void> start(RecoveredJournal recovered);

  // --- ingest thread: see journal.h --------------------------------------------------------------------------------
  void open_generation(FileIndex file, std::uint32_t generation, const FileIdentity& identity);
  void add_earlier(const EndedGeneration& earlier);
  void checkpoint(FileIndex file, std::uint32_t generation, const FileIdentity& identity);
  Appended append(Extent extent);
  Appended append(FileChange change);
  void retire_file(FileIndex file);
  void commit();
  void sync();

  // --- any thread --------------------------------------------------------------------------------------------------
  [[nodiscard]] JournalEnd end() const;
  [[nodiscard]] Result<std::vector<Extent>> before_first() const;
  [[nodiscard]] std::vector<Extent> earlier() const;
  [[nodiscard]] Result<JournalPoint> resolve(const Position& position) const;
  [[nodiscard]] JournalPoint since(WallTime time) const;
  [[nodiscard]] JournalStatus status() const;
  [[nodiscard]] std::vector<FileIndex> unreferenced() const;
  [[nodiscard]] const PageStore& pages() const { return store_; }

 private:
  /// The extent that may still grow: the journal's last record, of this process.
  struct Growing {
    Extent extent;
    std::uint64_t entry = 0;
  };

  bool grow_last(const Extent& extent);
  Appended appended(WallTime arrived, JournalPoint point);
  void write(const Record& record);
  void make_room();
  void start_segment();
  [[nodiscard]] ByteCount segment_limit() const;
  [[nodiscard]] bool segment_is_full() const;
  bool flush(bool now);
  void disk_failed(const Error& error);
  void disk_works();
  void publish_end();
  void keep_within_budget();
  void remove_obsolete();
  [[nodiscard]] Result<JournalPoint> resolve_start() const;

  const JournalOptions options_;
  Catalog& catalog_;
  const SystemClock system_clock_;
  const Clock& clock_;
  std::unique_ptr<SegmentDirectory> directory_;  // null: in memory
  PageStore store_;
  std::optional<SegmentWriter> writer_;

  mutable std::mutex mutex_;
  FileTable table_;       // guarded by mutex_; the ingest thread, its only writer, reads it without
  JournalEnd committed_;  // guarded by mutex_
  JournalStatus status_;  // guarded by mutex_

  // The ingest thread's alone.
  std::optional<Growing> growing_;
  std::uint64_t appends_ = 0;
  JournalPoint appended_end_;
  WallTime last_arrival_{};
  bool degraded_ = false;
  SteadyTime retry_at_{};
  std::vector<std::uint64_t> obsolete_;
};

}  // namespace tailwater
