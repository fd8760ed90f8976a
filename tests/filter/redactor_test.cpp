#include "filter/redactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tailwater {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Redactor> make(const std::vector<std::string>& entries) {
  auto made = Redactor::make(entries);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *made : nullptr;
}

std::string error_of(const std::vector<std::string>& entries) {
  const auto made = Redactor::make(entries);
  return made ? "" : made.error().message;
}

/// Made of parts, so that no scanner of repositories takes a sample for a secret.
std::string joined(std::string_view a, std::string_view b) {
  return std::string(a).append(b);
}

const std::string kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const std::string kHex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Sample {
  const char* name;
  std::string before;
  std::string secret;
  std::string behind;
};

std::vector<Sample> true_samples() {
  return {
      {"aws", "key ", joined("AK", "IAIOSFODNN7EXAMPLE"), " used"},
      {"aws", "(", joined("AS", "IAY34FZKBOKMUTVV7A"), ")"},
      {"gcp", "key=", joined("AI", "zaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBW"), "&x=1"},
      {"gcp", "access ", joined("ya", "29.a0AfH6SMBx-abcdefghijklmnop"), ""},
      {"gcp", "client ", joined("GOC", "SPX-abcdefghijklmnopqrstuvwx"), ""},
      {"digitalocean", "t ", joined("dop_", "v1_") + kHex, " end"},
      {"vault", "vault ", joined("hv", "s.") + kLetters.substr(0, 24), " ok"},
      {"stripe", "pay ", joined("sk_", "live_") + kLetters.substr(0, 24), ""},
      {"stripe", "hook ", joined("wh", "sec_") + kLetters.substr(0, 32), "."},
      {"sendgrid", "mail ", joined("S", "G.") + kLetters.substr(0, 22) + "." + kLetters.substr(0, 43), " sent"},
      {"github", "clone with ", joined("gh", "p_") + kLetters.substr(0, 36), ""},
      {"github", "pat ", joined("github", "_pat_") + kLetters.substr(0, 22) + "_" + kLetters.substr(0, 59), "\""},
      {"gitlab", "ci ", joined("gl", "pat-") + kLetters.substr(0, 20), " used"},
      {"npm", "publish ", joined("np", "m_") + kLetters.substr(0, 36), ""},
      {"pypi", "upload ", joined("py", "pi-AgEIcHlwaS5vcmc") + kLetters.substr(0, 50), " done"},
      {"anthropic", "call ", joined("sk-", "ant-api03-") + kLetters, ""},
      {"openai", "call ", joined("sk-", "proj-") + kLetters.substr(0, 40), ""},
      {"openai", "call '", joined("s", "k-") + kLetters.substr(0, 48), "'"},
      {"slack", "bot ", joined("xo", "xb-123456789012-123456789012-") + kLetters.substr(0, 24), ""},
      {"slack", "post https://hooks.slack.com/services/", "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", " 200"},
      {"tailwater", "curl with ", joined("tw", "_k3x9m2q7_") + kLetters.substr(0, 43), " got 200"},
      {"jwt", "cookie ", joined("ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"), "; x"},
      {"jwt", "unsigned ", joined("ey", "JhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0."), " seen"},
      {"authorization", "Authorization: Bearer ", "abc.def-123", " GET /"},
      {"authorization", "authorization: Basic ", "dXNlcjpwYXNz", ""},
      {"authorization", R"({"Authorization":"Bearer )", "t0ken", R"("})"},
      {"authorization", R"({\"authorization\": \"token )", "abcd1234", R"(\"})"},
      {"authorization", "Proxy-Authorization: ", "abcdef", ", next"},
      {"authorization", "Authorization: ", R"(Digest username=a, response=b)", ""},
      {"authorization", "sent bearer ", kLetters.substr(0, 24), " to"},
      {"url-password", "postgres://app:", "s3cr3t!", "@db:5432/x"},
      {"url-password", "redis://:", "p@ss", "@cache/0"},
      {"password", "login password=", "hunter2", "&user=x"},
      {"password", R"({"password": ")", R"(a \"quoted\" one)", R"(", "user": "x"})"},
      {"password", "DB_PASSWORD=", "x", " APP=y"},
      {"password", "passwd: ", "x", ";y"},
      {"password", "PGPASSWORD='", "a b", "' psql"},
      {"password", "smtp_pass=", "abc", ""},
      {"password", "user=a pwd=", "abc", " x"},
      {"password", R"(body {\"password\":\")", "abc def", R"(\"})"},
      {"secret", "client_secret=", "0123456789ab", ""},
      {"secret", "X-Api-Key: ", "0123456789ab", " x"},
      {"secret", R"("access_token":")", "0123456789ab", R"(",)"},
      {"secret", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
      {"secret", "secretAccessKey: ", "wJalrXUtnFEMI", ""},
      {"secret", "refreshToken=", "abcdefgh", "&x"},
      {"private-key", "-----BEGIN RSA PRIVATE KEY-----", R"(\nMIIEow\n)", "-----END RSA PRIVATE KEY-----"},
      {"private-key", "-----BEGIN PGP PRIVATE KEY BLOCK-----", "xyz", ""},
  };
}

