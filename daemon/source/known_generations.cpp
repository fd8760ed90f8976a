#include "source/known_generations.h"

#include "source/path_verdict.h"

namespace tailwater {

void KnownGenerations::load(const Catalog& catalog) {
  by_inode_.clear();
  for (const RememberedGeneration& ended : catalog.ended_generations()) {
    // The tail was brought to the end when the generation ended, and with each byte that came later.
    if (ended.identity.inode != 0) {
      remember({ended.file, ended.generation, ended.identity.tail_offset, ended.identity});
    }
  }
  for (const FileStatus& status : catalog.list()) {
    if (status.identity.inode == 0) continue;
    remember({status.info->index, status.generation, status.end, status.identity});
  }
}

void KnownGenerations::remember(KnownGeneration generation) {
  auto& same_inode = by_inode_[generation.identity.inode];
  std::erase_if(same_inode, [&](const KnownGeneration& known) {
    return known.file == generation.file && known.number == generation.number;
  });
  if (same_inode.size() == kMaxForInode) same_inode.erase(same_inode.begin());
  same_inode.push_back(generation);
}

std::optional<KnownGeneration> KnownGenerations::find(int fd, const FileIdentity& seen) const {
  const auto found = by_inode_.find(seen.inode);
  if (found == by_inode_.end()) return std::nullopt;
  for (auto known = found->second.rbegin(); known != found->second.rend(); ++known) {
    if (is_same_inode(known->identity, seen) && same_content(known->identity, fd)) return *known;
  }
  return std::nullopt;
}

}  // namespace tailwater
