// JwtVerifier: JSON Web Tokens (RFC 7519, 8725) that somebody else has issued. The algorithm is pinned by the
// configuration, so that what a token says about itself never chooses how it is checked. Immutable, pure, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access_rules.h"
#include "access/jwt_keys.h"
#include "base/clock.h"
#include "base/result.h"

namespace tailwater {

struct JwtRules {
  JwtAlgorithm algorithm = JwtAlgorithm::kEs256;
  std::string issuer;    ///< empty: any
  std::string audience;  ///< empty: tokens that name one are not for us
  Milliseconds leeway{30'000};
  std::string groups_claim;  ///< empty: tokens bring no groups
  std::string
      streams_claim;  ///< names or globs; with it, a token without that claim reads nothing. Empty: not narrowed
};

struct JwtCaller {
  Principal principal;
  WallTime expires{};  ///< with the leeway
};

class JwtVerifier {
 public:
  /// `key_text` is a PEM public key, for HS256 the secret itself, or a JWK set (RFC 7517); kInvalid says what it lacks.
  [[nodiscard]] static Result<JwtVerifier> create(JwtRules rules, std::string_view key_text);

  /// kDenied says what is wrong with the token and never quotes it.
  [[nodiscard]] Result<JwtCaller> verify(std::string_view token, WallTime now) const;

  /// Another for every other key or rule.
  [[nodiscard]] const std::string& handle() const { return handle_; }

 private:
  JwtVerifier(JwtRules rules, std::vector<JwtKey> keys, std::string handle)
      : rules_(std::move(rules)), keys_(std::move(keys)), handle_(std::move(handle)) {}
  [[nodiscard]] Result<void> check_signature(std::string_view token) const;

  JwtRules rules_;
  std::vector<JwtKey> keys_;
  std::string handle_;
};

}  // namespace tailwater
