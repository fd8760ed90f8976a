// LiteralSet: finds any of some fixed texts in a block of bytes, many times faster than looking at each byte: three
// bytes of a place are compared with all texts at once by table lookups in vector registers (the scheme known as Teddy,
// from Hyperscan), and only what passes is compared in full. Immutable, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class LiteralSet {
 public:
  struct Literal {
    std::string text;          ///< at least kShortest bytes
    bool ignore_case = false;  ///< of ASCII letters
  };
  static constexpr std::size_t kShortest = 3;
  static constexpr std::size_t npos = std::string_view::npos;

  explicit LiteralSet(std::vector<Literal> literals);

  /// Calls visit(place, index of the literal) for each occurrence at or after `from`, in order of places; true from it
  /// ends the search, and is the answer.
  template <typename Visit>
  bool visit(std::string_view text, std::size_t from, Visit&& visit) const {
    for (Place place = next_place(text, from); place.at != npos; place = next_place(text, place.at + 1)) {
      for (std::uint8_t buckets = place.buckets; buckets != 0; buckets &= static_cast<std::uint8_t>(buckets - 1)) {
        for (const std::size_t literal : buckets_[lowest_bit(buckets)]) {
          if (is_at(text, place.at, literals_[literal]) && visit(place.at, literal)) return true;
        }
      }
    }
    return false;
  }

 private:
  static constexpr std::size_t kBuckets = 8;
  struct Place {
    std::size_t at = npos;
    std::uint8_t buckets = 0;  ///< whose texts may be there
  };
  /// By the low and the high half of a byte: the buckets that have such a byte there.
  struct Nibbles {
    alignas(16) std::array<std::uint8_t, 16> low{};
    alignas(16) std::array<std::uint8_t, 16> high{};
  };

  [[nodiscard]] static std::size_t beginning(const char* bytes) {
    const auto part = [bytes](std::size_t k) { return static_cast<std::size_t>(bytes[k]) & 31U; };
    return part(0) << 10U | part(1) << 5U | part(2);
  }
  [[nodiscard]] bool may_begin(const char* bytes) const {
    const std::size_t index = beginning(bytes);
    return (beginnings_[index / 64] >> (index % 64) & 1U) != 0;
  }
  [[nodiscard]] static std::size_t lowest_bit(std::uint8_t bits);
  [[nodiscard]] static bool is_at(std::string_view text, std::size_t at, const Literal& literal);
  [[nodiscard]] Place next_place(std::string_view text, std::size_t from) const;
  [[nodiscard]] Place next_place_bytewise(std::string_view text, std::size_t from) const;
#ifdef __x86_64__
  [[nodiscard]] Place next_place_by_vectors(std::string_view text, std::size_t from) const;
#endif

  std::vector<Literal> literals_;
  std::array<std::vector<std::size_t>, kBuckets> buckets_;
  std::array<Nibbles, kShortest> tables_;
  // By five bits of each of the first three bytes: does any text begin so? The tables alone let too much of prose pass.
  std::array<std::uint64_t, 512> beginnings_{};
};

}  // namespace tailwater
