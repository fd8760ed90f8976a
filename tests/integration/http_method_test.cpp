// What is not a plain GET of HTTP/1.1: HEAD, OPTIONS, other methods, HTTP/1.0, probes, paths that do not exist.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Http : public DaemonTest {
 protected:
  HttpReply ask(const std::string& method, const std::string& target, const std::string& version = "1.1") {
    return fetch(port(), HttpRequest{target, {}, method, version});
  }
};

TEST_F(Http, HeadHasTheHeadersAndNoBody) {
  serve();
  for (const char* target : {"/api/events", "/healthz", "/version", "/api/streams", "/"}) {
    HttpStream stream;
    ASSERT_TRUE(stream.open(port(), HttpRequest{target, {}, "HEAD", "1.1"})) << target;
    EXPECT_EQ(stream.status(), 200) << target;
    // A body would now lie before the end of the connection or the next reply.
    HttpStream next;
    ASSERT_TRUE(next.open(port(), HttpRequest{target, {"Connection: close"}, "HEAD", "1.1"}));
    EXPECT_EQ(next.read_all(Milliseconds(300)), "") << target;
  }
  EXPECT_EQ(ask("HEAD", "/api/events").header("content-type"), "text/event-stream; charset=utf-8");
}

TEST_F(Http, OptionsSaysWhatIsAllowed) {
  serve();
  const HttpReply reply = ask("OPTIONS", "/api/events");
  EXPECT_TRUE(reply.status == 200 || reply.status == 204) << reply.status;
  for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
    EXPECT_NE(reply.header("allow").find(method), std::string::npos) << reply.head;
  }
}

TEST_F(Http, OtherMethodsAreRefusedWithThoseThatAreAllowed) {
  serve();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const HttpReply reply = fetch(port(), HttpRequest{"/api/events", {"Content-Length: 0"}, method, "1.1"});
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_NE(reply.header("allow").find("GET"), std::string::npos) << method;
  }
}

TEST_F(Http, UnknownPathsAreNotFound) {
  serve();
  for (const char* target : {"/nothing", "/api", "/api/event", "/api/events/", "/../etc/passwd", "/%2e%2e%2f",
                             "/api/%252e%252e%252f", "/healthz/x"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }
}

TEST_F(Http, AnOldClientGetsAnUnframedStream) {
  append_numbered_lines(log("app.log"), 0, 0, 3);
  serve();
  for (const std::vector<std::string>& headers :
       {std::vector<std::string>{}, std::vector<std::string>{"Connection: keep-alive"}}) {
    HttpStream stream;
    ASSERT_TRUE(stream.open(port(), HttpRequest{"/api/events?from=start&follow=0", headers, "GET", "1.0"}));
    EXPECT_EQ(stream.header("transfer-encoding"), "");
    EXPECT_EQ(stream.header("content-length"), "");
    const std::string body = stream.read_all(SseClient::kPatience);
    EXPECT_TRUE(stream.at_end());
    std::vector<SseEvent> events;
    SseParser parser([&](SseEvent event) { events.push_back(std::move(event)); });
    parser.feed(body);
    EXPECT_EQ(lines_of(events).size(), 3U) << body;
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.front().type, "hello");
    EXPECT_EQ(events.back().type, "end");
  }
}

TEST_F(Http, ProbesAnswer) {
  serve();
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  const HttpReply version = get("/version");
  EXPECT_EQ(version.status, 200);
  EXPECT_TRUE(JsonValue::parse(version.body)) << version.body;
}

TEST_F(Http, StreamsAreListedWithTheirFiles) {
  append_numbered_lines(log("a.log"), 0, 0, 10);
  append_numbered_lines(log("b.log"), 1, 0, 10);
  serve_configured("");
  const auto reader = follow("");
  ASSERT_TRUE(reader->next("caught-up"));
  const HttpReply reply = get("/api/streams");
  EXPECT_EQ(reply.status, 200);
  const auto data = JsonValue::parse(reply.body);
  ASSERT_TRUE(data) << reply.body;
  for (const char* part : {"\"app\"", "a.log", "b.log"}) {
    EXPECT_NE(reply.body.find(part), std::string::npos) << reply.body;
  }
}

TEST_F(Http, TheFirstPageIsHtmlUnderAStrictPolicy) {
  serve();
  HttpStream stream;
  ASSERT_TRUE(stream.open(port(), HttpRequest{}));
  EXPECT_EQ(stream.status(), 200);
  EXPECT_EQ(stream.header("content-type").rfind("text/html", 0), 0U);
  const std::string policy = stream.header("content-security-policy");
  for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                           "frame-ancestors 'none'", "require-trusted-types-for 'script'"}) {
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  }
  for (const char* part : {"unsafe", "data:", "*"}) EXPECT_EQ(policy.find(part), std::string::npos) << part;
  EXPECT_EQ(stream.header("x-content-type-options"), "nosniff");
}

TEST_F(Http, WaysUpLeadNowhereHoweverTheyAreWritten) {
  append_to_file(outside("secret"), "secret-4711\n");
  append_to_file(log("app.log"), "a\n");
  serve();
  const auto without_ways_up = [](std::string page) {  // its links are relative
    for (std::size_t at = 0; (at = page.find("../", at)) != std::string::npos;) page.erase(at, 3);
    return page;
  };
  const std::string run_page = without_ways_up(get("/runs/logs/app.log").body);
  ASSERT_NE(run_page.find("<html"), std::string::npos);
  for (const char* before : {"/", "/assets/", "/tail/logs/", "/api/raw/logs/", "/api/ingest/logs/", "/runs/"}) {
    for (const char* up :
         {"../secret", "..%2fsecret", "%2e%2e/secret", "%2e%2e%2fsecret", ".%2e/secret", "%252e%252e%252fsecret",
          "app.log/../../secret", "app.log%2f..%2f..%2fsecret", "%2fetc%2fpasswd", "..%5csecret", "..%c0%afsecret",
          "%ef%bc%8e%ef%bc%8e/secret", "a/%2e/secret"}) {
      const HttpReply reply = get(std::string(before) + up);
      // The page of a run is there for every name; which runs there are it asks by itself.
      const bool is_run_page =
          std::string(before) == "/runs/" && reply.status == 200 && without_ways_up(reply.body) == run_page;
      EXPECT_TRUE(reply.status == 404 || is_run_page) << reply.status << ' ' << before << up;
      EXPECT_EQ(reply.body.find("secret-4711"), std::string::npos) << before << up;
      EXPECT_EQ(reply.body.find("root:"), std::string::npos) << before << up;
    }
  }
}

TEST_F(Http, RequestsForAForeignHostAreRefused) {
  serve();
  EXPECT_EQ(fetch(port(), HttpRequest{"/api/events", {"Host: evil.example"}, "GET", "1.0"}).status, 421);
}

}  // namespace
}  // namespace tailwater
