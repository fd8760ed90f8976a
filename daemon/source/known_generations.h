// KnownGenerations: which inodes were generations of followed files, so that a rotated file that is found under its new
// name is not taken for a new one. An index over what the catalog remembers, of the same bounds. Ingest thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "journal/catalog.h"

namespace tailwater {

struct KnownGeneration {
  FileIndex file = 0;
  std::uint32_t number = 0;
  std::uint64_t end = 0;  ///< offset up to which it was read
  FileIdentity identity;
};

class KnownGenerations {
 public:
  /// Everything that the catalog remembers, before anything is followed.
  void load(const Catalog& catalog);
  void remember(const KnownGeneration& generation);
  void forget(FileIndex file);

  /// The one that lived in this inode and whose bytes are still there.
  [[nodiscard]] std::optional<KnownGeneration> find(int fd, const FileIdentity& seen) const;
  /// Does the open file hold the bytes of a generation of `file`, in whatever inode? Generations without bytes and
  /// those of which no tail is known are like every file, and say nothing.
  [[nodiscard]] bool holds_one_of(FileIndex file, int fd) const;

  [[nodiscard]] std::size_t size() const;

 private:
  std::map<FileIndex, std::vector<KnownGeneration>> by_file_;  // each oldest first
  std::unordered_multimap<std::uint64_t, FileIndex> files_of_inode_;
};

}  // namespace tailwater
