// PasswordHash: a password as scrypt leaves it (RFC 7914), in the form of crypt's strings:
//   $scrypt$ln=15,r=8,p=1$<salt>$<hash>       base64url without padding
// Checking one takes 32 MiB and some 60 ms on purpose: never on a client thread. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tailwater {

/// With a fresh salt.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
/// kInvalid if `hash` is not such a text, or would take more memory or time than we give it.
[[nodiscard]] Result<void> check_password_hash(std::string_view hash);
/// False for a hash that check_password_hash() refuses.
[[nodiscard]] bool is_password_of(std::string_view password, std::string_view hash);

}  // namespace tailwater
