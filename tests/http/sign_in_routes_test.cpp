// Signing in and out over the routes: forms and JSON, the cookie, where one goes afterwards.
#include "http/sign_in_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/password_hash.h"
#include "http/access_gate.h"
#include "http/sign_in_page.h"
#include "support/fake_streams.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kForm = "Content-Type: application/x-www-form-urlencoded\r\n";
constexpr std::string_view kJson = "Content-Type: application/json; charset=utf-8\r\n";

class SignInRoutes : public testing::Test {
 protected:
  static void SetUpTestSuite() { hash_ = *hash_password("correct horse"); }
  SignInRoutes() {
    token_ = *make_token();
    token_.token.name = "laptop";
    streams_.keep_audit = true;
    AccessPolicy policy;
    policy.required = true;
    policy.users = {{"ada", hash_, {"ops"}}};
    policy.tokens = {token_.token};
    streams_.access.set_policy(std::move(policy));
  }
  Reply ask(Method method, std::string_view target, std::string_view lines = {}, std::string_view body = {}) {
    const std::string text = std::string(to_text(method)) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                             std::string(lines) + "\r\n";
    const auto head = parse_request_head(text, {});
    EXPECT_TRUE(head) << text;
    auto found = find_route(*head, base_path_);
    auto& routed = std::get<RoutedRequest>(found);
    Backend backend = streams_.backend();
    backend.base_path = base_path_;
    EXPECT_FALSE(admit_caller(routed, *backend.access, base_path_));
    routed.request.body = body;
    routed.request.address = "192.0.2.1";
    return std::get<Reply>(routed.route->handler(routed.request, routed.captures, backend));
  }
  Reply sign_in_by_form(std::string_view body, std::string_view lines = {}) {
    return ask(Method::kPost, base_path_ + "/login", std::string(kForm) + std::string(lines), body);
  }
  static std::string header(const Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
      if (name == key) return value;
    }
    return "";
  }

  static std::string hash_;
  FakeStreams streams_;
  NewToken token_;
  std::string base_path_;
};
std::string SignInRoutes::hash_;

TEST_F(SignInRoutes, AFormGoesOnWhereItWasGoing) {
  const Reply reply = sign_in_by_form("user=ada&password=correct+horse&next=%2Fhost%3Fa%3D1");
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(header(reply, "Location"), "/host?a=1");
  EXPECT_THAT(header(reply, "Set-Cookie"), HasSubstr("__Host-tailwater="));
  EXPECT_THAT(header(reply, "Set-Cookie"), HasSubstr("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict"));
}

TEST_F(SignInRoutes, NoFormLeadsToAnotherSite) {
  for (const char* next : {"https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "",
                           "/a%0d%0aX: 1", "\\\\evil.example"}) {
    EXPECT_EQ(safe_next(next, ""), "./") << next;
    EXPECT_EQ(safe_next(next, "/logs"), "./") << next;
  }
  EXPECT_EQ(safe_next("/logs/host", "/logs"), "/logs/host");
  EXPECT_EQ(safe_next("/logsx/host", "/logs"), "./");
  EXPECT_EQ(header(sign_in_by_form("user=ada&password=correct+horse&next=%2F%2Fevil.example"), "Location"), "./");
}

TEST_F(SignInRoutes, AWrongPasswordGivesThePageAgainWithWordsAndNoCookie) {
  const Reply reply = sign_in_by_form("user=%3Cb%3Eada&password=wrong&next=%2Fhost");
  EXPECT_EQ(reply.status, 401);
  EXPECT_THAT(reply.body, HasSubstr("the user or the password is wrong"));
  EXPECT_THAT(reply.body, HasSubstr("value=\"/host\""));
  EXPECT_THAT(reply.body, Not(HasSubstr("wrong&")));
  EXPECT_THAT(reply.body, Not(HasSubstr("<script")));
  EXPECT_THAT(reply.body, Not(HasSubstr("style=")));
  EXPECT_EQ(header(reply, "Set-Cookie"), "");
}

