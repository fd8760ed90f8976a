#include "source/read_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tailwater {
namespace {

constexpr std::size_t kKeptBytes = 256U << 10;
constexpr std::size_t kAlignment = 64;

}  // namespace

Result<ReadArena> ReadArena::create(std::size_t size) {
  void* bytes = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED) return fail(errno_error("mmap", "for the read buffer", errno));
  return ReadArena(static_cast<char*>(bytes), size);
}

ReadArena::~ReadArena() {
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
}

ReadArena::ReadArena(ReadArena&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)), used_(other.used_) {}

ReadArena& ReadArena::operator=(ReadArena&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(used_, other.used_);
  std::swap(touched_, other.touched_);
  return *this;
}

std::span<char> ReadArena::room(std::size_t wanted) const {
  const std::size_t length = std::min(wanted, left());
  touched_ = std::max(touched_, used_ + length);
  return {bytes_ + used_, length};
}

void ReadArena::keep(std::size_t count) {
  used_ = std::min(size_, (used_ + count + kAlignment - 1) / kAlignment * kAlignment);
}

void ReadArena::release_memory() {
  if (touched_ > kKeptBytes) ::madvise(bytes_ + kKeptBytes, size_ - kKeptBytes, MADV_DONTNEED);
  touched_ = 0;
}

}  // namespace tailwater
