// Counts what one thread allocates: replaces the global operator new of the program that includes it (in one file
// alone), so that a test can show that something does not allocate. A
// sanitizer has an operator of its own: then nothing is counted.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include "support/build_kind.h"

namespace tailwater {

inline thread_local std::size_t counted_allocations = 0;

inline constexpr bool kCountsAllocations = !kSanitized;

/// Of this thread, since it began.
[[nodiscard]] inline std::size_t allocation_count() {
  return counted_allocations;
}

}  // namespace tailwater

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TAILWATER_OWN_NEW 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TAILWATER_OWN_NEW 0
#endif
#endif
#ifndef TAILWATER_OWN_NEW
// NOLINTBEGIN: replacing these is the point
// Not inlined: g++ would take free() of what `new` gave for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++tailwater::counted_allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND
#endif
