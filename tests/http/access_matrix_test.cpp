// Each route of the table, asked without a token, with a wrong one, and with one for another stream: what it answers
// follows from what the table says it needs, so that a new route is held to it without anybody thinking of it.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "http/access_gate.h"
#include "http/routes.h"
#include "support/fake_streams.h"

namespace tailwater {
namespace {

using testing::HasSubstr;
using testing::Not;

class AccessMatrix : public testing::Test {
 protected:
  AccessMatrix() {
    for (NewToken* made : {&app_, &other_, &writer_, &root_}) *made = *make_token();
    app_.token.name = "app-reader";
    other_.token.name = "nginx-reader";
    writer_.token.name = "app-writer";
    root_.token.name = "root";
    root_.token.administrator = true;
    streams_.names = {"app", "nginx"};
    set_policy(/*anonymous_reads=*/false);
    streams_.files.front().last_arrival = WallTime(Milliseconds(1));
  }

  void set_policy(bool anonymous_reads) {
    AccessPolicy policy;
    policy.required = true;
    policy.tokens = {app_.token, other_.token, writer_.token, root_.token};
    policy.rules = AccessRules({{"app", {"app-reader", "app-writer", "anonymous"}, {"app-writer"}},
                                {"nginx", {"nginx-reader"}, {}},
                                {"~metrics", {"root"}, {}}},
                               {}, anonymous_reads);
    streams_.access.set_policy(std::move(policy));
  }

  /// As the server does it: 200 for a stream that would begin.
  Reply ask(Method method, const std::string& target, const std::string& token, const std::string& more = {}) {
    std::string text = std::string(to_text(method)) + " " + target + " HTTP/1.1\r\nHost: a\r\n" + more;
    if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
    text += "\r\n";
    const auto head = parse_request_head(text, {});
    EXPECT_TRUE(head) << text;
    auto found = find_route(*head, "");
    if (auto* reply = std::get_if<Reply>(&found)) return std::move(*reply);
    auto& routed = std::get<RoutedRequest>(found);
    const Backend backend = streams_.backend();
    if (auto refusal = admit_caller(routed, *backend.access)) return std::move(*refusal);
    Outcome outcome = routed.route->handler(routed.request, routed.captures, backend);
    if (auto* reply = std::get_if<Reply>(&outcome)) return std::move(*reply);
    Reply begun;
    begun.body = "a stream";
    if (const auto* start = std::get_if<StreamStart>(&outcome)) {
      EXPECT_FALSE(start->subscription.readable.is_all());
    }
    return begun;
  }

  /// The pattern with names that are there in its captures.
  static std::string target_of(const Route& route, const std::string& stream) {
    std::string target(route.pattern);
    const auto fill = [&target](const std::string& capture, const std::string& with) {
      const std::size_t at = target.find(capture);
      if (at != std::string::npos) target.replace(at, capture.size(), with);
    };
    fill("{stream}", stream);
    fill("{file*}", "main.log");
    fill("{file}", "main.log");
    fill("{name}", "x");
    fill("{name*}", "x");
    fill("{run*}", "app/x");
    return target;
  }
  static std::vector<Method> methods_of(const Route& route) {
    std::vector<Method> methods;
    for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      if (route.methods.has(method)) methods.push_back(method);
    }
    return methods;
  }
  template <typename Check>
  static void for_each_resource(Check check) {
    for (const Route& route : routes()) {
      for (const Method method : methods_of(route)) {
        SCOPED_TRACE(std::string(to_text(method)) + " " + std::string(route.pattern));
        check(route, method, target_of(route, "app"));
      }
    }
  }

  FakeStreams streams_;
  NewToken app_, other_, writer_, root_;
};

TEST_F(AccessMatrix, HasNoHoleInItsPatterns) {
  for_each_resource([](const Route&, Method, const std::string& target) {
    EXPECT_THAT(target, Not(HasSubstr("{"))) << "teach target_of() what to put there";
  });
}

TEST_F(AccessMatrix, WithoutATokenEveryResourceThatNeedsOneAnswers401) {
  for_each_resource([this](const Route& route, Method method, const std::string& target) {
    const Reply reply = ask(method, target, "");
    if (route.needs == Needs::kNothing) {
      EXPECT_NE(reply.status, 401);
      EXPECT_NE(reply.status, 403);
      EXPECT_THAT(reply.body, Not(HasSubstr("main.log")));
      EXPECT_THAT(reply.body, Not(HasSubstr("nginx")));
      return;
    }
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.content_type, kProblemType);
    EXPECT_THAT(reply.headers,
                testing::Contains(testing::Pair(testing::StrEq("WWW-Authenticate"), "Bearer realm=\"tailwater\"")));
    EXPECT_THAT(reply.body, Not(HasSubstr("main.log")));
  });
}

