// How much work a test can ask of this build: the daemon and the tests are built alike, and a sanitizer makes both ten
// times slower.
#pragma once

namespace tailwater {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

/// `amount` of load in a plain build, a tenth of it under a sanitizer.
template <typename Number>
[[nodiscard]] constexpr Number load(Number amount) {
  return kSanitized ? amount / 10 : amount;
}

}  // namespace tailwater
