// UnpackedBlocks: pieces of what compressed files stand for, of all of them together no more than a few, so that
// reading backwards in one does not begin at the restart point for each few lines. Any thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace tailwater {

struct UnpackedBlock {
  std::uint64_t begin = 0;
  std::string bytes;
};

class UnpackedBlocks {
 public:
  static constexpr std::uint64_t kBlockBytes = 4ULL << 20;  ///< a few for each restart point of a gzip file
  static constexpr std::size_t kMost = 6;                   ///< for two workers in two files each, and some to spare

  /// A number for a file that will keep blocks here.
  [[nodiscard]] std::uint64_t new_owner();
  /// The block of a file that holds the byte at `offset`; null if there is none.
  [[nodiscard]] std::shared_ptr<const UnpackedBlock> find(std::uint64_t owner, std::uint64_t offset);
  void keep(std::uint64_t owner, std::shared_ptr<const UnpackedBlock> block);
  /// Lets go of those that nobody has asked for since it was called last.
  void trim();

 private:
  struct Kept {
    std::uint64_t owner = 0;
    std::shared_ptr<const UnpackedBlock> block;
    bool used = true;
  };
  std::mutex mutex_;
  std::uint64_t owners_ = 0;  // guarded by mutex_
  std::list<Kept> kept_;      // last used first, guarded by mutex_
};

}  // namespace tailwater
