#include "filter/secret_patterns.h"

namespace tailwater {
namespace {

using Kind = SecretPattern::Kind;
using Keywords = std::string_view[];

constexpr Keywords kAws = {"AKIA", "ASIA", "ABIA", "ACCA"};
constexpr Keywords kGcp = {"AIza", "ya29.", "GOCSPX-"};
constexpr Keywords kDigitalOcean = {"dop_v1_", "doo_v1_", "dor_v1_"};
constexpr Keywords kVault = {"hvs.", "hvb.", "hvr."};
constexpr Keywords kStripe = {"sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"};
constexpr Keywords kSendgrid = {"SG."};
constexpr Keywords kGithub = {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"};
constexpr Keywords kGitlab = {"glpat-",  "gldt-",    "glrt-",  "glcbt-", "glptt-", "glft-",
                              "glsoat-", "glagent-", "gloas-", "glimt-", "glffct-"};
constexpr Keywords kNpm = {"npm_"};
constexpr Keywords kPypi = {"pypi-Ag"};
constexpr Keywords kAnthropic = {"sk-ant-"};
constexpr Keywords kOpenai = {"sk-"};
constexpr Keywords kSlack = {"xoxa-", "xoxb-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"};
constexpr Keywords kSlackHook = {"hooks.slack.com/"};
constexpr Keywords kTailwater = {"tw_"};
constexpr Keywords kJwt = {"eyJ"};
constexpr Keywords kPrivateKey = {"PRIVATE KEY"};
constexpr Keywords kAuthorization = {"authorization"};
constexpr Keywords kBearer = {"bearer "};
constexpr Keywords kUrl = {"://"};
constexpr Keywords kPassword = {"password", "passwd", "passphrase", "_pass", "-pass", "pass="};
constexpr Keywords kPwd = {"pwd"};
constexpr Keywords kSecret = {"secret",      "token",      "api_key",     "api-key",     "apikey",        "access_key",
                              "access-key",  "accesskey",  "private_key", "private-key", "privatekey",    "signing_key",
                              "signing-key", "signingkey", "auth_key",    "auth-key",    "encryption_key"};

// What stands between a name and its value: quotes, also escaped ones as in JSON within JSON, `=`, `:`, `:=` or `=>`.
#define TW_SEPARATOR R"(\\{0,3}["']?[ \t]{0,4}(?:=>|:=|[=:])[ \t]{0,4})"
// A value: quoted with escapes, quoted by escaped quotes, or a word.
#define TW_VALUE(FIRST) R"((?:"((?:[^"\\]|\\.)+)|'((?:[^'\\]|\\.)+)|\\{1,3}["']([^"'\\]+)|()" FIRST R"([^\s"'&,;\\]*)))"

constexpr SecretPattern kPatterns[] = {
    {"private-key", Kind::kKey, false, "", kPrivateKey},
    {"aws", Kind::kToken, false, "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}", kAws},
    {"gcp", Kind::kToken, false, R"(AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})", kGcp},
    {"digitalocean", Kind::kToken, false, "do[opr]_v1_[a-f0-9]{40,}", kDigitalOcean},
    {"vault", Kind::kToken, false, R"(hv[brs]\.[A-Za-z0-9_-]{20,})", kVault},
    {"stripe", Kind::kToken, false, "(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}", kStripe},
    {"sendgrid", Kind::kToken, false, R"(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})", kSendgrid},
    {"github", Kind::kToken, false, "gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}", kGithub},
    {"gitlab", Kind::kToken, false, "gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[A-Za-z0-9_.-]{16,}", kGitlab},
    {"npm", Kind::kToken, false, "npm_[A-Za-z0-9]{30,}", kNpm},
    {"pypi", Kind::kToken, false, "pypi-Ag[A-Za-z0-9_-]{30,}", kPypi},
    {"anthropic", Kind::kToken, false, R"(\bsk-ant-[A-Za-z0-9_-]{16,})", kAnthropic},
    {"openai", Kind::kToken, false, R"(\bsk-(?:(?:proj|svcacct|admin|service)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,}))",
     kOpenai},
    {"slack", Kind::kToken, false, R"(xox[abeoprs](?:\.xox[abp])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,})",
     kSlack},
    {"slack", Kind::kToken, false, R"(hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+-]{16,}))",
     kSlackHook},
    {"tailwater", Kind::kToken, false, R"(\btw_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{40,})", kTailwater},
    // RFC 7519; with five parts it is encrypted (RFC 7516), without the last one unsigned.
    {"jwt", Kind::kToken, false, R"(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]*)", kJwt},
    // RFC 9110 section 11.6.2: credentials may go on to the end of the line.
    {"authorization", Kind::kSetting, true,
     R"((?i)authorization\\{0,3}["']?[ \t]*(?:=>|[=:])[ \t]*\\{0,3}["']?(?:(?:bearer|basic|token|apikey|negotiate|ntlm)[ \t]+)"
     R"(([^\s"',;\\]+)|((?:digest|aws4-hmac-sha256|hawk|signature|oauth|gnap|dpop|hoba|mutual|scram-sha-[0-9]+)[ \t][^"']+))"
     R"(|([^\s"',;\\]+)))",
     kAuthorization},
    {"authorization", Kind::kToken, true, R"((?i)\bbearer[ \t]+([A-Za-z0-9._~+/=-]{20,}))", kBearer},
    {"url-password", Kind::kUrl, false, R"(://[^\s/?#:@"'<>\\]*:([^\s/?#"'<>]+)@)", kUrl},
    {"password", Kind::kSetting, true,
     R"((?i)(?:passw(?:or)?d|passphrase|[_-]pass|\bpass)(?:[_-][a-z0-9_-]{1,16})?)" TW_SEPARATOR TW_VALUE(
         "[^\\s\"'&,;]"),
     kPassword},
    // PWD=/home/user is where somebody works.
    {"password", Kind::kSetting, true, R"((?i)pwd)" TW_SEPARATOR TW_VALUE("[^\\s\"'&,;/~\\\\]"), kPwd},
    {"secret", Kind::kSetting, true,
     R"((?i)(?:secret(?:[_-]?access)?(?:[_-]?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key)"
     R"(|auth[_-]key|encryption_key)(?:[_-][a-z0-9_-]{1,16})?)" TW_SEPARATOR
     R"(\\{0,3}["']?([a-z0-9+/_.~=%:$@!*-]{8,}))",
     kSecret},
};

#undef TW_SEPARATOR
#undef TW_VALUE

}  // namespace

std::span<const SecretPattern> secret_patterns() {
  return kPatterns;
}

}  // namespace tailwater