TEST_F(AccessMatrix, WithAWrongTokenEveryResourceThatNeedsOneAnswers401) {
  const std::vector<std::string> wrong{"wrong", make_token()->secret, app_.secret + "x",
                                       "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."};
  set_policy(/*anonymous_reads=*/true);  // wrong ones are refused even where none would do
  for (const std::string& token : wrong) {
    for_each_resource([&](const Route& route, Method method, const std::string& target) {
      if (route.needs != Needs::kNothing) {
        EXPECT_EQ(ask(method, target, token).status, 401) << token;
      }
    });
  }
}

TEST_F(AccessMatrix, ForAnotherStreamsTokenAStreamDoesNotExist) {
  for_each_resource([this](const Route& route, Method method, const std::string& target) {
    const Reply reply = ask(method, target, other_.secret);
    if (route.needs == Needs::kWriter || route.needs == Needs::kAdministrator) {
      EXPECT_EQ(reply.status, 403);
    } else if (route.pattern.find("{stream}") != std::string_view::npos) {
      EXPECT_EQ(reply.status, 404);
      const Reply missing = ask(method, target_of(route, "nothing"), other_.secret);
      EXPECT_EQ(missing.status, 404) << "one that is not there looks the same";
    }
    EXPECT_NE(reply.status, 401);
    EXPECT_THAT(reply.body, Not(HasSubstr("main.log")));
    EXPECT_THAT(reply.body, Not(HasSubstr("\"app\"")));
  });
}

TEST_F(AccessMatrix, ItsOwnTokenReads) {
  for_each_resource([this](const Route& route, Method method, const std::string& target) {
    if (route.needs != Needs::kReader || route.pattern.find("{stream}") == std::string_view::npos) return;
    if (route.may_wait) return;  // these read files that are not there in this test
    EXPECT_EQ(ask(method, target, app_.secret).status, 200);
  });
  EXPECT_THAT(ask(Method::kGet, "/api/streams", app_.secret).body, HasSubstr("main.log"));
}

TEST_F(AccessMatrix, AnothersStreamByNameOrRawIdGives404OrNothing) {
  EXPECT_EQ(ask(Method::kGet, "/api/events?stream=app", other_.secret).status, 404);
  EXPECT_EQ(ask(Method::kGet, "/tail/app/k3x9", other_.secret).status, 404);
  EXPECT_EQ(ask(Method::kGet, "/tail/nginx/k3x9", other_.secret).status, 404) << "the key of another stream's file";
  EXPECT_EQ(ask(Method::kGet, "/api/events?last_event_id=k3x9.0.42&stream=app", other_.secret).status, 404);
  EXPECT_EQ(ask(Method::kGet, "/api/events?stream=app", app_.secret).status, 200);
  EXPECT_EQ(ask(Method::kGet, "/metrics", other_.secret).status, 404) << "they tell of all streams";
  EXPECT_EQ(ask(Method::kGet, "/metrics", root_.secret).status, 200);
}

TEST_F(AccessMatrix, AnonymousReadersSeeWhatIsForEverybodyAlone) {
  set_policy(/*anonymous_reads=*/true);
  const Reply streams = ask(Method::kGet, "/api/streams", "");
  EXPECT_EQ(streams.status, 200);
  EXPECT_THAT(streams.body, HasSubstr("\"app\""));
  EXPECT_THAT(streams.body, Not(HasSubstr("nginx")));
  EXPECT_EQ(ask(Method::kGet, "/api/events?stream=nginx", "").status, 404);
  EXPECT_EQ(ask(Method::kGet, "/metrics", "").status, 404);
}

TEST_F(AccessMatrix, ASecretInAUrlIsRefusedWithWordsEvenIfItIsRight) {
  for (const char* name : {"token", "access_token", "Authorization", "jwt", "api_key", "password"}) {
    const Reply reply = ask(Method::kGet, std::string("/api/streams?") + name + "=" + app_.secret, app_.secret);
    EXPECT_EQ(reply.status, 400) << name;
    EXPECT_THAT(reply.body, HasSubstr("secrets do not belong in URLs"));
    EXPECT_THAT(reply.body, Not(HasSubstr(app_.secret)));
  }
}

TEST_F(AccessMatrix, WhoOpensAPageIsLedToTheSignInPage) {
  const Reply reply = ask(Method::kGet, "/?stream=app&level=warn", "", "Accept: text/html,*/*;q=0.8\r\n");
  EXPECT_EQ(reply.status, 303);
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair(testing::StrEq("Location"),
                                                             "login?next=%3Fstream%3Dapp%26level%3Dwarn")));
  EXPECT_EQ(ask(Method::kGet, "/", "").status, 401) << "a script wants to be told";
}

TEST_F(AccessMatrix, ProbesLearnNothingButWhetherWeAreReady) {
  streams_.not_ready = "/var/lib/secret/path is full";
  const Reply stranger = ask(Method::kGet, "/readyz", "");
  EXPECT_EQ(stranger.status, 503);
  EXPECT_EQ(stranger.body, "{\"ready\":false}\n");
  EXPECT_THAT(ask(Method::kGet, "/readyz", app_.secret).body, HasSubstr("/var/lib/secret/path"));
}

}  // namespace
}  // namespace tailwater
