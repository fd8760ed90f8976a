// JSON Web Tokens and keys of theirs from anybody: a token is refused with words that do not quote it, or names a
// caller who can be named, in its time. Lines: a header, claims, then keys; the first two are also signed with the
// right secret, so that what lies behind the signature is reached.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "access/jwt.h"
#include "access/secrets.h"

namespace {

using tailwater::JwtAlgorithm;
using tailwater::JwtRules;
using tailwater::JwtVerifier;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
const tailwater::WallTime kNow{std::chrono::seconds(1'700'000'000)};

void require(bool holds) {
  if (!holds) std::abort();
}

JwtRules rules_of(JwtAlgorithm algorithm) {
  JwtRules rules;
  rules.algorithm = algorithm;
  rules.groups_claim = "groups";
  rules.streams_claim = "streams";
  return rules;
}

std::string sign(std::string_view header, std::string_view claims) {
  const std::string text = tailwater::to_base64url(header) + "." + tailwater::to_base64url(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return text + "." + tailwater::to_base64url({reinterpret_cast<const char*>(mac.data()), size});
}

void check(const JwtVerifier& verifier, std::string_view token) {
  const auto verified = verifier.verify(token, kNow);
  if (!verified) {
    const std::string& message = verified.error().message;
    require(!message.empty() && message.find('\n') == std::string::npos);
    require(token.find('.') == std::string_view::npos || message.find(token) == std::string::npos);
    return;
  }
  require(verified->principal.kind == tailwater::CallerKind::kJwt && !verified->principal.administrator);
  require(!verified->principal.name.empty() && verified->principal.name.find('\n') == std::string::npos);
  require(verified->expires > kNow && verified->principal.only_streams);
}

void check_keys(std::string_view text, std::string_view token) {
  for (const JwtAlgorithm algorithm :
       {JwtAlgorithm::kHs256, JwtAlgorithm::kRs256, JwtAlgorithm::kEs256, JwtAlgorithm::kEdDsa}) {
    const auto keys = tailwater::parse_jwt_keys(text, algorithm);
    require(keys ? !keys->empty() : !keys.error().message.empty());
    for (std::size_t i = 0; keys && i < keys->size(); ++i) {
      const auto& key = (*keys)[i];
      require(algorithm == JwtAlgorithm::kHs256 ? !key.secret.empty() : key.pkey != nullptr);
    }
    const auto verifier = JwtVerifier::create(rules_of(algorithm), text);
    require(verifier.has_value() == keys.has_value());
    if (verifier) check(*verifier, token);
  }
}

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kVerifier = JwtVerifier::create(rules_of(JwtAlgorithm::kHs256), kSecret);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  check(*kVerifier, rest);
  const std::string_view header = take_line(rest);
  const std::string_view claims = take_line(rest);
  const std::string token = sign(header, claims);
  check(*kVerifier, token);
  check_keys(rest, token);
  return 0;
}
