#include "filter/literal_search.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tailwater {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t find_by_memmem(std::string_view block, std::string_view literal, std::size_t from) {
  const void* found = memmem(block.data() + from, block.size() - from, literal.data(), literal.size());
  return found == nullptr ? npos : static_cast<std::size_t>(static_cast<const char*>(found) - block.data());
}

#ifdef __x86_64__

/// Of smaller blocks the choice of the bytes would cost more than it gains.
constexpr std::size_t kLargeBlock = 2048;

/// What log lines hold the most of, the most frequent first; what is not among them is rare.
constexpr std::string_view kFrequent = " 0e1t2a3o5i4n6s8r7:9-.l/cdu\"pm=,_ghfbTy[]INw{}ZvEOR()kA;FDWxBUGM'qjz";

constexpr std::array<std::uint8_t, 256> make_frequencies() {
  std::array<std::uint8_t, 256> frequencies{};
  for (std::size_t i = 0; i < kFrequent.size(); ++i) {
    frequencies[static_cast<unsigned char>(kFrequent[i])] = static_cast<std::uint8_t>(kFrequent.size() - i);
  }
  return frequencies;
}
constexpr std::array<std::uint8_t, 256> kFrequencies = make_frequencies();

/// Two places in a text: of its rarest byte, and of the rarest one that is another.
struct RarePair {
  std::size_t first = 0;
  std::size_t second = 0;
};

RarePair rare_pair(std::string_view literal) {
  constexpr std::size_t kLookedAt = 32;
  const auto frequency = [&](std::size_t at) { return kFrequencies[static_cast<unsigned char>(literal[at])]; };
  const std::size_t size = std::min(literal.size(), kLookedAt);
  RarePair pair;
  for (std::size_t at = 1; at < size; ++at) {
    if (frequency(at) < frequency(pair.first)) pair.first = at;
  }
  pair.second = pair.first == 0 ? size - 1 : 0;
  for (std::size_t at = 0; at < size; ++at) {
    const bool other = literal[at] != literal[pair.first];
    const bool better = literal[pair.second] == literal[pair.first] || frequency(at) < frequency(pair.second);
    if (other && better) pair.second = at;
  }
  return pair;
}

using Vector = __m256i;
constexpr std::size_t kWidth = sizeof(Vector);
constexpr std::size_t kVectors = 4;  // looked at together

/// The literal begins at one of the places of `some`, bits that count from `at`; or npos.
std::size_t verify(std::string_view block, std::string_view literal, std::size_t at, std::uint32_t some) {
  for (; some != 0; some &= some - 1) {
    const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(some));
    if (block.size() - place < literal.size()) return npos;
    if (std::memcmp(block.data() + place, literal.data(), literal.size()) == 0) return place;
  }
  return npos;
}

/// Where there is so much of the two bytes that comparing costs more than looking, memmem goes on.
__attribute__((target("avx2"))) std::size_t find_by_vectors(std::string_view block, std::string_view literal,
                                                            std::size_t from) {
  const RarePair pair = rare_pair(literal);
  const Vector first = _mm256_set1_epi8(literal[pair.first]);
  const Vector second = _mm256_set1_epi8(literal[pair.second]);
  const std::size_t reach = std::max(pair.first, pair.second) + kVectors * kWidth;
  std::size_t compared = 0;
  std::size_t at = from;
  for (; at + reach <= block.size(); at += kVectors * kWidth) {
    Vector found[kVectors];
    for (std::size_t i = 0; i < kVectors; ++i) {
      const char* place = block.data() + at + i * kWidth;
      const Vector a = _mm256_loadu_si256(reinterpret_cast<const Vector*>(place + pair.first));
      const Vector b = _mm256_loadu_si256(reinterpret_cast<const Vector*>(place + pair.second));
      found[i] = _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, second));
    }
    const Vector any = _mm256_or_si256(_mm256_or_si256(found[0], found[1]), _mm256_or_si256(found[2], found[3]));
    if (_mm256_testz_si256(any, any) != 0) continue;
    for (std::size_t i = 0; i < kVectors; ++i) {
      const auto some = static_cast<std::uint32_t>(_mm256_movemask_epi8(found[i]));
      const std::size_t place = verify(block, literal, at + i * kWidth, some);
      if (place != npos) return place;
      compared += static_cast<std::size_t>(std::popcount(some));
    }
    if (compared > 64 + (at - from) / 16) return find_by_memmem(block, literal, at);
  }
  return find_by_memmem(block, literal, at);
}

#endif

}  // namespace

std::size_t find_literal(std::string_view block, std::string_view literal, std::size_t from) {
  if (from > block.size()) return npos;
#ifdef __x86_64__
  static const bool has_vectors = __builtin_cpu_supports("avx2") != 0;
  if (has_vectors && literal.size() > 1 && block.size() - from >= kLargeBlock) {
    return find_by_vectors(block, literal, from);
  }
#endif
  return find_by_memmem(block, literal, from);
}

}  // namespace tailwater