TEST(Redactor, HidesEachKnownSecretAndNothingElse) {
  const auto redactor = make({"default"});
  for (const Sample& sample : true_samples()) {
    const std::string line = sample.before + sample.secret + sample.behind;
    const std::string name = std::string("[redacted:") + sample.name + "]";
    EXPECT_EQ(redacted(*redactor, line), sample.before + name + sample.behind) << line;
  }
}

TEST(Redactor, LeavesAloneWhatOnlyLooksLikeASecret) {
  const auto redactor = make({"default"});
  const std::vector<std::string> lines = {
      "AKIA is how a key begins",
      "AKIAshort",
      "an AIza prefix alone",
      "dop_v1_nothexadecimal",
      "the hvs. engine",
      "sk_live_ is a prefix",
      "SG.1 and SG.2",
      "ghp_short",
      "tw_web_assets were built, tw_k3x9m2q7_short and btw_0123",
      "glpat-short",
      "npm_config_registry_is_set_by_the_environment",
      "pypi-Ag",
      "task-force-of-twenty-people-and-more-of-them",
      "disk-0123456789abcdefghij",
      "xoxb-",
      "eyJub3QiOiJhIHRva2VuIn0 without dots",
      "prefixeyJhbGciOiJIUzI1NiJ9.notatoken",
      "authorization failed for user bob",
      "bearer of bad news",
      "GET https://example.org/a:b@c HTTP/1.1",
      "http://host:8080/@scope/package",
      "https://user@host/path",
      "mail to a@b.example via smtp://relay:25/",
      "Failed password for root from 10.0.0.1 port 22 ssh2",
      "password changed",
      "sudo: ops : TTY=pts/0 ; PWD=/home/ops ; USER=root ; COMMAND=/bin/ls",
      "total_tokens=123456789",
      "token: expired",
      "the secret of success",
      "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
      "BEGIN PRIVATE KEY",
      "-----BEGIN PUBLIC KEY-----MIIB-----END PUBLIC KEY-----",
  };
  for (const std::string& line : lines) EXPECT_EQ(redacted(*redactor, line), line);
}

TEST(Redactor, HidesSeveralInOneLine) {
  const auto redactor = make({"default"});
  const std::string key = joined("AK", "IAIOSFODNN7EXAMPLE");
  EXPECT_EQ(redacted(*redactor, "a " + key + " b " + key + " password=x c"),
            "a [redacted:aws] b [redacted:aws] password=[redacted:password] c");
}

TEST(Redactor, HidesOneThatHoldsInvalidBytesWhole) {
  EXPECT_EQ(redacted(*make({"default"}), "password=ab\xff\xc3zz next"), "password=[redacted:password] next");
}

