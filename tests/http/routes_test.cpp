#include "http/routes.h"

#include <gtest/gtest.h>

#include <string>

#include "http/access_gate.h"
#include "http/event_routes.h"
#include "support/fake_streams.h"

namespace tailwater {
namespace {

class RoutesTest : public testing::Test {
 protected:
  Outcome ask(const std::string& method, const std::string& target, const std::string& headers = {}) {
    text_ = method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
    head_ = *parse_request_head(text_, {});
    auto found = find_route(head_, base_path_);
    if (auto* reply = std::get_if<Reply>(&found)) return std::move(*reply);
    auto& routed = std::get<RoutedRequest>(found);
    const Backend backend = streams_.backend();
    if (auto refusal = admit_caller(routed, *backend.access)) return std::move(*refusal);
    return routed.route->handler(routed.request, routed.captures, backend);
  }
  Reply reply(const std::string& method, const std::string& target, const std::string& headers = {}) {
    Outcome outcome = ask(method, target, headers);
    if (auto* reply = std::get_if<Reply>(&outcome)) return std::move(*reply);
    ADD_FAILURE() << target << " became a stream";
    return {};
  }
  StreamStart stream(const std::string& target, const std::string& headers = {}) {
    Outcome outcome = ask("GET", target, headers);
    if (auto* start = std::get_if<StreamStart>(&outcome)) return std::move(*start);
    ADD_FAILURE() << target << ": " << std::get<Reply>(outcome).body;
    return {};
  }
  static std::string header(const Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
      if (name == key) return value;
    }
    return {};
  }

  FakeStreams streams_;
  std::string base_path_;
  std::string text_;
  RequestHead head_;
};

TEST_F(RoutesTest, NothingIsServedAtUnknownPaths) {
  for (const char* path : {"/nothing", "/api", "/api/", "/api/events/", "/api/streams/x", "/tail", "/tail/",
                           "/healthz/", "/API/events", "/%2e%2e%2fetc", "/%252e%252e/x", "/assets/none.js"}) {
    const Reply reply = this->reply("GET", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.content_type, kProblemType) << path;
  }
}

TEST_F(RoutesTest, TellsWhichMethodsAResourceTakes) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "TRACE"}) {
    const Reply reply = this->reply(method, "/api/streams");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(header(reply, "Allow"), "GET, HEAD, OPTIONS");
  }
  EXPECT_EQ(reply("POST", "/nothing").status, 404);
}

TEST_F(RoutesTest, AnswersOptionsEverywhere) {
  for (const char* path : {"/", "/api/events", "/tail/app", "/tail/app/main.log", "/api/streams", "/healthz", "*"}) {
    const Reply reply = this->reply("OPTIONS", path);
    EXPECT_EQ(reply.status, 204) << path;
    EXPECT_EQ(header(reply, "Allow"), "GET, HEAD, OPTIONS") << path;
    EXPECT_TRUE(header(reply, "Access-Control-Allow-Origin").empty());
  }
}

TEST_F(RoutesTest, ServesBelowItsBasePathAlone) {
  base_path_ = "/logs";
  EXPECT_EQ(reply("GET", "/logs/healthz").status, 200);
  EXPECT_EQ(reply("GET", "/logs/").status, 200);
  EXPECT_EQ(reply("GET", "/healthz").status, 404);
  EXPECT_EQ(reply("GET", "/logsx/healthz").status, 404);
  const Reply redirect = reply("GET", "/logs");
  EXPECT_EQ(redirect.status, 308);
  EXPECT_EQ(header(redirect, "Location"), "/logs/");
}

TEST_F(RoutesTest, EventsBecomeAStreamWithTheirQuery) {
  const StreamStart start = stream("/api/events?stream=app&level=warn&tail=5");
  EXPECT_TRUE(start.subscription.sse);
  EXPECT_EQ(start.content_type, kEventStreamType);
  EXPECT_EQ(start.subscription.query->streams(), std::vector<std::string>{"app"});
  EXPECT_EQ(start.subscription.start.kind, StartRequest::Kind::kTail);
  EXPECT_EQ(start.subscription.start.tail, 5U);
}

TEST_F(RoutesTest, TheLastEventIdHeaderReachesTheStream) {
  EXPECT_EQ(stream("/api/events", "Last-Event-ID: k3x9.0.7\r\n").subscription.start.last_event_id, "k3x9.0.7");
  EXPECT_EQ(stream("/api/events?last_event_id=k3x9.0.9").subscription.start.last_event_id, "k3x9.0.9");
}

TEST_F(RoutesTest, AClientThatWasToldTheEndIsToldToStop) {
  EXPECT_EQ(reply("GET", "/api/events", "Last-Event-ID: k3x9.0.042\r\n").status, 204);
}

TEST_F(RoutesTest, AnUnknownStreamIsNotFoundAndNamed) {
  for (const char* method : {"GET", "HEAD"}) {
    const Reply reply = this->reply(method, "/api/events?stream=app&stream=ghost");
    EXPECT_EQ(reply.status, 404);
    EXPECT_NE(reply.body.find("ghost"), std::string::npos);
    EXPECT_NE(reply.body.find(R"("parameter":"stream")"), std::string::npos);
  }
  EXPECT_EQ(reply("GET", "/tail/ghost").status, 404);
  EXPECT_EQ(reply("GET", "/tail/ghost/main.log").status, 404);
}

