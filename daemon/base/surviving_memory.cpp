#include "base/surviving_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <new>

namespace tailwater {
namespace {

constexpr std::size_t kPage = 4096;
/// Freed memory is used again; as much as this of it may lie about before its pages go back to the system.
constexpr std::size_t kMaxDirty = 8U << 20;

constexpr std::size_t round_up(std::size_t size, std::size_t to) {
  return (size + to - 1) / to * to;
}

}  // namespace

Result<std::unique_ptr<SurvivingMemory>> SurvivingMemory::create(std::size_t capacity, std::size_t front) {
  capacity = round_up(capacity, kPage);
  UniqueFd fd(::memfd_create("tailwater", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(errno_error("memfd_create", "memory that survives", errno));
  if (::ftruncate(fd.get(), static_cast<off_t>(capacity)) != 0) {
    return fail(errno_error("ftruncate", "memory that survives", errno));
  }
  // Whoever else holds it cannot take it away from under us, which would be SIGBUS.
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* begin = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
  if (begin == MAP_FAILED) return fail(errno_error("mmap", "memory that survives", errno));
  return std::unique_ptr<SurvivingMemory>(
      new SurvivingMemory(std::move(fd), static_cast<char*>(begin), capacity, front));
}

SurvivingMemory::SurvivingMemory(UniqueFd fd, char* begin, std::size_t capacity, std::size_t front)
    : fd_(std::move(fd)), begin_(begin), capacity_(capacity) {
  const std::size_t first = round_up(front, kPage);
  insert_range(first, capacity - first);
}

SurvivingMemory::~SurvivingMemory() {
  ::munmap(begin_, capacity_);
}

void SurvivingMemory::insert_range(std::size_t offset, std::size_t size) {
  free_.emplace(offset, size);
  free_by_size_.emplace(size, offset);
}

void* SurvivingMemory::allocate(std::size_t size) {
  size = round_up(std::max<std::size_t>(size, 1), kAlignment);
  const std::lock_guard lock(mutex_);
  const auto found = free_by_size_.lower_bound({size, 0});
  if (found == free_by_size_.end()) return nullptr;
  const auto [range, offset] = *found;
  free_by_size_.erase(found);
  free_.erase(offset);
  if (range > size) insert_range(offset + size, range - size);
  used_ += size;
  dirty_ -= std::min(dirty_, size);
  return begin_ + offset;
}

void SurvivingMemory::free(void* piece, std::size_t size) {
  size = round_up(std::max<std::size_t>(size, 1), kAlignment);
  std::size_t offset = static_cast<std::size_t>(static_cast<char*>(piece) - begin_);
  const std::lock_guard lock(mutex_);
  used_ -= size;
  if (keep_all_) return;
  dirty_ += size;
  auto behind = free_.lower_bound(offset);
  if (behind != free_.end() && behind->first == offset + size) {
    size += behind->second;
    free_by_size_.erase({behind->second, behind->first});
    behind = free_.erase(behind);
  }
  if (behind != free_.begin()) {
    const auto before = std::prev(behind);
    if (before->first + before->second == offset) {
      offset = before->first;
      size += before->second;
      free_by_size_.erase({before->second, before->first});
      free_.erase(before);
    }
  }
  insert_range(offset, size);
  if (dirty_ > kMaxDirty) give_back_pages();
}

void SurvivingMemory::give_back_pages() {
  dirty_ = 0;
  for (const auto& [offset, size] : free_) {
    const std::size_t from = round_up(offset, kPage);
    const std::size_t to = (offset + size) / kPage * kPage;
    // Pages that are not given back are used again all the same.
    if (from < to) (void)::madvise(begin_ + from, to - from, MADV_REMOVE);
  }
}

void SurvivingMemory::keep_all() {
  const std::lock_guard lock(mutex_);
  keep_all_ = true;
}

std::size_t SurvivingMemory::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

Result<std::shared_ptr<const SurvivedMemory>> SurvivedMemory::map(UniqueFd fd) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(errno_error("fstat", "memory that survived", errno));
  // Only what can never shrink is safe to look at.
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || status.st_size <= 0) {
    return fail(ErrorCode::kInvalid, "what was handed over as memory that survived is none");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* begin = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
  if (begin == MAP_FAILED) return fail(errno_error("mmap", "memory that survived", errno));
  return std::shared_ptr<const SurvivedMemory>(
      new SurvivedMemory(std::move(fd), {static_cast<const char*>(begin), size}));
}

SurvivedMemory::~SurvivedMemory() {
  ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

SurvivingBytes::SurvivingBytes(SurvivingBytes&& other) noexcept
    : memory_(other.memory_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SurvivingBytes& SurvivingBytes::operator=(SurvivingBytes&& other) noexcept {
  if (this == &other) return *this;
  clear();
  memory_ = other.memory_;
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void SurvivingBytes::clear() {
  if (data_ == nullptr) return;
  if (memory_ != nullptr && memory_->contains(data_)) {
    memory_->free(data_, size_);
  } else {
    std::free(data_);
  }
  data_ = nullptr;
  size_ = 0;
}

SurvivingBytes SurvivingBytes::append(std::size_t skip, std::string_view more) {
  SurvivingBytes before = std::move(*this);
  const std::string_view kept = before.view().substr(skip);
  const std::size_t size = kept.size() + more.size();
  if (size == 0) return before;
  data_ = memory_ != nullptr ? static_cast<char*>(memory_->allocate(size)) : nullptr;
  if (data_ == nullptr) data_ = static_cast<char*>(std::malloc(size));
  if (data_ == nullptr) throw std::bad_alloc();
  size_ = static_cast<std::uint32_t>(size);
  std::copy(more.begin(), more.end(), std::copy(kept.begin(), kept.end(), data_));
  return before;
}

}  // namespace tailwater
