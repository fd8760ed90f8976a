// The keys that JSON Web Tokens are checked with, and checking a signature with one. Over OpenSSL's EVP. Immutable once
// made, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "base/result.h"

namespace tailwater {

enum class JwtAlgorithm : std::uint8_t { kHs256, kRs256, kEs256, kEdDsa };
/// "HS256", "RS256", "ES256", "EdDSA".
[[nodiscard]] std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view text);
[[nodiscard]] std::string_view to_text(JwtAlgorithm algorithm);

struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct JwtKey {
  std::string id;                  ///< the kid; empty: none
  std::string secret;              ///< of HS256
  std::shared_ptr<EVP_PKEY> pkey;  ///< of the others
};

/// Those of `text` that serve for `algorithm`: at least one, or kInvalid.
[[nodiscard]] Result<std::vector<JwtKey>> parse_jwt_keys(std::string_view text, JwtAlgorithm algorithm);

[[nodiscard]] bool is_signature_of(std::string_view signed_part, std::string_view signature, const JwtKey& key,
                                   JwtAlgorithm algorithm);

}  // namespace tailwater
