// SurvivingMemory: memory that is still there, and as it was, when this process has been killed: a memfd, which the
// service manager holds too (base/fd_store.h). What lies in it is found again by offsets, never by addresses. A part at
// its front is the user's to lay out; the rest is handed out in pieces. Who hands out what is known to this process
// alone: the next one only reads, and makes a memory of its own. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace tailwater {

class SurvivingMemory {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Reserves addresses, not memory. `front` bytes are zero, and not handed out.
  [[nodiscard]] static Result<std::unique_ptr<SurvivingMemory>> create(std::size_t capacity, std::size_t front);
  ~SurvivingMemory();
  SurvivingMemory(const SurvivingMemory&) = delete;
  SurvivingMemory& operator=(const SurvivingMemory&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] char* front() const { return begin_; }
  /// Aligned to kAlignment, not zeroed; null if there is no room. Offset 0 is never one of a piece.
  [[nodiscard]] void* allocate(std::size_t size);
  /// `size` as it was asked for.
  void free(void* piece, std::size_t size);
  /// From now on what is freed stays as it is: this process ends, the next one shall find all.
  void keep_all();
  [[nodiscard]] bool contains(const void* address) const {
    const auto* at = static_cast<const char*>(address);
    return at >= begin_ && at < begin_ + capacity_;
  }
  [[nodiscard]] std::uint64_t offset_of(const void* address) const {
    return static_cast<std::uint64_t>(static_cast<const char*>(address) - begin_);
  }
  /// Bytes that are handed out.
  [[nodiscard]] std::size_t used() const;

 private:
  SurvivingMemory(UniqueFd fd, char* begin, std::size_t capacity, std::size_t front);
  void insert_range(std::size_t offset, std::size_t size);
  void give_back_pages();

  const UniqueFd fd_;
  char* const begin_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::size_t> free_;                     // guarded by mutex_: size by offset, no neighbours
  std::set<std::pair<std::size_t, std::size_t>> free_by_size_;  // guarded by mutex_: the same
  std::size_t used_ = 0;                                        // guarded by mutex_
  std::size_t dirty_ = 0;                                       // guarded by mutex_: freed, and perhaps not given back
  bool keep_all_ = false;                                       // guarded by mutex_
};

/// What an earlier process left, to read.
class SurvivedMemory {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const SurvivedMemory>> map(UniqueFd fd);
  ~SurvivedMemory();
  SurvivedMemory(const SurvivedMemory&) = delete;
  SurvivedMemory& operator=(const SurvivedMemory&) = delete;
  [[nodiscard]] std::span<const char> bytes() const { return bytes_; }

 private:
  SurvivedMemory(UniqueFd fd, std::span<const char> bytes) : fd_(std::move(fd)), bytes_(bytes) {}
  UniqueFd fd_;
  std::span<const char> bytes_;
};

/// Bytes in surviving memory, or, where there is none or it is full, in ordinary memory. Movable.
class SurvivingBytes {
 public:
  /// `memory` may be null, and outlives the object.
  explicit SurvivingBytes(SurvivingMemory* memory = nullptr) : memory_(memory) {}
  SurvivingBytes(SurvivingBytes&& other) noexcept;
  SurvivingBytes& operator=(SurvivingBytes&& other) noexcept;
  SurvivingBytes(const SurvivingBytes&) = delete;
  SurvivingBytes& operator=(const SurvivingBytes&) = delete;
  ~SurvivingBytes() { clear(); }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  void clear();
  /// The bytes as they were, from `skip` on, and `more` behind them, in one piece. What held them before is returned:
  /// as long as it is kept, so are they.
  [[nodiscard]] SurvivingBytes append(std::size_t skip, std::string_view more);

 private:
  SurvivingMemory* memory_;
  char* data_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace tailwater
