#include "access/jwt_keys.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/claims.h"
#include "access/secrets.h"

namespace tailwater {
namespace {

constexpr std::size_t kMinSecretBytes = 32;  // RFC 7518 section 3.2
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kMaxKeys = 32;

constexpr std::pair<std::string_view, JwtAlgorithm> kAlgorithms[] = {
    {"HS256", JwtAlgorithm::kHs256},
    {"RS256", JwtAlgorithm::kRs256},
    {"ES256", JwtAlgorithm::kEs256},
    {"EdDSA", JwtAlgorithm::kEdDsa},
};

template <typename T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO, BIO_free_all>>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using BuildPtr = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using ParamPtr = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM, OSSL_PARAM_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG, ECDSA_SIG_free>>;

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
  return {key, PkeyDeleter()};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPtr number_of(std::string_view bytes) {
  return NumberPtr(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// What is wrong with a key for its algorithm; empty if nothing is.
std::string fault_of(EVP_PKEY* key, JwtAlgorithm algorithm) {
  const int type = EVP_PKEY_get_base_id(key);
  char curve[64] = {};
  switch (algorithm) {
    case JwtAlgorithm::kHs256: return "HS256 takes a secret, not a key";
    case JwtAlgorithm::kRs256:
      if (type != EVP_PKEY_RSA) return "RS256 needs an RSA key";
      if (EVP_PKEY_get_bits(key) < kMinRsaBits || EVP_PKEY_get_bits(key) > kMaxRsaBits) {
        return fmt::format("an RSA key must have {} to {} bits", kMinRsaBits, kMaxRsaBits);
      }
      return {};
    case JwtAlgorithm::kEs256:
      if (type != EVP_PKEY_EC || EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr) != 1 ||
          std::string_view(curve) != "prime256v1") {
        return "ES256 needs a key on the curve P-256";
      }
      return {};
    case JwtAlgorithm::kEdDsa: return type == EVP_PKEY_ED25519 ? "" : "EdDSA needs an Ed25519 key";
  }
  return "unknown algorithm";
}

std::shared_ptr<EVP_PKEY> key_from(const char* type, const OSSL_PARAM_BLD* build) {
  const ParamPtr parameters(OSSL_PARAM_BLD_to_param(const_cast<OSSL_PARAM_BLD*>(build)));
  const ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return own(key);
}

/// RFC 7518 section 6.3.
std::shared_ptr<EVP_PKEY> rsa_key(const Claims& jwk) {
  const auto n = from_base64url(jwk.text("n").value_or(""));
  const auto e = from_base64url(jwk.text("e").value_or(""));
  if (!n || n->empty() || n->size() > kMaxRsaBits / 8 || !e || e->empty() || e->size() > 8) return nullptr;
  const BuildPtr build(OSSL_PARAM_BLD_new());
  const NumberPtr modulus = number_of(*n);
  const NumberPtr exponent = number_of(*e);
  if (!build || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return key_from("RSA", build.get());
}

/// Section 6.2; the point as SEC 1 writes it, uncompressed.
std::shared_ptr<EVP_PKEY> ec_key(const Claims& jwk) {
  const auto x = from_base64url(jwk.text("x").value_or(""));
  const auto y = from_base64url(jwk.text("y").value_or(""));
  if (jwk.text("crv") != "P-256" || !x || x->size() != 32 || !y || y->size() != 32) return nullptr;
  const std::string point = '\x04' + *x + *y;
  const BuildPtr build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return key_from("EC", build.get());
}

/// RFC 8037 section 2.
std::shared_ptr<EVP_PKEY> ed_key(const Claims& jwk) {
  const auto x = from_base64url(jwk.text("x").value_or(""));
  if (jwk.text("crv") != "Ed25519" || !x || x->size() != 32) return nullptr;
  return own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));
}

/// Nothing for keys of other kinds and uses, which a set may well hold.
std::optional<JwtKey> key_of(const Claims& jwk, JwtAlgorithm algorithm) {
  const auto alg = jwk.text("alg");
  const auto use = jwk.text("use");
  if ((alg && *alg != to_text(algorithm)) || (use && *use != "sig")) return std::nullopt;
  JwtKey key;
  key.id = jwk.text("kid").value_or("");
  const auto kty = jwk.text("kty");
  if (algorithm == JwtAlgorithm::kHs256) {
    auto secret = from_base64url(jwk.text("k").value_or(""));
    if (kty != "oct" || !secret || secret->size() < kMinSecretBytes) return std::nullopt;
    key.secret = std::move(*secret);
    return key;
  }
  if (algorithm == JwtAlgorithm::kRs256 && kty == "RSA") key.pkey = rsa_key(jwk);
  if (algorithm == JwtAlgorithm::kEs256 && kty == "EC") key.pkey = ec_key(jwk);
  if (algorithm == JwtAlgorithm::kEdDsa && kty == "OKP") key.pkey = ed_key(jwk);
  if (!key.pkey || !fault_of(key.pkey.get(), algorithm).empty()) return std::nullopt;
  return key;
}

Result<std::vector<JwtKey>> keys_of_set(std::string_view text, JwtAlgorithm algorithm) {
  const auto set = Claims::parse(text);
  if (!set) return fail(ErrorCode::kInvalid, "neither a PEM key nor a JWK set");
  std::vector<JwtKey> keys;
  for (const Claims& jwk : set->objects("keys")) {
    auto key = key_of(jwk, algorithm);
    if (key && keys.size() < kMaxKeys) keys.push_back(std::move(*key));
  }
  if (keys.empty()) {
    return fail(ErrorCode::kInvalid, fmt::format("the JWK set holds no key for {}", to_text(algorithm)));
  }
  return keys;
}

Result<std::vector<JwtKey>> key_of_pem(std::string_view text, JwtAlgorithm algorithm) {
  if (text.find("PRIVATE KEY") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "this is a private key; only the issuer should have it (give the public key)");
  }
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  auto pkey = own(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (!pkey) return fail(ErrorCode::kInvalid, "not a PEM public key (-----BEGIN PUBLIC KEY-----)");
  if (std::string fault = fault_of(pkey.get(), algorithm); !fault.empty()) {
    return fail(ErrorCode::kInvalid, std::move(fault));
  }
  return std::vector<JwtKey>{{"", "", std::move(pkey)}};
}

/// JWTs carry an ECDSA signature as two numbers (RFC 7518 section 3.4), OpenSSL wants them in DER.
std::string to_der(std::string_view signature) {
  if (signature.size() != 64) return {};
  const SignaturePtr pair(ECDSA_SIG_new());
  NumberPtr r = number_of(signature.substr(0, 32));
  NumberPtr s = number_of(signature.substr(32));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return text;
}

bool is_mac_of(std::string_view signed_part, std::string_view signature, std::string_view secret) {
  Digest mac{};
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(signed_part),
                          signed_part.size(), mac.data(), &length);
  return made != nullptr && length == mac.size() &&
         same_bytes({reinterpret_cast<const char*>(mac.data()), mac.size()}, signature);
}

}  // namespace