TEST_F(RoutesTest, AWrongParameterIsNamed) {
  const struct {
    const char* query;
    const char* parameter;
  } kWrong[] = {{"level=loud", "level"}, {"lvel=warn", "lvel"}, {"tail=x", "tail"},       {"grep=(", "grep"},
                {"grep=%zz", "grep"},    {"from=?", "from"},    {"format=raw", "format"}, {"since=never", "since"}};
  for (const auto& [query, parameter] : kWrong) {
    const Reply reply = this->reply("GET", std::string("/api/events?") + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.content_type, kProblemType);
    EXPECT_NE(reply.body.find(R"("parameter":")" + std::string(parameter) + '"'), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find(R"("detail":)"), std::string::npos);
  }
}

TEST_F(RoutesTest, TailGivesTheLinesOfOneStream) {
  const StreamStart start = stream("/tail/app?level=error");
  EXPECT_FALSE(start.subscription.sse);
  EXPECT_EQ(start.content_type, kTextType);
  EXPECT_EQ(start.subscription.query->format(), Format::kRaw);
  EXPECT_EQ(start.subscription.query->streams(), std::vector<std::string>{"app"});
  EXPECT_EQ(start.subscription.start.tail, 10U);
  for (const char* parameter : {"stream=nginx", "file=x", "format=json"}) {
    EXPECT_EQ(reply("GET", std::string("/tail/app?") + parameter).status, 400) << parameter;
  }
}

TEST_F(RoutesTest, TailFindsAFileByNamePathOrKey) {
  for (const char* name : {"main.log", "app/main.log", "app%2fmain.log", "var/log/app/main.log", "k3x9"}) {
    const StreamStart start = stream(std::string("/tail/app/") + name);
    ASSERT_TRUE(start.subscription.query) << name;
    EXPECT_TRUE(start.subscription.query->selects("app", "/var/log/app/main.log")) << name;
    EXPECT_FALSE(start.subscription.query->selects("app", "/var/log/app/other.log")) << name;
  }
  for (const char* name : {"ain.log", "other.log", "log", "nginx/main.log", "k3x", "main.log/"}) {
    EXPECT_EQ(reply("GET", std::string("/tail/app/") + name).status, 404) << name;
  }
  EXPECT_EQ(reply("GET", "/tail/nginx/main.log").status, 404) << "the file is another stream's";
}

TEST_F(RoutesTest, TailSelectsAFileWhoseNameLooksLikeAGlob) {
  auto info = std::make_shared<FileInfo>(*streams_.files[0].info);
  info->path = R"(/var/log/we[i]rd*{a,b}\.log)";
  streams_.files[0].info = info;
  const StreamStart start = stream(R"(/tail/app/we%5Bi%5Drd*%7Ba,b%7D%5C.log)");
  ASSERT_TRUE(start.subscription.query);
  EXPECT_TRUE(start.subscription.query->selects("app", info->path));
  EXPECT_FALSE(start.subscription.query->selects("app", "/var/log/weirdXa.log"));
}

TEST_F(RoutesTest, ListsStreamsWithTheirFiles) {
  streams_.cursors = 3;
  EXPECT_EQ(reply("GET", "/api/streams").body,
            R"({"streams":[{"name":"app","files":[{"key":"k3x9","path":"/var/log/app/main.log","generation":0,)"
            R"("size":64,"end":42,"last_arrival":"1970-01-01T00:00:01.000Z","present":true}],)"
            R"("readers":3,"lag_bytes":1500,"bytes":42,"raw":true},)"
            R"({"name":"nginx","files":[],"readers":3,"lag_bytes":1500,"bytes":0,"raw":false}],"filters_set_aside":2})"
            "\n");
  streams_.cursors = 0;
}

TEST_F(RoutesTest, EscapesWhateverAPathHolds) {
  auto info = std::make_shared<FileInfo>(*streams_.files[0].info);
  info->path = "/var/log/\"\n\xff<img>";
  streams_.files[0].info = info;
  EXPECT_NE(reply("GET", "/api/streams")
                .body.find(R"("path":"/var/log/\"\n)"
                           "\xef\xbf\xbd<img>\""),
            std::string::npos);
}

TEST_F(RoutesTest, ReadinessSaysWhyNotAndHowTheJournalFares) {
  streams_.journal.persistent = true;
  EXPECT_EQ(reply("GET", "/readyz").body, "{\"ready\":true,\"journal\":{\"persistent\":true}}\n");
  streams_.not_ready = "still scanning";
  streams_.journal = {};
  streams_.journal.degraded_reason = "disk full";
  const Reply reply = this->reply("GET", "/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body,
            R"({"ready":false,"reason":"still scanning","journal":{"persistent":false,"degraded_reason":"disk full"}})"
            "\n");
}

TEST_F(RoutesTest, SaysWhoItIs) {
  EXPECT_EQ(reply("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(reply("GET", "/version").body, "{\"name\":\"tailwater\",\"version\":\"1.2.3\"}\n");
}

TEST_F(RoutesTest, NoReplyOffersItselfToOtherOrigins) {
  for (const char* path : {"/", "/api/streams", "/healthz", "/version", "/nothing"}) {
    EXPECT_TRUE(header(reply("GET", path, "Origin: https://evil.example\r\n"), "Access-Control-Allow-Origin").empty());
  }
}

TEST(ComeBackLater, IsAnEventStreamWithARetryTime) {
  const Reply reply = come_back_later("full", 7123);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, kEventStreamType);
  EXPECT_EQ(reply.body, "retry: 7123\n: full\n\n");
  EXPECT_TRUE(reply.close);
}

}  // namespace
}  // namespace tailwater
