// FollowedFile: one path of one stream, and the generations of it that are being read. Plain data of Ingest, which
// alone changes it; lives on the ingest thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "journal/catalog.h"
#include "journal/extent.h"
#include "source/file_tailer.h"
#include "source/stream_paths.h"
#include "source/watcher.h"

namespace tailwater {

struct FollowedFile;

/// A generation with a tailer on it.
struct FollowedGeneration {
  explicit FollowedGeneration(FileTailer reader) : tailer(std::move(reader)) {}

  FileTailer tailer;
  FollowedFile* file = nullptr;
  std::uint32_t number = 0;
  FileIdentity identity;  ///< inode, birth and head; the tail is the tailer's
  WatchId watch = 0;      ///< 0: not watched (a copy, a truncated file's old life)
  bool remote = false;    ///< on a file system that is polled, and whose sizes may be stale
  bool polled = false;
  bool queued = false;           ///< in the round robin
  bool open_line_timed = false;  ///< in the list of open lines
  bool behind = false;           ///< the last read left bytes unread
  bool unjudged = false;         ///< its first bytes are still to say whether it is text, and no copy
  bool truncated = false;        ///< it began by a truncation, and nothing of it was read since
  bool ended = false;            ///< a later generation is current, or the path is gone and that was told
  std::uint32_t aliases = 0;     ///< other followed paths that lead to this inode
  int waits = 0;                 ///< for older bytes, one after the other
  std::uint64_t seen_size = 0;
  std::uint64_t told_size = 0;
  std::int64_t seen_mtime_ns = 0;
  SteadyTime last_growth{};        ///< when bytes came last, or the generation ended
  SteadyTime open_since{};         ///< when the open line was last seen to grow
  std::uint64_t open_scanned = 0;  ///< and how far it reached then
  std::optional<SteadyTime> shrunk_since;
  std::uint64_t checkpoint_offset = 0;
  SteadyTime checkpoint_at{};
};

/// A generation that begins when the one before it has been read to its end.
struct Successor {
  FileChangeKind kind = FileChangeKind::kAppeared;
  std::shared_ptr<const GenerationBytes> bytes;
  FileIdentity identity;
  bool remote = false;
  bool unjudged = false;
  /// Bytes of the generation before may have been lost: from this offset on.
  std::optional<std::uint64_t> lost_from;
};

/// A generation that had ended before anybody followed the file: what a rotation had made of it.
struct EarlierGeneration {
  FileIdentity identity;
  std::uint64_t end = 0;  ///< kUnknownEnd for a compressed file
  WallTime last_write{};
  std::shared_ptr<const PlainFile> written_to;  ///< set where somebody may still write there
};

struct FollowedFile {
  std::shared_ptr<const FileInfo> info;
  const SourceStream* stream = nullptr;
  PathMatch match = PathMatch::kFound;
  /// Is there, as far as was seen last, a file of ours at the path?
  bool present = false;
  /// When a look found the latest generation at the path: what was born before is no successor of it.
  WallTime seen_at_path{};
  /// Number of the current generation, or of the last that was; nullopt before the first.
  std::optional<std::uint32_t> generation;
  std::unique_ptr<FollowedGeneration> current;
  /// Rotated or removed, but their writers may not know yet.
  std::vector<std::unique_ptr<FollowedGeneration>> ended;
  std::vector<Successor> successors;  // oldest first
  /// Found before the first generation begins, oldest first; they get the numbers before its own.
  std::vector<EarlierGeneration> earlier;
};

}  // namespace tailwater
