// Byte helpers that more than one folder needs: sizes as text, whole-number parsing, UTF-8, fingerprints. Pure.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

using ByteCount = std::uint64_t;

/// "65536", "64KiB", "64K", "1MB" (1000-based), "1.5GiB".
[[nodiscard]] Result<ByteCount> parse_byte_count(std::string_view text);
/// "512 B", "1.4 KiB", "3.0 GiB".
[[nodiscard]] std::string to_byte_text(ByteCount bytes);

/// The whole of `text` as a decimal number, without sign tricks, spaces or overflow.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// Length of the longest prefix of `text` that is valid UTF-8 (Unicode 15, table 3-7: no surrogates, no overlongs).
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text);
/// `text` with every maximal invalid part replaced by U+FFFD, as browsers decode it (WHATWG Encoding, "maximal
/// subpart").
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

/// 64-bit XXH3 of `bytes`: for fingerprints and checksums, not for anything an adversary gains from.
[[nodiscard]] std::uint64_t fingerprint(std::string_view bytes);

}  // namespace tailwater