std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view text) {
  for (const auto& [name, algorithm] : kAlgorithms) {
    if (name == text) return algorithm;
  }
  return std::nullopt;
}

std::string_view to_text(JwtAlgorithm algorithm) {
  for (const auto& [name, known] : kAlgorithms) {
    if (known == algorithm) return name;
  }
  return "";
}

Result<std::vector<JwtKey>> parse_jwt_keys(std::string_view text, JwtAlgorithm algorithm) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return keys_of_set(text, algorithm);
  if (algorithm != JwtAlgorithm::kHs256) return key_of_pem(text, algorithm);
  // A public key as a secret is the oldest trick on JWTs: whoever has it could sign.
  if (text.find("-----BEGIN") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "HS256 takes a secret, and this is a key for another algorithm");
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() < kMinSecretBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("the secret of HS256 must have at least {} bytes", kMinSecretBytes));
  }
  return std::vector<JwtKey>{{"", std::string(text), nullptr}};
}

bool is_signature_of(std::string_view signed_part, std::string_view signature, const JwtKey& key,
                     JwtAlgorithm algorithm) {
  if (algorithm == JwtAlgorithm::kHs256) return is_mac_of(signed_part, signature, key.secret);
  const std::string raw = algorithm == JwtAlgorithm::kEs256 ? to_der(signature) : std::string(signature);
  const DigestPtr context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm == JwtAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  const bool good =
      !raw.empty() && key.pkey && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.pkey.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(raw), raw.size(), bytes_of(signed_part), signed_part.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace tailwater
