// Requests and short replies over real sockets.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "http/gzip.h"
#include "server_fixture.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

class RequestServerTest : public ServerTest {};

TEST_F(RequestServerTest, AnswersSeveralRequestsOnOneConnection) {
  start();
  HttpClient client = this->client();
  for (int i = 0; i < 5; ++i) {
    client.get("/healthz");
    const ClientReply reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "ok\n");
  }
}

TEST_F(RequestServerTest, AnswersRequestsThatWereSentAhead) {
  start();
  HttpClient client = this->client();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send(requests);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.read_reply().status, 200) << i;
}

TEST_F(RequestServerTest, VetsARequestThatWasSentAheadToo) {
  start();
  HttpClient client = this->client();
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n");
  EXPECT_EQ(client.read_reply().status, 200);
  const ClientReply refused = client.read_reply();
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
  EXPECT_TRUE(client.is_closed_within());
}

TEST_F(RequestServerTest, EveryRefusalIsAProblemDocumentAndCloses) {
  start();
  const struct {
    int status;
    std::string request;
  } kRefused[] = {
      {400, "GET /\r\n\r\n"},
      {400, "GET / HTTP/1.1\n\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: localhost\r\nFolded: a\r\n b\r\n\r\n"},
      {400, "\x16\x03\x01\x02"},
      {411, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n"},
      {413, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"},
      {417, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\nabc"},
      {421, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"},
      {421, "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {431, "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'a')},
      {501, "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {505, "GET / HTTP/1.999\r\nHost: localhost\r\n\r\n"},
  };
  for (const auto& [status, request] : kRefused) {
    HttpClient client = this->client();
    client.send(request);
    const ClientReply reply = client.read_reply();
    EXPECT_EQ(reply.status, status) << request.substr(0, 80);
    EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
    EXPECT_NE(reply.body.find("\"status\":" + std::to_string(status)), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("\"detail\":\""), std::string::npos);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_within()) << request.substr(0, 80);
  }
}

TEST_F(RequestServerTest, EveryErrorOfARouteIsAProblemDocument) {
  start();
  const struct {
    int status;
    const char* method;
    const char* target;
  } kErrors[] = {{404, "GET", "/nothing"},
                 {404, "GET", "/../../etc/passwd"},
                 {404, "GET", "/%2e%2e%2fetc"},
                 {404, "GET", "/%252e%252e%252f"},
                 {404, "GET", "//healthz"},
                 {400, "GET", "/healthz%00"},
                 {405, "PATCH", "/api/streams"},
                 {405, "POST", "/api/events"},
                 {405, "TRACE", "/healthz"},
                 {400, "GET", "/api/events?level=loud"},
                 {404, "GET", "/api/events?stream=ghost"}};
  for (const auto& [status, method, target] : kErrors) {
    const ClientReply reply = ask(method, target);
    EXPECT_EQ(reply.status, status) << target;
    EXPECT_EQ(reply.header("Content-Type"), "application/problem+json") << target;
  }
}

TEST_F(RequestServerTest, EveryReplyCarriesTheSafetyHeaders) {
  start();
  for (const char* target : {"/", "/assets/app-1a2b.js", "/healthz", "/api/streams", "/nothing", "/favicon.ico"}) {
    const ClientReply reply = ask("GET", target);
    EXPECT_NE(reply.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos) << target;
    EXPECT_NE(reply.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(reply.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(reply.header("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_TRUE(reply.header("Server").empty());
    EXPECT_EQ(reply.header("Content-Type").empty(), reply.status == 204) << target;
  }
  const ClientReply refused = send_raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(refused.header("X-Content-Type-Options"), "nosniff");
}

TEST_F(RequestServerTest, HeadHasTheHeadersAndNoBody) {
  start();
  for (const char* target : {"/", "/healthz", "/api/streams", "/nothing"}) {
    HttpClient client = this->client();
    client.send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.get("/healthz");
    const ClientReply head = client.read_reply(/*is_head=*/true);
    const ClientReply get = ask("GET", target);
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.header("Content-Length"), get.header("Content-Length")) << target;
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type")) << target;
    EXPECT_EQ(client.read_reply().body, "ok\n") << "the next reply follows the head at once";
  }
}

TEST_F(RequestServerTest, OptionsIsAnsweredAndCorsIsOff) {
  start();
  for (const char* target : {"/api/events", "/healthz", "*"}) {
    const ClientReply reply = ask("OPTIONS", target, "Origin: https://evil.example\r\n");
    EXPECT_EQ(reply.status, 204) << target;
    EXPECT_EQ(reply.header("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_TRUE(reply.header("Access-Control-Allow-Origin").empty());
  }
}

TEST_F(RequestServerTest, ABodyThatTheMethodDoesNotHaveEndsTheConnection) {
  start();
  for (const char* method : {"GET", "HEAD", "DELETE"}) {
    HttpClient client = this->client();
    client.send(std::string(method) +
                " /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 42\r\n\r\n"
                "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto all = client.read_to_end();
    ASSERT_TRUE(all) << method;
    EXPECT_EQ(all->find("1.2.3"), std::string::npos) << "the body was taken for a request";
    EXPECT_NE(all->find("Connection: close"), std::string::npos);
  }
}

TEST_F(RequestServerTest, AnAbsoluteTargetIsServedLikeAPath) {
  start();
  HttpClient client = this->client();
  for (int i = 0; i < 2; ++i) {
    client.send("GET http://localhost/healthz HTTP/1.1\r\nHost: whatever.example\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 200);
  }
}

TEST_F(RequestServerTest, AnOldClientIsAnswered) {
  start();
  const ClientReply reply = send_raw("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "ok\n");
}

TEST_F(RequestServerTest, EmptyLinesBeforeARequestAreIgnored) {
  start();
  EXPECT_EQ(send_raw("\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200);
}

TEST_F(RequestServerTest, AClientThatHasFinishedSendingGetsItsReply) {
  // Far more than its socket takes at once, so that its end is seen while most of the reply is still to be sent.
  for (int i = 0; i < 20'000; ++i) streams_.names.push_back(std::string(100, 'n') + std::to_string(i));
  start();
  HttpClient client(address(), /*receive_buffer=*/4096);
  client.get("/api/streams");
  client.finish_sending();
  const ClientReply reply = client.read_reply();
  EXPECT_GT(reply.body.size(), 2'000'000U);
  EXPECT_EQ(reply.body.size(), static_cast<std::size_t>(std::atoll(reply.header("Content-Length").c_str())));
  EXPECT_TRUE(client.is_closed_within());
}

TEST_F(RequestServerTest, ARefusalIsReadEvenIfTheBodyWasBeingSent) {
  start();
  HttpClient client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(client.read_reply().status, 413);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.send(std::string(2'000, 'x'))) << "reset while it was still sending";
  client.finish_sending();
  EXPECT_TRUE(client.is_closed_within());
  EXPECT_FALSE(client.was_reset());
}

TEST_F(RequestServerTest, AHeadThatComesByteByByteIsUnderstood) {
  start();
  HttpClient client = this->client();
  for (const char c : std::string("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")) client.send({&c, 1});
  EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(RequestServerTest, AHeadHasAnAbsoluteDeadline) {
  options_.head_timeout = milliseconds(200);
  start();
  HttpClient client = this->client();
  client.send("GET /healthz HTTP/1.1\r\n");
  const auto begin = std::chrono::steady_clock::now();
  // Each byte would restart a timeout that counts from the last one.
  const bool closed = wait_until([&client] {
    client.send("X");
    return client.read_for(milliseconds(10)).empty() && client.is_closed_within(milliseconds(0));
  });
  EXPECT_TRUE(closed);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(150));
  EXPECT_LT(took, milliseconds(2000));
}

TEST_F(RequestServerTest, ABodyMayTakeLongerThanAHead) {
  options_.head_timeout = milliseconds(100);
  start();
  HttpClient client = this->client();
  client.send("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234");
  EXPECT_EQ(client.read_for(milliseconds(400)), "");
  client.send("56789");
  EXPECT_EQ(client.read_reply().status, 405);
}

TEST_F(RequestServerTest, ABodyHasAnAbsoluteDeadlineToo) {
  options_.stall_timeout = milliseconds(200);
  start();
  HttpClient client = this->client();
  client.send("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_TRUE(wait_until([&client] {
    client.send("X");
    return client.read_for(milliseconds(10)).empty() && client.is_closed_within(milliseconds(0));
  }));
}

TEST_F(RequestServerTest, AnIdleConnectionEndsAfterTheSameTime) {
  options_.head_timeout = milliseconds(100);
  start();
  HttpClient silent = client();
  HttpClient kept = client();
  kept.get("/healthz");
  EXPECT_EQ(kept.read_reply().status, 200);
  EXPECT_TRUE(silent.is_closed_within());
  EXPECT_TRUE(kept.is_closed_within());
}

TEST_F(RequestServerTest, LargeRepliesAreCompressedForThoseWhoCanReadThem) {
  for (int i = 0; i < 100; ++i) streams_.names.push_back("stream-" + std::to_string(i));
  start();
  const ClientReply packed = ask("GET", "/api/streams", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
  const ClientReply plain = ask("GET", "/api/streams");
  EXPECT_TRUE(plain.header("Content-Encoding").empty());
  EXPECT_EQ(*gunzip(packed.body), plain.body);
  EXPECT_TRUE(ask("GET", "/healthz", "Accept-Encoding: gzip\r\n").header("Content-Encoding").empty());
}

TEST_F(RequestServerTest, TheViewerComesOutOfTheBinary) {
  start();
  EXPECT_EQ(ask("GET", "/").body, "<!doctype html><title>Tailwater</title>");
  const ClientReply packed = ask("GET", "/", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(*gunzip(packed.body), "<!doctype html><title>Tailwater</title>");
  EXPECT_EQ(ask("GET", "/", "If-None-Match: " + packed.header("ETag") + "\r\n").status, 304);
}

TEST_F(RequestServerTest, ClientsThatAbortAnywhereLeaveNothingBehind) {
  start();
  const std::string request = "GET /api/streams HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (std::size_t cut = 0; cut <= request.size(); cut += 3) {
    HttpClient client = this->client();
    client.send(request.substr(0, cut));
    if (cut % 2 == 0) {
      client.reset();
    } else {
      client.close();
    }
  }
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

/// Value of a line of a thread's /proc status.
std::string status_line(const std::filesystem::path& task, const std::string& name) {
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, name.size() + 2, name + ":\t") == 0) return line.substr(name.size() + 2);
  }
  return {};
}

TEST_F(RequestServerTest, AClientThatResetsCannotEndTheProcessByASignal) {
  options_.threads = 2;
  start();
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  const auto threads_that_block_it = [] {
    int threads = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      const auto blocked = std::strtoull(status_line(task.path(), "SigBlk").c_str(), nullptr, 16);
      const bool blocks = (blocked >> (SIGPIPE - 1) & 1) != 0;
      if (blocks && status_line(task.path(), "Name") == "http") ++threads;
    }
    return threads;
  };
  EXPECT_TRUE(wait_until([&] { return threads_that_block_it() == 2; }));
}

TEST_F(RequestServerTest, AClientThatSendsAheadForEverIsHeldBack) {
  options_.stall_timeout = milliseconds(1000);
  start();
  HttpClient client = this->client();
  // It never reads, so replies back up, and then its requests must, in its own socket, until it is given up.
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  constexpr std::size_t kTooMuch = std::size_t{48} << 20;  // buffers of the kernel take about ten
  std::size_t sent = 0;
  while (sent < kTooMuch && client.send(requests)) sent += requests.size();
  EXPECT_LT(sent, kTooMuch);
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(RequestServerTest, AUnixSocketTakesAnyHost) {
  const std::string path = "/tmp/tailwater-test-" + std::to_string(::getpid()) + ".sock";
  options_.listen = {"unix:" + path};
  options_.threads = 2;
  start();
  EXPECT_EQ(address(), "unix:" + path);
  for (int i = 0; i < 10; ++i) {
    HttpClient client("unix:" + path);
    client.send("GET /healthz HTTP/1.1\r\nHost: anything.example\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 200);
  }
}

TEST_F(RequestServerTest, ListensOnSeveralAddressesWithSeveralThreads) {
  options_.listen = {"127.0.0.1:0", "[::1]:0"};
  options_.threads = 3;
  start();
  ASSERT_EQ(server_->addresses().size(), 2U);
  for (const std::string& address : server_->addresses()) {
    for (int i = 0; i < 30; ++i) {
      HttpClient client(address);
      client.get("/version");
      EXPECT_EQ(client.read_reply().status, 200) << address;
    }
  }
}

TEST_F(RequestServerTest, TheBasePathIsPartOfItsAddress) {
  options_.base_path = "/logs";
  start();
  EXPECT_EQ(address().substr(address().size() - 6), "/logs/");
  EXPECT_EQ(ask("GET", "/logs/healthz").status, 200);
  EXPECT_EQ(ask("GET", "/healthz").status, 404);
}

TEST_F(RequestServerTest, AnAddressThatIsTakenIsAnError) {
  start();
  HttpOptions same = options_;
  const std::string mine = address().substr(7, address().size() - 8);
  same.listen = {mine};
  const auto second = start_threaded_server(same, streams_.backend());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find(mine), std::string::npos);
}

}  // namespace
}  // namespace tailwater
