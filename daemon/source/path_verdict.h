// PathVerdict: what happened to a path, judged from what is remembered of it and what is there now. Pure: a table in
// the form of a function, used alike for a path that changed under our eyes and for one that changed while we were
// away, so that both are told in the same words.
#pragma once

#include <cstdint>

#include "journal/file_identity.h"

namespace tailwater {

struct PathFacts {
  bool known = false;          ///< the catalog remembers a generation of this path
  bool was_present = false;    ///< that generation has not been told as removed
  bool present = false;        ///< a file that may be followed is there now
  bool same_inode = false;     ///< it is the remembered generation's inode
  bool same_bytes = false;     ///< it still holds the remembered bytes, up to the end that was read
  bool old_elsewhere = false;  ///< the remembered generation lives on under another name or as a copy
};

enum class PathVerdict : std::uint8_t {
  kNothing,    ///< no file before, none now
  kAppeared,   ///< a first generation, or the first after a removal that was told
  kContinued,  ///< the same file: reading goes on where it was
  kReturned,   ///< the same file is back after its removal had been told: reading goes on where it was
  kTruncated,  ///< the same inode with other or fewer bytes
  kRotated,    ///< another file; the old one has another name now
  kReplaced,   ///< another file; the old one is gone
  kRemoved,    ///< no file any more
};

[[nodiscard]] PathVerdict judge(const PathFacts& facts);

/// The same inode also when the device number has changed, as it may with any reboot: the inode and the nanosecond of
/// its birth have not.
[[nodiscard]] bool is_same_inode(const FileIdentity& remembered, const FileIdentity& seen);

}  // namespace tailwater
