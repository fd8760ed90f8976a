// ReadArena: the one buffer into which a turn reads, piece by piece, so that all of a turn's bytes are at hand when the
// journal has been committed. Address space is taken once; memory is what was touched, and is given back after bursts.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace tailwater {

class ReadArena {
 public:
  [[nodiscard]] static Result<ReadArena> create(std::size_t size);
  ~ReadArena();
  ReadArena(ReadArena&& other) noexcept;
  ReadArena& operator=(ReadArena&& other) noexcept;

  /// Up to `wanted` free bytes; they are the caller's until the next room(), or until reset() as far as kept.
  [[nodiscard]] std::span<char> room(std::size_t wanted) const;
  [[nodiscard]] std::size_t left() const { return size_ - used_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The first `count` bytes of the last room() stay until reset().
  void keep(std::size_t count);
  /// A new turn.
  void reset() { used_ = 0; }
  /// Gives memory back to the system, all but a little, if much was touched since the last time.
  void release_memory();

 private:
  ReadArena(char* bytes, std::size_t size) : bytes_(bytes), size_(size) {}

  char* bytes_;
  std::size_t size_;
  std::size_t used_ = 0;
  mutable std::size_t touched_ = 0;
};

}  // namespace tailwater
