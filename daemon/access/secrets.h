// Secrets: random ones, their digests, and comparing without telling by time how far they agree. Over OpenSSL. Pure but
// for the kernel's randomness, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

using Digest = std::array<std::uint8_t, 32>;

/// kUnavailable if the system has no randomness to give.
[[nodiscard]] Result<std::string> random_bytes(std::size_t count);

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] bool same_digest(const Digest& left, const Digest& right);
/// In a time that depends on the lengths alone.
[[nodiscard]] bool same_bytes(std::string_view left, std::string_view right);

/// RFC 4648 section 5, without padding; decoding is strict: no other alphabet, no white space, no stray bits.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

[[nodiscard]] std::string to_hex(const Digest& digest);
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view text);

}  // namespace tailwater
