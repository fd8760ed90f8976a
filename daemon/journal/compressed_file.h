// CompressedFile: a generation whose file has been compressed since, read at the offsets of the original. A read far
// from where the last ones were decompresses what lies between, from the nearest restart point on; one that would take
// long does a part of it and says kUnavailable, so that whoever asks stays cancellable. Whoever does not read on
// forwards gets a block around the place, so that reading backwards does not begin at the restart point for each few
// lines. Any thread that may block.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"
#include "journal/catalog.h"
#include "journal/decompressor.h"
#include "journal/file_identity.h"
#include "journal/unpacked_blocks.h"

namespace tailwater {

class CompressedFile final : public GenerationBytes {
 public:
  /// What one call decompresses at most before the bytes that it is asked for.
  static constexpr std::uint64_t kMaxSkip = 64ULL << 20;

  CompressedFile(UniqueFd fd, Compression compression,
                 std::shared_ptr<UnpackedBlocks> blocks = std::make_shared<UnpackedBlocks>())
      : fd_(std::move(fd)), compression_(compression), blocks_(std::move(blocks)), owner_(blocks_->new_owner()) {}

  /// kUnavailable: on its way there, ask again. kCorrupt: damaged.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  /// Known once the end was read; the same errors.
  [[nodiscard]] Result<std::uint64_t> size() const override;
  [[nodiscard]] std::uint64_t likely_size() const override;

  /// Does it stand for the bytes that `remembered` has fingerprints of? Errors as of read_at().
  [[nodiscard]] Result<bool> holds(const FileIdentity& remembered) const;
  /// Bytes decompressed since it was opened: what its reads cost.
  [[nodiscard]] std::uint64_t decompressed_bytes() const;

 private:
  /// What log text shrinks by, more or less.
  static constexpr std::uint64_t kLikelyRatio = 10;
  /// Readers at this many places do not disturb each other.
  static constexpr std::size_t kDecompressors = 4;

  Result<std::size_t> read_some_locked(std::uint64_t offset, std::span<char> out) const;
  [[nodiscard]] bool goes_on_locked(std::uint64_t offset) const;
  Result<std::shared_ptr<const UnpackedBlock>> make_block_locked(std::uint64_t offset) const;
  Result<std::size_t> read_with_locked(Decompressor& place, std::span<char> out) const;
  Result<Decompressor*> at_locked(std::uint64_t offset) const;
  Decompressor* nearest_locked(std::uint64_t offset) const;

  UniqueFd fd_;
  Compression compression_;
  const std::shared_ptr<UnpackedBlocks> blocks_;
  const std::uint64_t owner_;
  mutable std::mutex mutex_;
  mutable RestartIndex index_;                                      // guarded by mutex_
  mutable std::list<std::unique_ptr<Decompressor>> decompressors_;  // last used first, guarded by mutex_
  mutable std::optional<std::array<char, 2>> head_;                 // asked for again and again; guarded by mutex_
  mutable std::optional<std::uint64_t> size_;                       // guarded by mutex_
  mutable std::optional<FileIdentity> held_;                        // what holds() said yes to; guarded by mutex_
  mutable std::uint64_t decompressed_bytes_ = 0;                    // guarded by mutex_
};

/// Asks what a compressed file answers in steps until the last of them, but no farther than 16 GiB. For threads that
/// have nobody waiting.
template <typename Ask>
auto ask_to_the_end(const Ask& ask) {
  constexpr int kSteps = 256;
  auto answer = ask();
  for (int step = 1; step < kSteps && !answer && answer.error().code == ErrorCode::kUnavailable; ++step) answer = ask();
  return answer;
}

/// The compressed files that were looked into lately, with their restart points. Bounded; any thread.
class CompressedFiles {
 public:
  /// The one that `fd` is of, or a new one that takes it over.
  [[nodiscard]] std::shared_ptr<const CompressedFile> get(UniqueFd fd, Compression compression);
  /// Lets go of what nobody has asked for since it was called last.
  void trim() { blocks_->trim(); }

 private:
  static constexpr std::size_t kKept = 8;
  struct Kept {
    struct stat status {};
    std::shared_ptr<const CompressedFile> file;
  };
  const std::shared_ptr<UnpackedBlocks> blocks_ = std::make_shared<UnpackedBlocks>();
  std::mutex mutex_;
  std::list<Kept> kept_;  // last used first, guarded by mutex_
};

}  // namespace tailwater
