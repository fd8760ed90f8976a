#include "source/known_generations.h"

#include <sys/stat.h>

#include <algorithm>

#include "source/path_verdict.h"
#include "source/rotated_siblings.h"

namespace tailwater {

bool is_copy_of(const FileIdentity& remembered, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (remembered.tail_length == 0 || remembered.head_length == 0) return false;
  if (remembered.head_length < kTellingBytes) {
    return size == remembered.tail_offset && same_content(remembered, fd);
  }
  if (size >= remembered.tail_offset) return same_content(remembered, fd);
  // Copied before the last bytes were written.
  FileIdentity head = remembered;
  head.tail_offset = head.tail_length = 0;
  return same_content(head, fd);
}

void KnownGenerations::load(const Catalog& catalog) {
  by_file_.clear();
  files_of_inode_.clear();
  for (const RememberedGeneration& ended : catalog.ended_generations()) {
    // The tail was brought to the end when the generation ended, and with each byte that came later.
    remember({ended.file, ended.generation, ended.identity.tail_offset, ended.identity});
  }
  for (const FileStatus& status : catalog.list()) {
    remember({status.info->index, status.generation, status.end, status.identity});
  }
}

void KnownGenerations::remember(const KnownGeneration& generation) {
  if (generation.identity.inode == 0) return;
  auto& known = by_file_[generation.file];
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const KnownGeneration& one) { return one.number == generation.number; });
  if (same != known.end() && same->identity.inode == generation.identity.inode) {
    *same = generation;
    return;
  }
  known.push_back(generation);
  files_of_inode_.emplace(generation.identity.inode, generation.file);
  if (known.size() <= Catalog::kRememberedGenerations) return;
  const auto [begin, end] = files_of_inode_.equal_range(known.front().identity.inode);
  const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second == generation.file; });
  if (entry != end) files_of_inode_.erase(entry);
  known.erase(known.begin());
}

void KnownGenerations::forget(FileIndex file) {
  if (by_file_.erase(file) == 0) return;
  std::erase_if(files_of_inode_, [&](const auto& entry) { return entry.second == file; });
}

std::optional<KnownGeneration> KnownGenerations::find(int fd, const FileIdentity& seen) const {
  const auto [begin, end] = files_of_inode_.equal_range(seen.inode);
  for (auto entry = begin; entry != end; ++entry) {
    const auto file = by_file_.find(entry->second);
    if (file == by_file_.end()) continue;
    for (auto known = file->second.rbegin(); known != file->second.rend(); ++known) {
      if (is_same_inode(known->identity, seen) && same_content(known->identity, fd)) return *known;
    }
  }
  return std::nullopt;
}

bool KnownGenerations::is_copy_of_one(FileIndex file, int fd) const {
  const auto found = by_file_.find(file);
  if (found == by_file_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const KnownGeneration& known) { return is_copy_of(known.identity, fd); });
}

std::size_t KnownGenerations::size() const {
  std::size_t all = 0;
  for (const auto& [file, known] : by_file_) all += known.size();
  return all;
}

}  // namespace tailwater
