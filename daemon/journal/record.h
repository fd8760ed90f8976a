// Records: what a page of the journal is made of, to bytes and back. Pure. Times are written relative to the base time
// of their page and everything else as it is, so that each record can be read by itself, forwards or backwards.
// docs/journal-format.md has the layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "journal/extent.h"
#include "journal/file_identity.h"

namespace tailwater {

enum class RecordType : std::uint8_t {
  kNone = 0,  ///< the zeros behind the last record of a page
  kSnapshotHead = 1,
  kFile = 2,
  kEndedGeneration = 3,
  kExtent = 4,
  kFileChange = 5,
  kIdentity = 6,
  kRetired = 7,
};

/// Extents and file changes have a number in the arrival order, the rest has not.
[[nodiscard]] constexpr bool is_entry(RecordType type) {
  return type == RecordType::kExtent || type == RecordType::kFileChange;
}

/// First record of a segment.
struct SnapshotHead {
  std::uint64_t records = 0;  ///< that follow and belong to the snapshot
  FileIndex next_index = 1;   ///< files with a smaller index were known at some time
  friend bool operator==(const SnapshotHead&, const SnapshotHead&) = default;
};

/// The last extent of a file: its place in the arrival order.
struct LastExtent {
  std::uint64_t entry = 0;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;
  friend bool operator==(const LastExtent&, const LastExtent&) = default;
};

/// A generation begins; in a snapshot: the state of a file at that place.
struct FileRecord {
  FileIndex file = 0;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;  ///< 0 outside snapshots
  bool present = true;    ///< false: the path's last file was told as removed
  WallTime last_arrival{};
  std::optional<LastExtent> last;  ///< only in snapshots
  std::string key;                 ///< key, stream and path are empty in a journal that is in memory only
  std::string stream;
  std::string path;
  FileIdentity identity;
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

/// Outside of snapshots: one that was there before its file was first followed.
struct EndedGeneration {
  FileIndex file = 0;
  std::uint32_t generation = 0;
  std::uint64_t end = 0;
  WallTime last_arrival{};
  FileIdentity identity;
  /// Bytes below it were there before the file was first followed: they lie before the arrival order. May be
  /// kUnknownEnd.
  std::uint64_t earlier_end = 0;
  friend bool operator==(const EndedGeneration&, const EndedGeneration&) = default;
};

/// More was learned about a generation's identity.
struct IdentityRecord {
  FileIndex file = 0;
  std::uint32_t generation = 0;
  FileIdentity identity;
  friend bool operator==(const IdentityRecord&, const IdentityRecord&) = default;
};

struct RetiredRecord {
  FileIndex file = 0;
  friend bool operator==(const RetiredRecord&, const RetiredRecord&) = default;
};

using Record =
    std::variant<SnapshotHead, FileRecord, EndedGeneration, Extent, FileChange, IdentityRecord, RetiredRecord>;

[[nodiscard]] RecordType type_of(const Record& record);
/// Appends the payload of `record` to `out`. `base` is the page's base time.
void encode(const Record& record, WallTime base, std::string& out);
/// The file that an extent, a file change or a file record is of, without decoding the rest; for searches through many.
[[nodiscard]] FileIndex peek_file(std::string_view payload);
/// nullopt for a payload that encode() could not have written for this type.
[[nodiscard]] std::optional<Record> decode(RecordType type, std::string_view payload, WallTime base);

}  // namespace tailwater