TEST(Redactor, TakesNamesOwnPatternsAndExceptions) {
  const std::string key = joined("AK", "IAIOSFODNN7EXAMPLE");
  EXPECT_EQ(redacted(*make({"aws"}), key + " password=x"), "[redacted:aws] password=x");
  EXPECT_EQ(redacted(*make({"default", "!password"}), key + " password=x"), "[redacted:aws] password=x");
  EXPECT_EQ(redacted(*make({"order=ORD-[0-9]+"}), "got ORD-123, password=x"), "got [redacted:order], password=x");
  EXPECT_EQ(redacted(*make({"card=card (\\d{4})"}), "card 1234 ok"), "card [redacted:card] ok");
  EXPECT_EQ(redacted(*make({"any=[0-9]{3}"}), "a1234567"), "a[redacted:any]7");
  EXPECT_EQ(redacted(*make({"name=\xc3\xa9+"}), "caf\xc3\xa9!"), "caf[redacted:name]!");
}

TEST(Redactor, OfNothingIsNone) {
  EXPECT_EQ(make({}), nullptr);
  EXPECT_EQ(make({"aws", "!aws"}), nullptr);
}

TEST(Redactor, SaysWhatIsWrongWithAnEntry) {
  EXPECT_THAT(error_of({"defualt"}), HasSubstr("\"defualt\" is not known (write name=PATTERN, or one of default, "));
  EXPECT_THAT(error_of({"x=("}), HasSubstr("missing )"));
  EXPECT_THAT(error_of({"x=a*"}), HasSubstr("matches where there is nothing"));
  EXPECT_THAT(error_of({"X Y=a"}), HasSubstr("is no name for a secret"));
  EXPECT_THAT(error_of({"=a"}), HasSubstr("is no name for a secret"));
  EXPECT_THAT(error_of({"!aws", "aws"}), HasSubstr("takes away what is not there"));
  EXPECT_THAT(error_of(std::vector<std::string>(65, "x=abcd")), HasSubstr("one pattern too many"));
}

TEST(Redactor, FindsSuspectsOnlyWhereOneCanBe) {
  const auto redactor = make({"default"});
  const std::string text = "nothing here\nhttps://example.org/ tokens in prose\npassword=x\n";
  EXPECT_EQ(redactor->next_suspect(text, 0), text.find("password"));
  EXPECT_EQ(redactor->next_suspect(text, text.find("password") + 1), Redactor::npos);
  EXPECT_EQ(make({"any=[0-9]{3}"})->next_suspect(text, 5), 5U);
}

TEST(Redactor, HidesSecretsThatAreKnownThemselves) {
  const auto base = make({"default"});
  const std::vector<std::string> secrets{"hunter2", "ab", "hunter2 and more", "two words"};
  const auto redactor = Redactor::with_secrets(*base, secrets);
  EXPECT_EQ(redacted(*redactor, "login with hunter2, twice hunter2"),
            "login with [redacted:mask], twice [redacted:mask]");
  EXPECT_EQ(redacted(*redactor, "xhunter2 and morex"), "x[redacted:mask]x");
  EXPECT_EQ(redacted(*redactor, "about two words"), "about [redacted:mask]");
  EXPECT_EQ(redacted(*redactor, "password=letmein"), "password=[redacted:password]");
  EXPECT_EQ(redacted(*base, "login with hunter2"), "login with hunter2");
}

TEST(Redactor, HidesAKnownSecretThatIsCut) {
  const auto redactor = Redactor::with_secrets(*make({"default"}), std::vector<std::string>{"hunter2"});
  std::vector<Redactor::Secret> found;
  redactor->find("login with hunt", /*open=*/true, found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].begin, 11U);
  redactor->find("login with hunt", /*open=*/false, found);
  EXPECT_TRUE(found.empty());
}

TEST(Redactor, CanHideEverything) {
  EXPECT_EQ(redacted(*Redactor::hiding_all(), "any line"), "[redacted:mask]");
  EXPECT_EQ(redacted(*Redactor::hiding_all(), ""), "");
}

}  // namespace
}  // namespace tailwater
