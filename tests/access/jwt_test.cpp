#include "access/jwt.h"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include <fmt/format.h>

#include "access/secrets.h"

namespace tailwater {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

const WallTime kNow{seconds(1'700'000'000)};
const std::string kSecret = "0123456789abcdef0123456789abcdef";

/// An issuer with a key of its own.
class Issuer {
 public:
  explicit Issuer(JwtAlgorithm algorithm) : algorithm_(algorithm) {
    switch (algorithm) {
      case JwtAlgorithm::kHs256: break;
      case JwtAlgorithm::kRs256: key_.reset(EVP_RSA_gen(2048)); break;
      case JwtAlgorithm::kEs256: key_.reset(EVP_EC_gen("P-256")); break;
      case JwtAlgorithm::kEdDsa: key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); break;
    }
  }
  [[nodiscard]] std::string key_text() const {
    if (!key_) return kSecret;
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key_.get());
    char* data = nullptr;
    const auto length = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
    std::string text(data, length);
    BIO_free(bio);
    return text;
  }
  /// Of an EC or Ed25519 key, as a JWK.
  [[nodiscard]] std::string jwk(const std::string& more = {}) const {
    std::array<unsigned char, 128> point{};
    std::size_t length = 0;
    if (algorithm_ == JwtAlgorithm::kEdDsa) {
      length = point.size();
      EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &length);
      return fmt::format(R"({{"kty":"OKP","crv":"Ed25519","x":"{}"{}}})", part(point.data(), length), more);
    }
    EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &length);
    EXPECT_EQ(length, 65U);
    return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"{}}})", part(point.data() + 1, 32),
                       part(point.data() + 33, 32), more);
  }
  [[nodiscard]] std::string sign(const std::string& claims, std::string header = {}) const {
    if (header.empty()) header = fmt::format(R"({{"alg":"{}","typ":"JWT"}})", to_text(algorithm_));
    const std::string text = to_base64url(header) + "." + to_base64url(claims);
    return text + "." + to_base64url(signature_of(text));
  }

 private:
  static std::string part(const unsigned char* bytes, std::size_t length) {
    return to_base64url({reinterpret_cast<const char*>(bytes), length});
  }
  [[nodiscard]] std::string signature_of(const std::string& text) const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::string out(1024, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    std::size_t length = out.size();
    if (!key_) {
      unsigned mac = 0;
      HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()), bytes, text.size(), to, &mac);
      out.resize(mac);
      return out;
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, algorithm_ == JwtAlgorithm::kEdDsa ? nullptr : EVP_sha256(), nullptr,
                       key_.get());
    EXPECT_EQ(EVP_DigestSign(context, to, &length, bytes, text.size()), 1);
    EVP_MD_CTX_free(context);
    out.resize(length);
    if (algorithm_ != JwtAlgorithm::kEs256) return out;
    const unsigned char* der = to;
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length));
    std::string raw(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(raw.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
    ECDSA_SIG_free(pair);
    return raw;
  }

  JwtAlgorithm algorithm_;
  std::unique_ptr<EVP_PKEY, PkeyDeleter> key_;
};

const std::string kGood = R"({"sub":"ada","exp":1700000100})";

class JwtTest : public testing::TestWithParam<JwtAlgorithm> {
 protected:
  static JwtVerifier verifier(const Issuer& issuer, JwtRules rules) {
    auto made = JwtVerifier::create(std::move(rules), issuer.key_text());
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  [[nodiscard]] JwtRules rules() const {
    JwtRules rules;
    rules.algorithm = GetParam();
    rules.groups_claim = "groups";
    return rules;
  }
};

TEST_P(JwtTest, AcceptsWhatItsIssuerHasSigned) {
  const Issuer issuer(GetParam());
  const JwtVerifier verifier = this->verifier(issuer, rules());
  const auto known = verifier.verify(issuer.sign(R"({"sub":"ada","exp":1700000100.5,"groups":["ops","dev"]})"), kNow);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->principal.kind, CallerKind::kJwt);
  EXPECT_EQ(known->principal.name, "ada");
  EXPECT_EQ(known->principal.groups, (std::vector<std::string>{"ops", "dev"}));
  EXPECT_FALSE(known->principal.only_streams);
  EXPECT_FALSE(known->principal.administrator);
}

TEST_P(JwtTest, RefusesWhatAnotherHasSignedOrAnybodyHasChanged) {
  const Issuer issuer(GetParam());
  const JwtVerifier verifier = this->verifier(issuer, rules());
  std::string token = issuer.sign(kGood);
  ASSERT_TRUE(verifier.verify(token, kNow));
  if (GetParam() != JwtAlgorithm::kHs256) {
    EXPECT_FALSE(verifier.verify(Issuer(GetParam()).sign(kGood), kNow));
  }
  const std::string header = token.substr(0, token.find('.'));
  const std::string signature = token.substr(token.rfind('.'));
  EXPECT_FALSE(verifier.verify(header + "." + to_base64url(R"({"sub":"root","exp":1700000100})") + signature, kNow));
  EXPECT_FALSE(verifier.verify(token + "A", kNow));
  EXPECT_FALSE(verifier.verify(token.substr(0, token.rfind('.') + 1), kNow)) << "no signature at all";
  token[token.rfind('.') + 5] = token[token.rfind('.') + 5] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verifier.verify(token, kNow));
}

