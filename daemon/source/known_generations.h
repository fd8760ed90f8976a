// KnownGenerations: which inodes were generations of followed files that have ended, so that a rotated file that a
// glob finds under its new name is not taken for a new one. An index over what the catalog remembers. Ingest thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/catalog.h"

namespace tailwater {

struct KnownGeneration {
  FileIndex file = 0;
  std::uint32_t number = 0;
  std::uint64_t end = 0;
  FileIdentity identity;
};

class KnownGenerations {
 public:
  /// Everything that the catalog remembers, before anything is followed.
  void load(const Catalog& catalog);
  void remember(KnownGeneration generation);
  /// The one that lived in this inode and whose bytes are still there.
  [[nodiscard]] std::optional<KnownGeneration> find(int fd, const FileIdentity& seen) const;

 private:
  static constexpr std::size_t kMaxForInode = 8;
  std::map<std::uint64_t, std::vector<KnownGeneration>> by_inode_;
};

}  // namespace tailwater
