// Every message about a file, word by word: they are an interface for people.
#include <ostream>

#include "config/loading.h"

namespace tailwater {
namespace {

struct Wrong {
  const char* name;
  const char* toml;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.name;
}

std::string name_of(const testing::TestParamInfo<Wrong>& wrong) {
  return wrong.param.name;
}

class TomlErrors : public testing::TestWithParam<Wrong> {};

TEST_P(TomlErrors, NamePlaceReasonAndRemedy) {
  Loading disk;
  EXPECT_EQ(disk.errors_of_toml(GetParam().toml), GetParam().message);
}

const Wrong kShape[] = {
    {"UnknownSection", "[serverr]\n", "/t.toml:1:2: unknown key serverr (did you mean server?)"},
    {"UnknownKey", "[server]\nlisten = []\nthread = 1\n",
     "/t.toml:3:1: unknown key server.thread (did you mean server.threads?)\n"
     "/t.toml:2:10: server.listen: the list is empty (leave it out for 127.0.0.1:8245)"},
    {"UnknownKeyLikeNothing", "[limits]\n  turbo_mode = 1\n",
     "/t.toml:2:3: unknown key limits.turbo_mode (tailwater help config lists all)"},
    {"UnknownKeyAtTheTop", "listen = \"127.0.0.1:1\"\n",
     "/t.toml:1:1: unknown key listen (tailwater help config lists all)"},
    {"UnknownStreamKey", "[[stream]]\nname = \"a\"\npath = [\"/a\"]\n",
     "/t.toml:3:1: unknown key stream.path (did you mean stream.paths?)\n"
     "/t.toml:1:1: the stream has no paths (add paths = [...], push = true or journal = true)"},
    {"ControlCharactersInAName", "\"a\\nb\\u001b\" = 1\n",
     "/t.toml:1:1: unknown key a?b? (tailwater help config lists all)"},
    {"SectionThatIsNoTable", "server = 3\n",
     "/t.toml:1:10: server must be a table, not a whole number (write [server] on a line of its own)"},
    {"StreamThatIsNoList", "[stream]\nname = \"a\"\n",
     "/t.toml:1:1: stream must be a list of tables, not a table (write [[stream]] on a line of its own, once for "
     "each)"},
    {"StreamThatIsNoTable", "stream = [1]\n",
     "/t.toml:1:11: an entry of stream must be a table, not a whole number (write [[stream]])"},
    {"StreamWithoutName", "[[stream]]\npaths = [\"/a\"]\n", "/t.toml:1:1: the stream has no name (add name = ...)"},
};
INSTANTIATE_TEST_SUITE_P(Shape, TomlErrors, testing::ValuesIn(kShape), name_of);

const Wrong kValues[] = {
    {"TextForANumber", "[server]\nthreads = \"two\"\n",
     "/t.toml:2:11: server.threads: a text does not fit (write a whole number, not negative: 10)"},
    {"NegativeNumber", "[server]\nthreads = -1\n",
     "/t.toml:2:11: server.threads: a whole number does not fit (write a whole number, not negative: 10)"},
    {"FractionForANumber", "[server]\nthreads = 1.5\n",
     "/t.toml:2:11: server.threads: a number with a fraction does not fit (write a whole number, not negative: 10)"},
    {"NumberOutOfRange", "[server]\nthreads = 2000\n",
     "/t.toml:2:11: server.threads: 2000 is out of range (it takes a number, 0 to 1024)"},
    {"NumberForAText", "[server]\nlog_level = 3\n",
     "/t.toml:2:13: server.log_level: a whole number does not fit (write a text: \"...\")"},
    {"UnknownChoice", "[server]\nlog_format = \"xml\"\n",
     "/t.toml:2:14: server.log_format: 'xml' is not known (it takes one of text, json)"},
    {"TextForAFlag", "[server]\ninsecure = \"true\"\n",
     "/t.toml:2:12: server.insecure: a text does not fit (write true or false)"},
    {"TextForAList", "[server]\nlisten = \"127.0.0.1:1\"\n",
     "/t.toml:2:10: server.listen: a text does not fit (write a list of texts: [\"...\", \"...\"])"},
    {"NumberInAList", "[server]\nlisten = [\"127.0.0.1:1\", 3]\n",
     "/t.toml:2:26: server.listen: a whole number does not fit (write a list of texts: [\"...\", \"...\"])"},
    {"DateForADuration", "[server]\nheartbeat = 2026-01-01\n",
     "/t.toml:2:13: server.heartbeat: a date does not fit (write a duration: \"15s\", \"10m\" or \"500ms\")"},
    {"NumberForADuration", "[server]\nheartbeat = 15\n",
     "/t.toml:2:13: server.heartbeat: a whole number does not fit (write a duration: \"15s\", \"10m\" or \"500ms\")"},
    {"NoDuration", "[limits]\nsweep_interval = \"soon\"\n",
     "/t.toml:2:18: limits.sweep_interval: 'soon' is not a duration: write it as 500ms, 15s, 10m, 1h30m, 7d or 2w"},
    {"DurationThatMustNotBeZero", "[limits]\nsweep_interval = \"0s\"\n",
     "/t.toml:2:18: limits.sweep_interval: 0s is out of range (it takes a duration, 100ms to 1d)"},
    {"BytesOutOfRange", "[limits]\nhead_bytes = \"1GiB\"\n",
     "/t.toml:2:14: limits.head_bytes: 1073741824 is out of range (it takes a number of bytes, 1KiB to 1MiB)"},
    {"NoBytes", "[limits]\nhead_bytes = \"8 apples\"\n",
     "/t.toml:2:14: limits.head_bytes: '8 apples' is not a size: write a number of bytes or one with KiB, MiB, GiB, "
     "kB, "
     "MB or GB"},
    {"TableForBytes", "[limits.head_bytes]\n",
     "/t.toml:1:1: limits.head_bytes: a table does not fit (write a number of bytes: 65536 or \"64KiB\")"},
    {"ControlCharacter", "[server]\nbase_path = \"/a\\nb\"\n",
     "/t.toml:2:13: server.base_path: the text has the control character 0x0a in it (remove it)"},
};
INSTANTIATE_TEST_SUITE_P(Values, TomlErrors, testing::ValuesIn(kValues), name_of);

const Wrong kMeaning[] = {
    {"ReachableListen", "[server]\nlisten = [\"127.0.0.1:0\", \"0.0.0.0:8245\"]\n",
     "/t.toml:2:26: server.listen: '0.0.0.0:8245' can be reached from other machines, and nobody is asked who they are "
     "(make a token with `tailwater token add` and name its file with --tokens or auth.tokens, listen on 127.0.0.1 or "
     "a unix socket behind a reverse proxy that asks, or allow it with --insecure or insecure = true)"},
    {"OriginWithAPath", "[server]\ncors_origins = [\"https://a.example/\"]\n",
     "/t.toml:2:17: server.cors_origins: 'https://a.example/' is not an origin (write it as browsers do: "
     "\"https://status.example.com\", in small letters, without a path or a wildcard)"},
    {"AnonymousWriter", "[[stream]]\nname = \"a\"\npaths = [\"/a\"]\nwriters = [\"anonymous\"]\n",
     "/t.toml:4:12: stream.writers: whoever has not signed in cannot be let do this (name somebody)"},
    {"JwtWithoutKey", "[auth]\njwt.algorithm = \"ES256\"\n",
     "/t.toml:2:17: auth.jwt.algorithm: there is no key to check tokens with (set auth.jwt.key)"},
    {"JwtWithoutAlgorithm", "[auth]\njwt.key = \"/k\"\n",
     "/t.toml:2:11: auth.jwt.key: no algorithm is named for it (set auth.jwt.algorithm, such as \"ES256\")"},
    {"JwtNone", "[auth]\njwt.key = \"/k\"\njwt.algorithm = \"none\"\n",
     "/t.toml:3:17: auth.jwt.algorithm: 'none' is not known (it takes one of HS256, RS256, ES256, EdDSA)\n"
     "/t.toml:2:11: auth.jwt.key: no algorithm is named for it (set auth.jwt.algorithm, such as \"ES256\")"},
    {"TwoUsersOfOneName", "[[user]]\nname = \"a\"\npassword = \"x\"\n[[user]]\nname = \"a\"\npassword = \"x\"\n",
     "/t.toml:5:8: user.name: 'a' is there twice (choose another)"},
    {"BadListen", "[server]\nlisten = [\"8245\"]\n",
     "/t.toml:2:11: server.listen: '8245' has no port (write host:port, [v6]:port or unix:/path)"},
    {"SameListenTwice", "[server]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n",
     "/t.toml:2:26: server.listen: '127.0.0.1:1' is there twice (remove one)"},
    {"HttpsWithoutACertificate", "[server]\nlisten = [\"https://127.0.0.1:1\"]\n",
     "/t.toml:2:11: server.listen: 'https://127.0.0.1:1' needs a certificate (set server.tls.certificate and "
     "server.tls.key)"},
    {"CertificateWithoutAKey", "[server.tls]\ncertificate = \"/c.pem\"\n",
     "/t.toml:2:15: server.tls.certificate: a certificate needs its private key (set server.tls.key)"},
    {"KeyWithoutACertificate", "[server]\ntls.key = \"/c.key\"\n",
     "/t.toml:2:11: server.tls.key: a key needs its certificate (set server.tls.certificate)"},
    {"MisspeltKeyInATableInside", "[server.tls]\ncert = \"/c.pem\"\n",
     "/t.toml:2:1: unknown key server.tls.cert (tailwater help config lists all)"},
    {"TextForATableInside", "[server]\ntls = \"/c.pem\"\n",
     "/t.toml:2:1: server.tls must be a table, not a text (write tls.certificate = ...)"},
    {"BadBasePath", "[server]\nbase_path = \"logs\"\n",
     "/t.toml:2:13: server.base_path: 'logs' is not a path (write it as \"/logs\": a slash, then letters, digits and "
     "-._~)"},
    {"BadHost", "[server]\nallowed_hosts = [\"a.example\", \"http://b.example/\"]\n",
     "/t.toml:2:31: server.allowed_hosts: 'http://b.example/' is not a host name (write it as \"logs.example.com\", "
     "without http:// and without a path)"},
    {"BadProxy", "[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"unix\", \"10.0.0.0/33\"]\n",
     "/t.toml:2:42: server.trusted_proxies: '10.0.0.0/33' is not an address (write it as \"192.0.2.1\", "
     "\"10.0.0.0/24\" or "
     "\"unix\")"},
    {"BadPublicUrl", "[server]\npublic_url = \"logs.example.com\"\n",
     "/t.toml:2:14: server.public_url: 'logs.example.com' is not an address to open in a browser (write "
     "https://logs.example.com or https://example.com/logs)"},
    {"FeedLargerThanAllFeeds", "[limits]\nfeed_bytes = \"8MiB\"\nall_feeds_bytes = \"4MiB\"\n",
     "/t.toml:2:14: limits.feed_bytes: 8.0 MiB are more than the 4.0 MiB of limits.all_feeds_bytes (lower it, or raise "
     "that)"},
    {"AllFeedsSmallerThanTheDefaultFeed", "[limits]\nall_feeds_bytes = \"1MiB\"\n",
     "limits.feed_bytes: 4.0 MiB are more than the 1.0 MiB of limits.all_feeds_bytes (lower it, or raise that)"},
    {"BadStreamName", "[[stream]]\nname = \"a/b\"\npaths = [\"/a\"]\n",
     "/t.toml:2:8: stream.name: 'a/b' is not a name (write 1 to 64 of A-Z a-z 0-9 . _ -)"},
    {"EmptyStreamName", "[[stream]]\nname = \"\"\npaths = [\"/a\"]\n",
     "/t.toml:2:8: stream.name: the text is empty (write one)"},
    {"SameStreamNameTwice", "[[stream]]\nname = \"a\"\npaths = [\"/a\"]\n[[stream]]\nname = \"a\"\npaths = [\"/b\"]\n",
     "/t.toml:5:8: stream.name: 'a' is the name of the stream at /t.toml:2:8 (choose another)"},
    {"NoPaths", "[[stream]]\nname = \"a\"\npaths = []\n",
     "/t.toml:1:1: the stream has no paths (add paths = [...], push = true or journal = true)"},
    {"EmptyPath", "[[stream]]\nname = \"a\"\npaths = [\"/a\", \"\"]\n",
     "/t.toml:3:16: stream.paths: the text is empty (remove it)"},
    {"RelativePath", "[[stream]]\nname = \"a\"\npaths = [\"log/*.log\"]\n",
     "/t.toml:3:10: stream.paths: 'log/*.log' is not absolute (write it from / on)"},
    {"BadGlob", "[[stream]]\nname = \"a\"\npaths = [\"/a/[x\"]\n",
     "/t.toml:3:10: stream.paths: glob '/a/[x': the '[' at position 4 has no ']' (a \\ before a wildcard makes it an "
     "ordinary character)"},
    {"BadExclude", "[[stream]]\nname = \"a\"\npaths = [\"/a\"]\nexclude = [\"{x\"]\n",
     "/t.toml:4:12: stream.exclude: glob '{x': the '{' at position 1 has no '}' (a \\ before a wildcard makes it an "
     "ordinary character)"},
    {"RecordLimitOfAStream", "[[stream]]\nname = \"a\"\npaths = [\"/a\"]\nmax_record_bytes = 1\n",
     "/t.toml:4:20: stream.max_record_bytes: 1 is out of range (it takes a number of bytes, 64 to 16MiB)"},
};
INSTANTIATE_TEST_SUITE_P(Meaning, TomlErrors, testing::ValuesIn(kMeaning), name_of);

TEST(TomlReader, SaysWhereAFileIsNotToml) {
  Loading disk;
  const std::string errors = disk.errors_of_toml("[server]\nthreads = = 2\n");
  EXPECT_EQ(errors.rfind("/t.toml:2:11: ", 0), 0U) << errors;
  EXPECT_NE(errors.find("(this is not TOML: see https://toml.io)"), std::string::npos) << errors;
  EXPECT_EQ(errors.find('\n'), std::string::npos) << errors;
}

TEST(TomlReader, NamesAllErrorsOfAFileAtOnce) {
  Loading disk;
  EXPECT_EQ(
      disk.errors_of_toml("[server]\nthreads = 5000\nfoo = 1\n[limits]\nclients = 0\n[[stream]]\npaths = [\"a\"]\n"),
      "/t.toml:3:1: unknown key server.foo (tailwater help config lists all)\n"
      "/t.toml:2:11: server.threads: 5000 is out of range (it takes a number, 0 to 1024)\n"
      "/t.toml:5:11: limits.clients: 0 is out of range (it takes a number, 1 to 10000000)\n"
      "/t.toml:6:1: the stream has no name (add name = ...)\n"
      "/t.toml:7:10: stream.paths: 'a' is not absolute (write it from / on)");
}

}  // namespace
}  // namespace tailwater