/// CVE-2015-9235 and its kin: what a token says about itself never chooses how it is checked.
TEST_P(JwtTest, AlgorithmNoneOrAnyOtherIsRefused) {
  const Issuer issuer(GetParam());
  const JwtVerifier verifier = this->verifier(issuer, rules());
  for (const char* alg : {"none", "None", "NONE", "", "HS384", "RS512", "hs256"}) {
    const std::string header = fmt::format(R"({{"alg":"{}"}})", alg);
    EXPECT_FALSE(verifier.verify(issuer.sign(kGood, header), kNow)) << alg;
    EXPECT_FALSE(verifier.verify(to_base64url(header) + "." + to_base64url(kGood) + ".", kNow)) << alg;
  }
  for (const char* header : {R"({"typ":"JWT"})", R"({"alg":["HS256"]})", R"({"alg":null})", "[]", "x"}) {
    EXPECT_FALSE(verifier.verify(issuer.sign(kGood, header), kNow)) << header;
  }
  for (const JwtAlgorithm other :
       {JwtAlgorithm::kHs256, JwtAlgorithm::kRs256, JwtAlgorithm::kEs256, JwtAlgorithm::kEdDsa}) {
    if (other != GetParam()) {
      EXPECT_FALSE(verifier.verify(Issuer(other).sign(kGood), kNow)) << to_text(other);
    }
  }
  const std::string extended = fmt::format(R"({{"alg":"{}","crit":["b64"],"b64":false}})", to_text(GetParam()));
  EXPECT_FALSE(verifier.verify(issuer.sign(kGood, extended), kNow));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, JwtTest,
                         testing::Values(JwtAlgorithm::kHs256, JwtAlgorithm::kRs256, JwtAlgorithm::kEs256,
                                         JwtAlgorithm::kEdDsa),
                         [](const auto& each) { return std::string(to_text(each.param)); });

class JwtClaims : public testing::Test {
 protected:
  std::string refusal(const std::string& claims, WallTime now = kNow) const {
    const auto known = JwtVerifier::create(rules_, kSecret)->verify(issuer_.sign(claims), now);
    return known ? "" : known.error().message;
  }
  Issuer issuer_{JwtAlgorithm::kHs256};
  JwtRules rules_{JwtAlgorithm::kHs256, "", "", seconds(30), "", ""};
};

TEST_F(JwtClaims, HoldInTheirTimeAlone) {
  EXPECT_EQ(refusal(kGood, kNow + seconds(129)), "") << "with the leeway";
  EXPECT_EQ(refusal(kGood, kNow + seconds(130)), "it has expired");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"nbf":1700000030})"), "");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"nbf":1700000031})"), "it is not valid yet");
  for (const char* exp : {"-1", "1e300", "\"1700000100\"", "null", "[1700000100]", "true"}) {
    EXPECT_EQ(refusal(fmt::format(R"({{"sub":"a","exp":{}}})", exp)), "its exp is not a time") << exp;
    EXPECT_EQ(refusal(fmt::format(R"({{"sub":"a","exp":1700000100,"nbf":{}}})", exp)), "its nbf is not a time") << exp;
  }
  EXPECT_EQ(refusal(R"({"sub":"a"})"), "its exp is not a time") << "none that lasts for ever";
  EXPECT_NE(refusal(R"({"sub":"a","exp":99999999999999999999999999999999999999})"), "");
}

TEST_F(JwtClaims, NameTheirParties) {
  EXPECT_THAT(refusal(R"({"sub":"a","exp":1700000100,"aud":"x"})"), HasSubstr("auth.jwt.audience is not set"));
  rules_.issuer = "https://idp.example";
  rules_.audience = "tailwater";
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"aud":"tailwater"})"), "its issuer is another");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"iss":"https://idp.example"})"), "it is for another audience");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"iss":"https://idp.example","aud":["x"]})"),
            "it is for another audience");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"iss":"https://idp.example","aud":["x",1,"tailwater"]})"),
            "it is for another audience");
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"iss":"https://idp.example","aud":["x","tailwater"]})"), "");
}

TEST_F(JwtClaims, HaveASubjectThatCanBeNamed) {
  for (const char* sub : {R"("")", "1", "null", R"("a\nb")", R"("a b")", R"("a\u0000")", R"("\u00e4")"}) {
    EXPECT_EQ(refusal(fmt::format(R"({{"sub":{},"exp":1700000100}})", sub)), "its sub is not a name") << sub;
  }
  EXPECT_EQ(refusal(R"({"exp":1700000100})"), "its sub is not a name");
  EXPECT_EQ(refusal(fmt::format(R"({{"sub":"{}","exp":1700000100}})", std::string(129, 'a'))), "its sub is not a name");
}

