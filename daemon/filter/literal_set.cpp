#include "filter/literal_set.h"

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "filter/ascii.h"

namespace tailwater {
namespace {

/// Letters lose their case; what else this makes one is told apart by the full comparison.
constexpr unsigned char kFold = 0x20;

unsigned char folded(char c) {
  return static_cast<unsigned char>(static_cast<unsigned char>(c) | kFold);
}

std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text) result.push_back(static_cast<char>(folded(c)));
  return result;
}

}  // namespace

LiteralSet::LiteralSet(std::vector<Literal> literals) : literals_(std::move(literals)) {
  std::vector<std::size_t> order(literals_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // What begins alike shares a bucket: the tables then let less pass that is none of them.
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return folded(literals_[a].text) < folded(literals_[b].text); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t bucket = i * kBuckets / order.size();
    buckets_[bucket].push_back(order[i]);
    const std::size_t index = beginning(literals_[order[i]].text.data());
    beginnings_[index / 64] |= std::uint64_t{1} << (index % 64);
    for (std::size_t k = 0; k < kShortest; ++k) {
      const unsigned char byte = folded(literals_[order[i]].text[k]);
      tables_[k].low[byte & 15U] |= static_cast<std::uint8_t>(1U << bucket);
      tables_[k].high[byte >> 4U] |= static_cast<std::uint8_t>(1U << bucket);
    }
  }
}

std::size_t LiteralSet::lowest_bit(std::uint8_t bits) {
  return static_cast<std::size_t>(std::countr_zero(bits));
}

bool LiteralSet::is_at(std::string_view text, std::size_t at, const Literal& literal) {
  const std::string_view found = text.substr(at, literal.text.size());
  if (!literal.ignore_case) return found == literal.text;
  return std::equal(found.begin(), found.end(), literal.text.begin(), literal.text.end(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

LiteralSet::Place LiteralSet::next_place(std::string_view text, std::size_t from) const {
  if (literals_.empty()) return {};
#ifdef __x86_64__
  static const bool has_vectors = __builtin_cpu_supports("ssse3") != 0;
  if (has_vectors) return next_place_by_vectors(text, from);
#endif
  return next_place_bytewise(text, from);
}

LiteralSet::Place LiteralSet::next_place_bytewise(std::string_view text, std::size_t from) const {
  for (std::size_t at = from; at + kShortest <= text.size(); ++at) {
    if (!may_begin(text.data() + at)) continue;
    std::uint8_t buckets = 0xFF;
    for (std::size_t k = 0; k < kShortest && buckets != 0; ++k) {
      const unsigned char byte = folded(text[at + k]);
      buckets = static_cast<std::uint8_t>(buckets & tables_[k].low[byte & 15U] & tables_[k].high[byte >> 4U]);
    }
    if (buckets != 0) return {at, buckets};
  }
  return {};
}

#ifdef __x86_64__
__attribute__((target("ssse3"))) LiteralSet::Place LiteralSet::next_place_by_vectors(std::string_view text,
                                                                                     std::size_t from) const {
  constexpr std::size_t kWidth = 16;
  const __m128i fold = _mm_set1_epi8(static_cast<char>(kFold));
  const __m128i half = _mm_set1_epi8(15);
  __m128i low[kShortest];
  __m128i high[kShortest];
  for (std::size_t k = 0; k < kShortest; ++k) {
    low[k] = _mm_load_si128(reinterpret_cast<const __m128i*>(tables_[k].low.data()));
    high[k] = _mm_load_si128(reinterpret_cast<const __m128i*>(tables_[k].high.data()));
  }
  std::size_t at = from;
  for (; at + kWidth + kShortest - 1 <= text.size(); at += kWidth) {
    __m128i found = _mm_set1_epi8(-1);
    for (std::size_t k = 0; k < kShortest; ++k) {
      const __m128i read = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + k));
      const __m128i bytes = _mm_or_si128(read, fold);
      const __m128i by_low = _mm_shuffle_epi8(low[k], _mm_and_si128(bytes, half));
      const __m128i by_high = _mm_shuffle_epi8(high[k], _mm_and_si128(_mm_srli_epi16(bytes, 4), half));
      found = _mm_and_si128(found, _mm_and_si128(by_low, by_high));
    }
    const auto none = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(found, _mm_setzero_si128())));
    for (unsigned some = ~none & 0xFFFFU; some != 0; some &= some - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(some));
      if (!may_begin(text.data() + at + place)) continue;
      alignas(16) std::array<std::uint8_t, kWidth> buckets;
      _mm_store_si128(reinterpret_cast<__m128i*>(buckets.data()), found);
      return {at + place, buckets[place]};
    }
  }
  return next_place_bytewise(text, at);
}
#endif

}  // namespace tailwater
