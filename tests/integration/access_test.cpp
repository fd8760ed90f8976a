// Who may do what, asked of the whole daemon: ways of signing in, what somebody may not read, the audit log.
#include <sys/syscall.h>
#include <unistd.h>

#include <signal.h>

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "support/access_daemon.h"

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SignIn : public AccessDaemon {};

std::string base64url(const std::string& bytes) {
  std::string text(bytes.size() * 4 / 3 + 8, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

const std::string kJwtSecret = "0123456789abcdef0123456789abcdef";

std::string jwt(const std::string& claims, const std::string& algorithm = "HS256") {
  const std::string text = base64url(R"({"alg":")" + algorithm + R"("})") + "." + base64url(claims);
  if (algorithm == "none") return text + ".";
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), kJwtSecret.data(), static_cast<int>(kJwtSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return text + "." + base64url(std::string(reinterpret_cast<const char*>(mac), size));
}

std::string expiry(int seconds) {
  return std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + seconds);
}

TEST_F(SignIn, InsecureOpensAnAddressToEverybodyAndSaysSoLoudly) {
  begin({"--listen", "0.0.0.0:0", "--insecure", logs()});
  EXPECT_THAT(daemon().errors(), AllOf(HasSubstr("0.0.0.0:0"), HasSubstr("whoever reaches it reads every stream")));
  EXPECT_EQ(get("/api/streams").status, 200);
}

TEST_F(SignIn, AFileOfTokensOpensAnAddressToThoseWhoHaveOne) {
  const std::string secret = make_token("reader");
  begin({"--listen", "0.0.0.0:0", "--tokens", token_file(), logs()});
  EXPECT_THAT(daemon().errors(), Not(HasSubstr("whoever reaches it")));
  EXPECT_EQ(ask("/api/streams").status, 401) << "on loopback too";
  EXPECT_EQ(ask("/api/streams", secret).status, 200);
}

TEST_F(SignIn, ATokenIsMadeListedAndRevokedAndItsStreamsEnd) {
  configure_access();
  const std::string secret = make_token("laptop");
  EXPECT_THAT(read_whole_file(token_file()), Not(HasSubstr(secret))) << "only its digest is kept";
  const ProgramResult listed = run_tailwater({"token", "list", "--file", token_file()});
  EXPECT_THAT(listed.output, AllOf(HasSubstr("laptop"), Not(HasSubstr(secret))));
  serve_access();
  const auto client = follow_as("Authorization: Bearer " + secret, "stream=app&tail=1");
  EXPECT_EQ(next_lines(*client, 1).size(), 1U);
  const std::string later = make_token("later");
  EXPECT_TRUE(comes_true([&] { return ask("/api/streams", later).status == 200; }))
      << "it is noticed without a restart";
  EXPECT_EQ(run_tailwater({"token", "revoke", "laptop", "--file", token_file()}).exit_code(), 0);
  static_cast<void>(client->read_until("end", Milliseconds(10'000)));
  EXPECT_TRUE(client->at_end()) << "what goes on ends as well";
  EXPECT_EQ(ask("/api/streams", secret).status, 401);
  EXPECT_EQ(ask("/api/streams", later).status, 200);
}

TEST_F(SignIn, AJsonWebTokenIsCheckedByTheOneAlgorithm) {
  append_to_file(outside("secrets") + "/jwt.key", kJwtSecret);
  configure_access("jwt.algorithm = \"HS256\"\njwt.key = \"" + outside("secrets") +
                   "/jwt.key\"\njwt.issuer = \"idp\"\njwt.audience = \"tailwater\"\njwt.groups_claim = \"groups\"\n"
                   "jwt.streams_claim = \"streams\"\n");
  serve_access();
  const auto claims = [](const std::string& more, int seconds = 60, const std::string& audience = "tailwater") {
    return R"({"sub":"eve","iss":"idp","aud":")" + audience + R"(","exp":)" + expiry(seconds) + more + "}";
  };
  const std::string good = jwt(claims(R"(,"groups":["ops"],"streams":["vault"])"));
  const HttpReply streams = ask("/api/streams", good);
  EXPECT_EQ(streams.status, 200) << streams.body;
  EXPECT_THAT(streams.body, AllOf(HasSubstr("\"vault\""), Not(HasSubstr("\"app\"")))) << "the claim narrows";
  EXPECT_THAT(ask("/api/streams", jwt(claims(""))).body, HasSubstr("\"streams\":[]")) << "a missing claim is nothing";
  EXPECT_EQ(ask("/api/streams", jwt(claims("", -3600))).status, 401);
  EXPECT_EQ(ask("/api/streams", jwt(claims("", 60, "others"))).status, 401);
  EXPECT_EQ(ask("/api/streams", jwt(claims(""), "none")).status, 401);
  EXPECT_EQ(ask("/api/streams", jwt(claims(""), "HS512")).status, 401);
  EXPECT_EQ(ask("/api/streams", good + "x").status, 401);
  const std::string without_expiry = jwt(R"({"sub":"eve","iss":"idp","aud":"tailwater"})");
  EXPECT_EQ(ask("/api/streams", without_expiry).status, 401);
}

TEST_F(SignIn, APasswordOpensASessionThatACookieCarries) {
  configure_access("", user("ada", hash_of("correct horse"), "\"ops\""));
  serve_access();
  EXPECT_EQ(sign_in(R"({"user":"ada","password":"wrong horse"})").status, 401);
  EXPECT_EQ(sign_in(R"({"user":"nobody","password":"wrong horse"})").status, 401);
  const HttpReply done = sign_in(R"({"user":"ada","password":"correct horse"})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.header("set-cookie"), AllOf(HasSubstr("__Host-tailwater="),
                                               HasSubstr("; Secure; HttpOnly; "
                                                         "SameSite=Strict"),
                                               HasSubstr("Path=/"), Not(HasSubstr("Domain"))));
  const std::string cookie = "Cookie: " + cookie_of(done);
  EXPECT_THAT(ask("/api/session", "", "GET", "", {cookie}).body,
              AllOf(HasSubstr("\"signed_in\":true"), HasSubstr("\"name\":\"ada\""), HasSubstr("\"kind\":\"user\"")));
  const auto client = follow_as(cookie, "stream=vault&tail=1");
  EXPECT_EQ(next_lines(*client, 1), std::vector<std::string>{"level=info hidden-4711"});
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  EXPECT_EQ(ask("/api/streams", "", "GET", "", {cookie}).status, 200) << "sessions outlive a restart";
  const std::string ours = "Origin: http://127.0.0.1:" + std::to_string(port());
  EXPECT_EQ(ask("/logout", "", "POST", "", {cookie}).status, 403) << "a cookie alone does not say which page it is";
  EXPECT_EQ(ask("/logout", "", "POST", "", {cookie, "Origin: https://evil.example"}).status, 403);
  EXPECT_EQ(ask("/logout", "", "POST", "", {cookie, "Host: 127.0.0.1:" + std::to_string(port()), ours}).status, 400)
      << "two Hosts";
  EXPECT_EQ(ask("/logout", "", "POST", "", {cookie, "Sec-Fetch-Site: same-origin"}).status, 204);
  EXPECT_EQ(ask("/api/streams", "", "GET", "", {cookie}).status, 401);
  EXPECT_THAT(ask("/api/session").body, AllOf(HasSubstr("\"required\":true"), HasSubstr("\"signed_in\":false")));
}

TEST_F(SignIn, WrongPasswordsAreSlowedAndTheRightOneIsToldToWait) {
  configure_access("", user("ada", hash_of("correct horse"), "\"ops\""));
  serve_access();
  int refused = 0;
  HttpReply last;
  do {
    last = sign_in(R"({"user":"ada","password":"wrong horse"})");
  } while (last.status == 401 && ++refused < 20);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(refused, 10);
  EXPECT_FALSE(last.header("retry-after").empty());
  EXPECT_EQ(sign_in(R"({"user":"ada","password":"correct horse"})").status, 429) << "not even looked at";
  EXPECT_GE(audited({"\"event\":\"sign-in\"", "\"result\":\"slowed\"", "\"user\":\"ada\""}), 1U);
}

TEST_F(SignIn, WrongJsonTypesAndHugeNumbersAreRefusedByName) {
  configure_access("", user("ada", hash_of("correct horse"), "\"ops\""));
  const std::string ci = make_token("ci");
  serve_access();
  for (const char* body : {"", "[]", "{", "null", "123456789012345678901234567890", R"({"user":1,"password":2})",
                           R"({"user":["ada"],"password":{"a":"b"}})", R"({"user":"ada","password":null})",
                           R"({"user":"ada","password":1e999})", "{\"user\":\"ada\",\"password\":\"\xff\xfe\"}"}) {
    EXPECT_EQ(sign_in(body).status, 400) << body;
  }
  const std::string huge = "18446744073709551616";
  for (const char* parameter : {"tail", "limit", "last_event_id", "since", "context", "at"}) {
    for (const std::string& value :
         {huge, "-" + huge, std::string("1e400"), std::string("0x10"), std::string("1.5.1")}) {
      for (const char* resource : {"/api/events", "/api/records", "/api/search", "/api/metrics", "/tail/app"}) {
        if (std::string(parameter) == "last_event_id" && std::string(resource) != "/api/records") continue;
        const HttpReply reply = ask(std::string(resource) + "?follow=0&" + parameter + "=" + value, ci);
        EXPECT_EQ(reply.status, 400) << resource << " " << parameter << "=" << value;
      }
    }
  }
  EXPECT_EQ(ask("/api/ingest/app/x", ci, "PATCH", "a\n", {"Upload-Offset: " + huge}).status, 400);
  EXPECT_EQ(ask("/api/ingest/app/x", ci, "PATCH", "a\n", {"Upload-Offset: -1"}).status, 400);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(SignIn, NamesThatWouldBePathsOrHeadersAreRefused) {
  configure_access();
  const std::string ci = make_token("ci");
  serve_access();
  for (const char* name : {"%0d%0aX-Evil:%201", "a%0ab", "a%00b", "a%7fb", "..%2f..%2fetc", "%2e%2e", "..",
                           "%2e%2e%2fx", "a%2f..%2f..%2fb", "%252e%252e%252fx", ".hidden", "a%5cb", "%ff%fe"}) {
    const HttpReply reply = ask(std::string("/api/ingest/app/") + name, ci, "POST", "line\n");
    EXPECT_TRUE(reply.status == 400 || reply.status == 404) << name << " " << reply.status;
    EXPECT_THAT(reply.head, Not(HasSubstr("X-Evil"))) << name;
    const HttpReply raw = ask(std::string("/api/raw/app/") + name, ci);
    EXPECT_TRUE(raw.status == 400 || raw.status == 404) << name << " " << raw.status;
    EXPECT_THAT(raw.head, Not(HasSubstr("X-Evil"))) << name;
    const HttpReply stream = ask(std::string("/tail/") + name + "?follow=0", ci);
    EXPECT_TRUE(stream.status == 400 || stream.status == 404) << name << " " << stream.status;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon().state_dir())) {
    EXPECT_THAT(entry.path().string(), AllOf(Not(HasSubstr("evil")), Not(HasSubstr("Evil")), Not(HasSubstr("hidden"))));
  }
}

class MayNot : public AccessDaemon {
 protected:
  void SetUp() override {
    configure_access("", R"([sampler]
interval = "100ms"
[[metric]]
name = "vault_hits"
stream = "vault"
match = '(?P<word>\S+) (?P<more>\S+)'
[[metric]]
name = "app_hits"
stream = "app"
match = '(?P<word>\S+) an'
[[metric]]
name = "all_hits"
match = '(?P<word>hidden-\d+|open)'
)");
    app_ = make_token("app-reader");
    ops_ = make_token("ops-reader", {"--group", "ops"});
    ci_ = make_token("ci");
    serve_access();
  }
  /// Nothing that only a reader of vault may know.
  static void expect_nothing_of_vault(const HttpReply& reply, const std::string& target) {
    for (const char* word : {"hidden-4", "vault.log", "\"vault\"", "vault_hits", "all_hits", "vault,", "vault}"}) {
      EXPECT_THAT(reply.body, Not(HasSubstr(word))) << target;
    }
  }
  std::string app_;
  std::string ops_;
  std::string ci_;
};

TEST_F(MayNot, WhatACallerMayNotReadIsInNoResource) {
  append_to_file(outside("vault") + "/vault.log", "level=error hidden-4712\n");
  ASSERT_TRUE(comes_true([&] { return ask("/tail/vault?follow=0&tail=1", ops_).body == "level=error hidden-4712\n"; }));
  const std::string id =
      fetch(
          port(),
          HttpRequest{"/api/events?stream=vault&follow=0&tail=1", {"Authorization: Bearer " + ops_}, "GET", "1.1", {}})
          .body;
  const std::size_t at = id.find("\nid: ");
  ASSERT_NE(at, std::string::npos) << id;
  const std::string vault_id = id.substr(at + 5, id.find('\n', at + 5) - at - 5);
  const std::string key = vault_id.substr(0, vault_id.find('.'));

  // Without a name of a stream there is nothing of it.
  const std::vector<std::string> unnamed{"/api/events?from=start&follow=0",
                                         "/api/events?follow=0&last_event_id=" + vault_id,
                                         "/api/events?follow=0&from=" + vault_id,
                                         "/api/events?from=start&follow=0&grep=hidden",
                                         "/api/events?from=start&follow=0&file=**/vault.log",
                                         "/api/streams",
                                         "/api/records",
                                         "/api/records?before=" + vault_id,
                                         "/api/records?around=" + vault_id,
                                         "/api/records?at=1",
                                         "/api/search?grep=hidden&context=5",
                                         "/api/histogram?since=1h",
                                         "/tail/app?from=start&follow=0",
                                         "/readyz",
                                         "/api/session",
                                         "/"};
  for (const std::string& target : unnamed) {
    const HttpReply reply = ask(target, app_);
    EXPECT_EQ(reply.status, 200) << target << " " << reply.body;
    expect_nothing_of_vault(reply, target);
  }
  // With one it is as if there were none of that name.
  const auto as_another = [](std::string text) {
    for (std::size_t place; (place = text.find("vault")) != std::string::npos;) text.replace(place, 5, "other");
    return text;
  };
  const std::vector<std::string> named{"/api/events?stream=vault",
                                       "/api/events?stream=app&stream=vault",
                                       "/api/events?stream=vault&last_event_id=" + vault_id,
                                       "/tail/vault",
                                       "/tail/vault/" + key,
                                       "/tail/vault/vault.log",
                                       "/tail/app/" + key,
                                       "/api/records?stream=vault",
                                       "/api/search?stream=vault&grep=x",
                                       "/api/histogram?stream=vault&since=1h",
                                       "/api/raw/vault/vault.log",
                                       "/api/raw/vault/" + key,
                                       "/api/raw/app/" + key};
  for (const std::string& target : named) {
    const HttpReply reply = ask(target, app_);
    EXPECT_EQ(reply.status, 404) << target;
    const HttpReply another = ask(as_another(target), app_);
    EXPECT_EQ(as_another(reply.body), another.body) << target << ": both look the same";
  }
  for (const char* method : {"POST", "PATCH", "HEAD"}) {
    const std::vector<std::string> offset{"Upload-Offset: 0"};
    const bool patch = std::string(method) == "PATCH";
    EXPECT_EQ(ask("/api/ingest/vault/x", ci_, method, patch || method[0] == 'P' ? "x\n" : "",
                  patch ? offset : std::vector<std::string>{})
                  .status,
              404)
        << method << ": ci may write to app alone, and cannot see vault";
    EXPECT_EQ(ask("/api/ingest/app/x", app_, method, method[0] == 'P' ? "x\n" : "",
                  patch ? offset : std::vector<std::string>{})
                  .status,
              403)
        << method;
  }
  EXPECT_EQ(ask("/api/ingest/app/x", ci_, "POST", "pushed\n").status, 200);
  EXPECT_EQ(ask("/api/ingest/app/x", ci_, "POST", "x\n", {"Origin: https://evil.example"}).status, 403);
}

TEST_F(MayNot, NumbersThatTellOfAStreamAreForItsReaders) {
  append_to_file(log("app.log"), "level=info an open word\n");
  append_to_file(outside("vault") + "/vault.log", "level=error hidden-4712\n");
  const std::string of_vault = "tailwater_log_lines_total{stream=\"vault\"} 1\n";
  ASSERT_TRUE(comes_true([&] {
    const std::string all = ask("/metrics", ops_).body;
    const auto has = [&](std::string_view text) { return all.find(text) != std::string::npos; };
    return has(of_vault) && has("vault_hits") && has("all_hits") && has("app_hits") && has("stream=\"app\"") &&
           has("system_cpu_");
  })) << ask("/metrics", ops_).body;
  for (const char* accept : {"Accept: text/plain", "Accept: application/openmetrics-text"}) {
    const HttpReply reply = ask("/metrics", app_, "GET", "", {accept});
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, AllOf(HasSubstr("app_hits"), HasSubstr("stream=\"app\""), HasSubstr("system_cpu_")));
    expect_nothing_of_vault(reply, accept);
  }

  ASSERT_TRUE(comes_true([&] {
    const std::string all = ask("/api/metrics?since=10m&names=*", ops_).body;
    return all.find("vault_hits") != std::string::npos && all.find("app_hits") != std::string::npos;
  }));
  EXPECT_THAT(ask("/api/metrics?since=10m", ops_).body, HasSubstr("\"stream\":\"vault\""));
  const HttpReply history = ask("/api/metrics?since=10m", app_);
  EXPECT_THAT(history.body, AllOf(HasSubstr("app_hits"), HasSubstr("\"stream\":\"app\"")));
  expect_nothing_of_vault(history, "/api/metrics");

  const auto sample_of = [&](const std::string& secret) {
    const auto client = follow_as("Authorization: Bearer " + secret, "types=metric&tail=1");
    std::string data;
    static_cast<void>(client->read_until([&](const SseEvent& event) {
      if (event.type == "metric") data = event.data;
      return data.find("app_hits") != std::string::npos;
    }));
    return data;
  };
  EXPECT_THAT(sample_of(ops_), AllOf(HasSubstr("vault_hits"), HasSubstr("stream=vault")));
  const std::string sample = sample_of(app_);
  EXPECT_TRUE(JsonValue::parse(sample)) << sample;
  EXPECT_THAT(sample, AllOf(HasSubstr("stream=app"), HasSubstr("system.cpu."), Not(HasSubstr("vault")),
                            Not(HasSubstr("all_hits"))));
}

TEST_F(SignIn, WhoHasNotSignedInReadsWhatIsForEverybody) {
  configure_access("anonymous = \"read\"\n", "", R"(["anonymous"])");
  const std::string ops = make_token("ops-reader", {"--group", "ops"});
  serve_access();
  EXPECT_THAT(ask("/api/streams").body, AllOf(HasSubstr("\"app\""), Not(HasSubstr("vault"))));
  EXPECT_EQ(ask("/tail/app?follow=0").body, "level=info an open word\n");
  EXPECT_EQ(ask("/").status, 200);
  for (const char* target : {"/tail/vault?follow=0", "/api/records?stream=vault", "/metrics", "/api/metrics"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
  EXPECT_EQ(ask("/api/ingest/app/x", "", "POST", "x\n").status, 403) << "reading is all";
  EXPECT_EQ(ask("/api/streams", "tw_wrong000_token").status, 401) << "a wrong token is told so";
  EXPECT_THAT(ask("/api/streams", ops).body, HasSubstr("\"vault\""));
}

class Audit : public AccessDaemon {};

TEST_F(Audit, HasALineForEachThatMattersAndNeverASecret) {
  configure_access("", user("ada", hash_of("correct horse"), "\"ops\""));
  const std::string ci = make_token("ci");
  serve_access();
  const std::string wrong = "tw_AAAAAAAA_" + std::string(43, 'w');
  EXPECT_EQ(sign_in(R"({"user":"ada","password":"wrong horse"})").status, 401);
  const HttpReply done = sign_in(R"({"user":"ada","password":"correct horse"})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(sign_in(R"({"token":")" + wrong + R"("})").status, 401);
  EXPECT_EQ(ask("/api/streams").status, 401);
  EXPECT_EQ(ask("/api/streams", wrong).status, 401);
  EXPECT_EQ(ask("/api/streams?token=" + ci, ci).status, 400);
  EXPECT_EQ(ask("/tail/vault", ci).status, 404);
  EXPECT_EQ(ask("/api/ingest/app/job", ci, "POST", "line\n").status, 200);
  EXPECT_EQ(fetch(port(), HttpRequest{"/", {"Host: evil.example"}, "GET", "1.0", {}}).status, 421);
  EXPECT_EQ(fetch(port(), HttpRequest{"/", {"Content-Length: 1", "Content-Length: 2"}, "GET", "1.1", {}}).status, 400);
  EXPECT_EQ(ask("/tail/app?follow=0&grep=horse", ci).status, 200);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask("/api/records?limit=1&stream=app&grep=horse", ci).status, 200);
    EXPECT_EQ(ask("/api/search?stream=app&grep=horse", ci).status, 200);
  }
  const std::string later = make_token("later");
  EXPECT_EQ(ask("/logout", "", "POST", "", {"Cookie: " + cookie_of(done), "Sec-Fetch-Site: same-origin"}).status, 204);

  const auto one = [&](std::vector<std::string> parts) {
    EXPECT_EQ(audited(parts), 1U) << ::testing::PrintToString(parts) << "\n" << read_whole_file(audit_file());
  };
  one({"\"event\":\"tokens\"", "(later) added"});
  one({"\"event\":\"sign-in\"", "\"result\":\"refused\"", "\"user\":\"ada\""});
  one({"\"event\":\"sign-in\"", "\"result\":\"accepted\"", "\"who\":\"ada\"", "\"address\":\"loopback\""});
  one({"\"event\":\"sign-in\"", "\"result\":\"refused\"", "\"user\":\"\""});
  EXPECT_EQ(audited({"\"event\":\"refusal\"", "\"status\":\"401\"", "\"resource\":\"/api/streams\""}, 2), 2U);
  one({"\"event\":\"refusal\"", "\"status\":\"400\"", "\"resource\":\"/api/streams\""});
  one({"\"event\":\"refusal\"", "\"status\":\"404\"", "\"who\":\"ci\"", "\"stream\":\"vault\""});
  one({"\"event\":\"refusal\"", "\"status\":\"421\""});
  EXPECT_EQ(audited({"\"event\":\"refusal\"", "\"status\":\"400\""}, 2), 2U);
  one({"\"event\":\"publication\"", "\"who\":\"ci\"", "\"stream\":\"app\"", "\"name\":\"job\"",
       "\"address\":\"loopback\""});
  one({"\"event\":\"subscription\"", "\"who\":\"ci\"", "\"streams\":\"app\"", "\"filter\":\""});
  one({"\"event\":\"reading\"", "\"who\":\"ci\"", "\"streams\":\"app\"", "\"filter\":\"", "\"/api/records\""});
  one({"\"event\":\"reading\"", "\"who\":\"ci\"", "\"streams\":\"app\"", "\"filter\":\"", "\"/api/search\""});
  one({"\"event\":\"sign-out\"", "\"who\":\"ada\""});
  for (const std::string& secret : {ci, later, wrong, std::string("horse"), cookie_of(done).substr(17)}) {
    EXPECT_THAT(read_whole_file(audit_file()), Not(HasSubstr(secret)));
    EXPECT_THAT(daemon().errors() + daemon().output(), Not(HasSubstr(secret)));
  }
}

TEST_F(Audit, TellsWhomAProxyAskedForAndLimitsThem) {
  configure_access("", "[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n[limits]\nrequest_rate = 2\n");
  const std::string secret = make_token("ci");
  serve_access();
  const auto ask_for = [&](const std::string& forwarded) {
    return ask("/api/streams", "", "GET", "", {"X-Forwarded-For: " + forwarded}).status;
  };
  EXPECT_EQ(ask_for("198.51.100.7, 203.0.113.9, 10.1.2.3"), 401);
  EXPECT_EQ(audited({"\"status\":\"401\"", "\"address\":\"203.0.113.9\""}), 1U) << read_whole_file(audit_file());
  int status = 0;
  for (int i = 0; i < 20 && status != 429; ++i) status = ask_for("127.0.0.1, 203.0.113.9");
  EXPECT_EQ(status, 429) << "what the client itself wrote before it does not help him";
  EXPECT_GE(audited({"\"status\":\"429\"", "\"address\":\"203.0.113.9\""}), 1U);
  EXPECT_EQ(ask_for("203.0.113.10"), 401) << "others are not held up";
}

/// Does this kernel have Landlock?
bool has_landlock() {
  constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersion) > 0;
}

TEST_F(Audit, InTheSandboxFilesOfTokensKeysSessionsAndTheLogItselfAreWithinReach) {
  append_to_file(outside("secrets") + "/jwks",
                 R"({"keys":[{"kty":"oct","alg":"HS256","k":")" + base64url(kJwtSecret) + R"("}]})");
  configure_access("jwt.algorithm = \"HS256\"\njwt.key = \"" + outside("secrets") + "/jwks\"\njwt.issuer = \"idp\"\n",
                   user("ada", hash_of("correct horse"), "\"ops\""));
  if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  serve_access({"--sandbox", "required"});
  const std::string early = make_token("early");
  EXPECT_TRUE(comes_true([&] { return ask("/api/streams", early).status == 200; })) << daemon().errors();
  const auto claims = [](const std::string& who) {
    return R"({"sub":")" + who + R"(","iss":"idp","exp":)" + expiry(60) + "}";
  };
  EXPECT_EQ(ask("/api/streams", jwt(claims("eve"))).status, 200);
  const HttpReply done = sign_in(R"({"user":"ada","password":"correct horse"})");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_TRUE(std::filesystem::exists(daemon().state_dir() + "/sessions"));
  EXPECT_EQ(audited({"\"event\":\"sign-in\"", "\"who\":\"ada\""}), 1U);

  std::filesystem::rename(audit_file(), audit_file() + ".1");
  std::filesystem::remove(outside("secrets") + "/jwks");
  append_to_file(outside("secrets") + "/jwks",
                 R"({"keys":[{"kty":"oct","alg":"HS256","k":")" + base64url(std::string(32, 'z')) + R"("}]})");
  daemon().send_signal(SIGHUP);
  EXPECT_TRUE(comes_true([&] { return ask("/api/streams", jwt(claims("eve"))).status == 401; }))
      << "the key is another";
  EXPECT_GE(audited({"\"event\":\"refusal\"", "\"status\":\"401\""}), 1U) << "in the file that was made anew";
  EXPECT_EQ(run_tailwater({"token", "revoke", "early", "--file", token_file()}).exit_code(), 0);
  EXPECT_TRUE(comes_true([&] { return ask("/api/streams", early).status == 401; }));
  EXPECT_EQ(audited({"\"event\":\"tokens\"", "(early) revoked"}), 1U);
}

}  // namespace
}  // namespace tailwater