TEST_F(SignInRoutes, ATokenSignsInAsWell) {
  EXPECT_EQ(sign_in_by_form("token=" + token_.secret).status, 303);
  const Reply reply = ask(Method::kPost, "/login", kJson, R"({"token":")" + token_.secret + R"("})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(R"("name":"laptop")"));
  EXPECT_THAT(reply.body, Not(HasSubstr(token_.secret)));
  EXPECT_EQ(sign_in_by_form("token=" + token_.secret + "x").status, 401);
}

TEST_F(SignInRoutes, WhatIsNeitherFormNorJsonIsRefused) {
  for (const auto& [lines, body] : std::vector<std::pair<std::string, std::string>>{
           {"", "user=ada&password=correct+horse"},
           {"Content-Type: text/plain\r\n", "user=ada&password=correct+horse"},
           {"Content-Type: application/jsonx\r\n", R"({"user":"ada","password":"correct horse"})"},
           {std::string(kForm), "user=ada"},
           {std::string(kForm), "user=ada&password=correct+horse&token=x"},
           {std::string(kForm), "user=%zz&password=x"},
           {std::string(kForm), "user=ada&password=" + std::string(5000, 'x')},
           {std::string(kJson), R"({"user":"ada","password":["correct horse"]})"}}) {
    EXPECT_EQ(ask(Method::kPost, "/login", lines, body).status, 400) << lines << body.substr(0, 80);
  }
}

TEST_F(SignInRoutes, ACookieThatABrowserWouldDropIsNotPromised) {
  EXPECT_EQ(sign_in_by_form("user=ada&password=correct+horse", "Origin: http://logs.example.com\r\n").status, 400);
  EXPECT_EQ(sign_in_by_form("user=ada&password=correct+horse", "Origin: http://localhost:8245\r\n").status, 303);
  EXPECT_EQ(sign_in_by_form("user=ada&password=correct+horse", "Origin: https://logs.example.com\r\n").status, 303);
}

TEST_F(SignInRoutes, SigningOutEndsTheSessionAndTakesTheCookieAway) {
  const std::string set = header(sign_in_by_form("user=ada&password=correct+horse"), "Set-Cookie");
  const std::string cookie = "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
  EXPECT_THAT(ask(Method::kGet, "/api/session", cookie).body, HasSubstr(R"("signed_in":true)"));
  const Reply reply = ask(Method::kPost, "/logout", cookie + std::string(kForm));
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(header(reply, "Location"), "login");
  EXPECT_THAT(header(reply, "Set-Cookie"), HasSubstr("__Host-tailwater=; Path=/; Max-Age=0; Secure"));
  EXPECT_THAT(ask(Method::kGet, "/api/session", cookie).body, HasSubstr(R"("signed_in":false)"));
  EXPECT_EQ(ask(Method::kPost, "/logout", kJson).status, 204);
}

TEST_F(SignInRoutes, BelowABasePathEverythingStaysThere) {
  base_path_ = "/logs";
  EXPECT_EQ(header(sign_in_by_form("user=ada&password=correct+horse"), "Location"), "./");
  const Reply page = ask(Method::kGet, "/logs/login?next=/logs/host");
  EXPECT_THAT(page.body, HasSubstr("href=\"login.css\""));
  EXPECT_THAT(page.body, HasSubstr("value=\"/logs/host\""));
}

TEST_F(SignInRoutes, BelowAPathThatOnlyAProxyKnowsLinksLeadThere) {
  const Reply page = ask(Method::kGet, "/login?next=runs/ci/build-17%3Ftail%3D1");
  EXPECT_THAT(page.body, HasSubstr("action=\"login\""));
  EXPECT_THAT(page.body, HasSubstr("value=\"./runs/ci/build-17?tail=1\""));
  EXPECT_EQ(header(sign_in_by_form("user=ada&password=correct+horse&next=./host"), "Location"), "./host");
  EXPECT_EQ(header(sign_in_by_form("user=ada&password=correct+horse&next=../host"), "Location"), "./");
  EXPECT_EQ(header(sign_in_by_form("user=ada&password=correct+horse&next=.///evil.example"), "Location"), "./");
}

TEST_F(SignInRoutes, AttemptsAreInTheAuditLogWithoutWhatWasTyped) {
  static_cast<void>(sign_in_by_form("user=ada&password=wrong+horse"));
  static_cast<void>(sign_in_by_form("user=ada&password=correct+horse"));
  const std::lock_guard lock(streams_.audit_mutex);
  ASSERT_EQ(streams_.audited.size(), 2U);
  EXPECT_THAT(streams_.audited[0], HasSubstr(R"("result":"refused","user":"ada")"));
  EXPECT_THAT(streams_.audited[1], HasSubstr(R"("who":"ada","kind":"user","address":"192.0.2.1","result":"accepted")"));
  for (const std::string& line : streams_.audited) EXPECT_THAT(line, Not(HasSubstr("horse")));
}

TEST_F(SignInRoutes, WhereNobodyIsAskedThereIsNothingToSignInTo) {
  streams_.access.set_policy({});
  EXPECT_EQ(sign_in_by_form("user=ada&password=correct+horse").status, 404);
  EXPECT_THAT(ask(Method::kGet, "/api/session").body, HasSubstr(R"("required":false)"));
}

}  // namespace
}  // namespace tailwater
