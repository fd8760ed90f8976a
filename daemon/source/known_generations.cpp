#include "source/known_generations.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "source/path_verdict.h"
#include "source/rotated_siblings.h"

namespace tailwater {

namespace {

/// The first bytes of a file, read once and compared with many: most of what is remembered begins otherwise.
class HeadPrints {
 public:
  explicit HeadPrints(int fd) {
    const ssize_t got = ::pread(fd, bytes_.data(), bytes_.size(), 0);
    length_ = got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  explicit HeadPrints(const GenerationBytes& file) : length_(file.read_at(0, bytes_).value_or(0)) {}
  [[nodiscard]] bool may_be(const FileIdentity& remembered) {
    if (remembered.head_length > length_) return false;
    if (!print_ || printed_ != remembered.head_length) {
      printed_ = remembered.head_length;
      print_ = fingerprint({bytes_.data(), printed_});
    }
    return *print_ == remembered.head_fingerprint;
  }

 private:
  std::array<char, FileIdentity::kHeadLength> bytes_{};
  std::size_t length_ = 0;
  std::size_t printed_ = 0;
  std::optional<std::uint64_t> print_;
};

}  // namespace

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
  size_ = 0;
  for (const RememberedGeneration& ended : catalog.ended_generations()) {
    // Extents may have been journaled after the tail was, the last thing before a crash.
    const std::uint64_t end = std::max(ended.end, ended.identity.tail_offset);
    remember({ended.file, ended.generation, end, ended.identity});
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
  ++size_;
  files_of_inode_.emplace(generation.identity.inode, generation.file);
  keep_within_bounds(generation.file, known);
}

void KnownGenerations::forget_oldest(FileIndex file, std::vector<KnownGeneration>& known, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto [begin, end] = files_of_inode_.equal_range(known[i].identity.inode);
    const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second == file; });
    if (entry != end) files_of_inode_.erase(entry);
  }
  known.erase(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(count));
  size_ -= count;
}

void KnownGenerations::keep_within_bounds(FileIndex file, std::vector<KnownGeneration>& known) {
  if (known.size() > Catalog::kRememberedGenerations) forget_oldest(file, known, 1);
  if (size_ <= Catalog::kMaxRemembered + by_file_.size()) return;
  // Many at once, so that the largest need not be looked for each time.
  const auto most = std::max_element(by_file_.begin(), by_file_.end(),
                                     [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  forget_oldest(most->first, most->second, most->second.size() / 8 + 1);
}

void KnownGenerations::forget(FileIndex file) {
  const auto found = by_file_.find(file);
  if (found == by_file_.end()) return;
  size_ -= found->second.size();
  by_file_.erase(found);
  std::erase_if(files_of_inode_, [&](const auto& entry) { return entry.second == file; });
}

std::optional<KnownGeneration> KnownGenerations::find(FileIndex file, std::uint32_t number) const {
  const auto found = by_file_.find(file);
  if (found == by_file_.end()) return std::nullopt;
  for (const KnownGeneration& known : found->second) {
    if (known.number == number) return known;
  }
  return std::nullopt;
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
  HeadPrints heads(fd);
  return std::any_of(found->second.begin(), found->second.end(), [&](const KnownGeneration& known) {
    return heads.may_be(known.identity) && is_copy_of(known.identity, fd);
  });
}

Result<bool> KnownGenerations::holds_one(FileIndex file, const CompressedFile& compressed) const {
  const auto found = by_file_.find(file);
  if (found == by_file_.end()) return false;
  HeadPrints heads(compressed);
  for (const KnownGeneration& known : found->second) {
    if (!heads.may_be(known.identity)) continue;
    auto holds = compressed.holds(known.identity);
    if (!holds || *holds) return holds;
  }
  return false;
}

}  // namespace tailwater
