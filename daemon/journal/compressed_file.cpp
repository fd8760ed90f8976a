#include "journal/compressed_file.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace tailwater {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<bool> holds_at(const CompressedFile& file, std::uint64_t offset, std::uint32_t length, std::uint64_t expected) {
  std::array<char, FileIdentity::kHeadLength> bytes;
  if (length == 0) return true;
  if (length > bytes.size()) return false;
  const auto got = file.read_at(offset, std::span(bytes).first(length));
  if (!got) return fail(got.error());
  return *got == length && fingerprint({bytes.data(), length}) == expected;
}

}  // namespace

/// The one that is nearest before `offset`, to be moved on to it; null if a restart point is nearer.
Decompressor* CompressedFile::nearest_locked(std::uint64_t offset) const {
  auto best = decompressors_.end();
  for (auto it = decompressors_.begin(); it != decompressors_.end(); ++it) {
    const bool nearer = best == decompressors_.end() || (*it)->offset() > (*best)->offset();
    if ((*it)->offset() <= offset && nearer) best = it;
  }
  if (best == decompressors_.end() || (*best)->offset() < index_.before(offset).offset) return nullptr;
  decompressors_.splice(decompressors_.begin(), decompressors_, best);
  return decompressors_.front().get();
}

/// A decompressor at `offset`, or at the end if that is before it.
Result<Decompressor*> CompressedFile::at_locked(std::uint64_t offset) const {
  Decompressor* found = nearest_locked(offset);
  if (found == nullptr) {
    decompressors_.push_front(Decompressor::create(compression_, fd_.get(), index_.before(offset), index_));
    if (decompressors_.size() > kDecompressors) decompressors_.pop_back();
    found = decompressors_.front().get();
  }
  std::array<char, 64U << 10> skipped;
  const std::uint64_t begin = found->offset();
  while (found->offset() < offset) {
    if (found->offset() - begin >= kMaxSkip) {
      return fail(ErrorCode::kUnavailable, "a compressed file is being read up to the place that is asked for");
    }
    const std::size_t wanted = std::min<std::uint64_t>(skipped.size(), offset - found->offset());
    const auto got = found->read(std::span(skipped).first(wanted));
    if (!got) {
      const Error& error = got.error();
      decompressors_.pop_front();
      return fail(error);
    }
    decompressed_bytes_ += *got;
    if (*got > 0) continue;
    size_ = found->offset();
    break;
  }
  return found;
}

/// Is it where one who reads forwards has come to?
bool CompressedFile::goes_on_locked(std::uint64_t offset) const {
  return offset == 0 || std::any_of(decompressors_.begin(), decompressors_.end(),
                                    [&](const auto& one) { return one->offset() == offset; });
}

Result<std::size_t> CompressedFile::read_with_locked(Decompressor& place, std::span<char> out) const {
  auto got = place.read(out);
  if (!got) {
    const Error error = got.error();
    decompressors_.pop_front();  // it is the one that was used last
    return fail(error);
  }
  decompressed_bytes_ += *got;
  if (*got < out.size()) size_ = place.offset();
  return got;
}

/// The block that holds the byte at `offset`, from the restart point before it if that lies inside; null if the file
/// ends before.
Result<std::shared_ptr<const UnpackedBlock>> CompressedFile::make_block_locked(std::uint64_t offset) const {
  constexpr std::uint64_t kBytes = UnpackedBlocks::kBlockBytes;
  const std::uint64_t aligned = offset - offset % kBytes;
  auto block = std::make_shared<UnpackedBlock>();
  block->begin = std::max(aligned, index_.before(offset).offset);
  const auto place = at_locked(block->begin);
  if (!place) return fail(place.error());
  if ((*place)->offset() != block->begin) return nullptr;
  block->bytes.resize(aligned + kBytes - block->begin);
  const auto got = read_with_locked(**place, block->bytes);
  if (!got) return fail(got.error());
  block->bytes.resize(*got);
  blocks_->keep(owner_, block);
  return block;
}

Result<std::size_t> CompressedFile::read_some_locked(std::uint64_t offset, std::span<char> out) const {
  if (size_ && offset >= *size_) return std::size_t{0};
  auto block = blocks_->find(owner_, offset);
  if (!block && !goes_on_locked(offset)) {
    auto made = make_block_locked(offset);
    if (!made && made.error().code == ErrorCode::kUnavailable) return fail(made.error());
    // Else it is damaged somewhere in the block: perhaps behind what is asked for.
    if (made) block = std::move(*made);
  }
  if (block) {
    const std::uint64_t from = std::min<std::uint64_t>(offset - block->begin, block->bytes.size());
    const std::string_view found = std::string_view(block->bytes).substr(from, out.size());
    std::copy(found.begin(), found.end(), out.begin());
    return found.size();
  }
  const auto place = at_locked(offset);
  if (!place) return fail(place.error());
  if ((*place)->offset() != offset) return std::size_t{0};
  return read_with_locked(**place, out);
}

Result<std::size_t> CompressedFile::read_at(std::uint64_t offset, std::span<char> out) const {
  const std::lock_guard lock(mutex_);
  const bool is_head = offset == 0 && out.size() == 2;
  if (is_head && head_) {
    std::copy(head_->begin(), head_->end(), out.begin());
    return out.size();
  }
  std::size_t have = 0;
  while (have < out.size()) {
    const auto got = read_some_locked(offset + have, out.subspan(have));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    have += *got;
  }
  if (is_head && have == 2) head_ = {out[0], out[1]};
  return have;
}

Result<std::uint64_t> CompressedFile::size() const {
  const std::lock_guard lock(mutex_);
  while (!size_) {
    const auto place = at_locked(UINT64_MAX);
    if (!place) return fail(place.error());
  }
  return *size_;
}

std::uint64_t CompressedFile::likely_size() const {
  const std::lock_guard lock(mutex_);
  struct stat status {};
  if (!size_ && ::fstat(fd_.get(), &status) != 0) return 0;
  return size_.value_or(static_cast<std::uint64_t>(status.st_size) * kLikelyRatio);
}

Result<bool> CompressedFile::holds(const FileIdentity& remembered) const {
  // A head alone is not enough: header lines repeat.
  if (remembered.tail_length == 0 || remembered.tail_length > remembered.tail_offset) return false;
  {
    const std::lock_guard lock(mutex_);
    if (held_ == remembered) return true;  // its tail may be a gigabyte away
  }
  auto head = holds_at(*this, 0, remembered.head_length, remembered.head_fingerprint);
  if (!head || !*head) return head;
  auto tail = holds_at(*this, remembered.tail_offset - remembered.tail_length, remembered.tail_length,
                       remembered.tail_fingerprint);
  if (!tail || !*tail) return tail;
  const std::lock_guard lock(mutex_);
  held_ = remembered;
  return true;
}

std::uint64_t CompressedFile::decompressed_bytes() const {
  const std::lock_guard lock(mutex_);
  return decompressed_bytes_;
}

std::shared_ptr<const CompressedFile> CompressedFiles::get(UniqueFd fd, Compression compression) {
  Kept fresh;
  if (::fstat(fd.get(), &fresh.status) != 0) fresh.status = {};
  fresh.file = std::make_shared<const CompressedFile>(std::move(fd), compression, blocks_);
  std::list<Kept> dropped;  // closed after the lock is let go
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return is_same(one.status, fresh.status); });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
  } else {
    kept_.push_front(std::move(fresh));
  }
  if (kept_.size() > kKept) dropped.splice(dropped.begin(), kept_, std::prev(kept_.end()));
  return kept_.front().file;
}

}  // namespace tailwater
