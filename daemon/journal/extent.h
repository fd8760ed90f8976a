// The entries of the journal: extents and what happened to files between them. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "journal/event_id.h"

namespace tailwater {

/// A file's number in the catalog: dense, stable for as long as the journal knows the file.
using FileIndex = std::uint32_t;

/// Bytes [begin, end) of one generation that hold whole records and arrived together.
struct Extent {
  FileIndex file = 0;
  std::uint32_t generation = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  WallTime arrived{};
  /// The last record has no newline yet, or could go on in another line, and was let through after the quiet time: its
  /// rest, when it comes, is a record of its own. Nothing merges with such an extent, so that every reader cuts at the
  /// same places.
  bool partial = false;
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// The end of bytes of which nobody knows yet how many there are: of a compressed file that has not been read through.
inline constexpr std::uint64_t kUnknownEnd = (1ULL << 53) - 1;

enum class FileChangeKind : std::uint8_t { kAppeared, kRotated, kTruncated, kRemoved, kReplaced };

/// Something that happened to a path, in its place in the arrival order. `generation` is the one that is
/// current afterwards (for kRemoved: the one that ended).
struct FileChange {
  FileIndex file = 0;
  FileChangeKind kind = FileChangeKind::kAppeared;
  std::uint32_t generation = 0;
  WallTime at{};
  /// Set where bytes of the generation before were or may have been lost unread: from `lost_from` on.
  /// `lost_bytes` is empty where nobody can know how many.
  std::optional<Position> lost_from;
  std::optional<std::uint64_t> lost_bytes;
  friend bool operator==(const FileChange&, const FileChange&) = default;
};

using JournalEntry = std::variant<Extent, FileChange>;

/// A place in the arrival order: entry `entry`, and inside an extent the file offset up to which it had been
/// read. Offsets below the extent's begin mean its begin. Ordered as things arrived.
struct JournalPoint {
  std::uint64_t entry = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const JournalPoint&, const JournalPoint&) = default;
};

}  // namespace tailwater
