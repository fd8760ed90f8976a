#include "source/path_verdict.h"

namespace tailwater {

PathVerdict judge(const PathFacts& facts) {
  if (!facts.present) return facts.known && facts.was_present ? PathVerdict::kRemoved : PathVerdict::kNothing;
  if (!facts.known) return PathVerdict::kAppeared;
  // A head that repeats proves nothing: only the same inode can be the same file.
  if (facts.same_inode && facts.same_bytes) return facts.was_present ? PathVerdict::kContinued : PathVerdict::kReturned;
  if (!facts.was_present) return PathVerdict::kAppeared;
  if (facts.same_inode) return PathVerdict::kTruncated;
  return facts.old_elsewhere ? PathVerdict::kRotated : PathVerdict::kReplaced;
}

bool is_same_inode(const FileIdentity& remembered, const FileIdentity& seen) {
  if (remembered.inode != seen.inode || remembered.birth_ns != seen.birth_ns) return false;
  return remembered.device == seen.device || remembered.birth_ns != 0;
}

}  // namespace tailwater
