// KnownGenerations: which inodes were generations of followed files, so that a rotated file that is found under its new
// name is not taken for a new one. An index over what the catalog remembers, of the same bounds. Ingest thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "journal/catalog.h"
#include "journal/compressed_file.h"

namespace tailwater {

struct KnownGeneration {
  FileIndex file = 0;
  std::uint32_t number = 0;
  std::uint64_t end = 0;  ///< offset up to which it was read
  FileIdentity identity;
};

/// Does the open file begin as what is remembered does, and hold its last bytes if it is long enough? True for a copy
/// whenever it was made. Of a generation of a few bytes only a copy of the same length is recognised: they may begin
/// many a file.
[[nodiscard]] bool is_copy_of(const FileIdentity& remembered, int fd);

class KnownGenerations {
 public:
  /// Everything that the catalog remembers, before anything is followed.
  void load(const Catalog& catalog);
  void remember(const KnownGeneration& generation);
  void forget(FileIndex file);

  [[nodiscard]] std::optional<KnownGeneration> find(FileIndex file, std::uint32_t number) const;
  /// The one that lived in this inode and whose bytes are still there.
  [[nodiscard]] std::optional<KnownGeneration> find(int fd, const FileIdentity& seen) const;
  /// Is the open file a copy of a generation of `file`, in whatever inode?
  [[nodiscard]] bool is_copy_of_one(FileIndex file, int fd) const;

  /// Does the compressed file hold a generation of `file`? kUnavailable: ask again.
  [[nodiscard]] Result<bool> holds_one(FileIndex file, const CompressedFile& compressed) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void forget_oldest(FileIndex file, std::vector<KnownGeneration>& known, std::size_t count);
  void keep_within_bounds(FileIndex file, std::vector<KnownGeneration>& known);

  std::map<FileIndex, std::vector<KnownGeneration>> by_file_;  // each oldest first
  std::unordered_multimap<std::uint64_t, FileIndex> files_of_inode_;
  std::size_t size_ = 0;
};

}  // namespace tailwater
