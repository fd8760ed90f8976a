// FileIdentity: what tells one physical file from another, read from a descriptor. No single part suffices: an inode
// is reused at once, a head repeats from file to file, a birth time is missing on some file systems. Plain values;
// identify() and the comparisons read at most about 1 KiB of the file, with pread, on any thread that may block.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace tailwater {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;      ///< statx btime; 0 where the file system has none
  std::uint32_t head_length = 0;  ///< bytes covered by head_fingerprint, at most kHeadLength
  std::uint64_t head_fingerprint = 0;
  std::uint64_t tail_offset = 0;  ///< the offset whose preceding bytes tail_fingerprint covers
  std::uint32_t tail_length = 0;
  std::uint64_t tail_fingerprint = 0;

  static constexpr std::uint32_t kHeadLength = 1024;
  /// More than the end of one line, which may well be the same in the next life of a file.
  static constexpr std::uint32_t kTailLength = 256;
  /// The same inode of the same file system, born at the same moment.
  [[nodiscard]] bool same_inode(const FileIdentity& other) const {
    return device == other.device && inode == other.inode && birth_ns == other.birth_ns;
  }
  /// Without what is known of its bytes.
  [[nodiscard]] FileIdentity inode_only() const {
    FileIdentity inode_only;
    inode_only.device = device;
    inode_only.inode = inode;
    inode_only.birth_ns = birth_ns;
    return inode_only;
  }
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// The identity of the open regular file: its head (the first kHeadLength bytes or what there is, without NUL bytes at
/// the end) and the up to
/// kTailLength bytes before `tail_offset`. Where the file is shorter than that, the tail ends at its end.
[[nodiscard]] Result<FileIdentity> identify(int fd, std::uint64_t tail_offset);

/// Does the file still hold the bytes that `remembered` has fingerprints of, at their places? True as well for a file
/// that has only grown, and for a copy of it. A file that cannot be read holds nothing.
[[nodiscard]] bool same_content(const FileIdentity& remembered, int fd);

/// Is it the same physical file with the same bytes: inode, birth, head and tail?
[[nodiscard]] bool same_file(const FileIdentity& remembered, int fd);

}  // namespace tailwater