TEST_F(JwtClaims, NarrowToTheStreamsThatTheyName) {
  rules_.streams_claim = "streams";
  const auto streams = [this](const std::string& more) {
    const auto known =
        JwtVerifier::create(rules_, kSecret)->verify(issuer_.sign(R"({"sub":"a","exp":1700000100)" + more + "}"), kNow);
    std::string text;
    for (const Glob& glob : *known->principal.only_streams) text += glob.text() + " ";
    return text;
  };
  EXPECT_EQ(streams(R"(,"streams":["app","nginx*"])"), "app nginx* ");
  EXPECT_EQ(streams(R"(,"streams":"app nginx")"), "app nginx ");
  EXPECT_EQ(streams(""), "") << "a token that names none reads none";
  EXPECT_EQ(streams(R"(,"streams":{"app":true})"), "");
  EXPECT_EQ(streams(R"(,"streams":["app",7])"), "");
}

TEST_F(JwtClaims, AreAJsonObject) {
  for (const char* claims : {"", "[]", "null", "7", "{", R"({"sub":"a",})", "\xff", R"({"sub":"a"}{})"}) {
    EXPECT_EQ(refusal(claims), "its claims are not a JSON object") << claims;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "[";
  EXPECT_EQ(refusal(R"({"sub":"a","exp":1700000100,"x":)" + deep), "its claims are not a JSON object");
}

TEST(JwtKeys, ComeAsASetWithIds) {
  const Issuer first(JwtAlgorithm::kEs256);
  const Issuer second(JwtAlgorithm::kEs256);
  const std::string set =
      fmt::format(R"({{"keys":[{},{},{{"kty":"RSA"}},7,{}]}})", first.jwk(R"(,"kid":"one","alg":"ES256","use":"sig")"),
                  second.jwk(R"(,"kid":"two")"), Issuer(JwtAlgorithm::kEdDsa).jwk());
  const auto verifier = JwtVerifier::create(JwtRules{}, set);
  ASSERT_TRUE(verifier) << verifier.error().message;
  EXPECT_TRUE(verifier->verify(first.sign(kGood), kNow));
  EXPECT_TRUE(verifier->verify(second.sign(kGood, R"({"alg":"ES256","kid":"two"})"), kNow));
  EXPECT_FALSE(verifier->verify(second.sign(kGood, R"({"alg":"ES256","kid":"one"})"), kNow));
  EXPECT_FALSE(verifier->verify(first.sign(kGood, R"({"alg":"ES256","kid":"three"})"), kNow));
  JwtRules eddsa;
  eddsa.algorithm = JwtAlgorithm::kEdDsa;
  const Issuer ed(JwtAlgorithm::kEdDsa);
  const auto ed_verifier = JwtVerifier::create(eddsa, R"({"keys":[)" + ed.jwk() + "]}");
  ASSERT_TRUE(ed_verifier);
  EXPECT_TRUE(ed_verifier->verify(ed.sign(kGood), kNow));
  EXPECT_FALSE(JwtVerifier::create(JwtRules{}, R"({"keys":[]})"));
  EXPECT_FALSE(JwtVerifier::create(JwtRules{}, R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})"));
  EXPECT_FALSE(JwtVerifier::create(JwtRules{}, "{"));
}

TEST(JwtKeys, FitTheirAlgorithm) {
  const auto error_of = [](JwtAlgorithm algorithm, const std::string& text) {
    const auto keys = parse_jwt_keys(text, algorithm);
    return keys ? std::string() : keys.error().message;
  };
  const std::string ec = Issuer(JwtAlgorithm::kEs256).key_text();
  EXPECT_EQ(error_of(JwtAlgorithm::kEs256, ec), "");
  EXPECT_THAT(error_of(JwtAlgorithm::kRs256, ec), HasSubstr("RS256 needs an RSA key"));
  EXPECT_THAT(error_of(JwtAlgorithm::kEdDsa, ec), HasSubstr("EdDSA needs an Ed25519 key"));
  EXPECT_THAT(error_of(JwtAlgorithm::kHs256, ec), HasSubstr("this is a key for another algorithm"))
      << "with a public key as its secret anybody could sign";
  EXPECT_THAT(error_of(JwtAlgorithm::kHs256, "short"), HasSubstr("at least 32 bytes"));
  EXPECT_THAT(error_of(JwtAlgorithm::kEs256, "-----BEGIN PRIVATE KEY-----\n"), HasSubstr("only the issuer"));
  EXPECT_THAT(error_of(JwtAlgorithm::kEs256, "nothing"), HasSubstr("not a PEM public key"));
}

}  // namespace
}  // namespace tailwater
