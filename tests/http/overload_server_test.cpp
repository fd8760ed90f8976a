// More than there is room for: clients, connections, patterns, descriptors.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "http/admission.h"
#include "http/handler_worker.h"
#include "server_fixture.h"

namespace tailwater {
namespace {

using std::chrono::milliseconds;

class OverloadServerTest : public ServerTest {};

TEST_F(OverloadServerTest, WhenPlacesAreTakenEventClientsAreToldToComeBack) {
  options_.max_clients = 2;
  start();
  HttpClient first = streaming_client();
  {
    const HttpClient second = streaming_client();
    const ClientReply reply = ask("GET", "/api/events");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Content-Type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(reply.header("Connection"), "close");
    ASSERT_EQ(reply.body.compare(0, 7, "retry: "), 0) << reply.body;
    const int retry = std::atoi(reply.body.c_str() + 7);
    EXPECT_GE(retry, 5000);
    EXPECT_LE(retry, 15000);
    const ClientReply tail = ask("GET", "/tail/app");
    EXPECT_EQ(tail.status, 503);
    EXPECT_FALSE(tail.header("Retry-After").empty());
    const ClientReply page = ask("GET", "/api/streams");
    EXPECT_EQ(page.status, 503);
    EXPECT_FALSE(page.header("Retry-After").empty());
    EXPECT_EQ(ask("GET", "/healthz").status, 200) << "probes are always answered";
  }
  ASSERT_TRUE(wait_until([this] { return streams_.cursors == 1; }));
  EXPECT_EQ(ask("GET", "/api/streams").status, 200);
  const HttpClient again = streaming_client();
}

TEST_F(OverloadServerTest, RetryTimesDiffer) {
  options_.max_clients = 0;
  start();
  std::set<std::string> times;
  for (int i = 0; i < 20; ++i) times.insert(ask("GET", "/api/events").body);
  EXPECT_GT(times.size(), 10U);
}

/// Costs tens of milliseconds to compile, and is refused for its size then.
constexpr std::string_view kHostile = "/api/events?grep=%5B%5CpL%5CpN%5D%7B1,1000%7Dz";

TEST_F(OverloadServerTest, PatternsAreCompiledAndTheirErrorsNamed) {
  start();
  const HttpClient client = streaming_client("/api/events?grep=error&exclude=debug");
  EXPECT_TRUE(streams_.last_subscription().query->matches(RecordFacts("an error", WallTime{})));
  EXPECT_FALSE(streams_.last_subscription().query->matches(RecordFacts("a debug error", WallTime{})));
  const ClientReply refused = ask("GET", std::string(kHostile));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("\"parameter\":\"grep\""), std::string::npos);
  EXPECT_EQ(ask("HEAD", "/api/events?grep=error").status, 200);
}

TEST_F(OverloadServerTest, HostilePatternsDelayNobodyElse) {
  start();
  HttpClient live = streaming_client();
  std::vector<HttpClient> hostile;
  for (int i = 0; i < 40; ++i) {
    hostile.push_back(client());
    hostile.back().get(kHostile);
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("GET", "/healthz").status, 200);
  streams_.publish("live");
  EXPECT_EQ(live.read_chunk(), "live");
  EXPECT_TRUE(hostile.back().read_for(milliseconds(0)).empty()) << "the patterns were waited for";
  for (HttpClient& client : hostile) EXPECT_EQ(client.read_reply().status, 400);
}

TEST_F(OverloadServerTest, APatternThatHasWaitedForTooLongIsToldToComeBack) {
  options_.longest_handler_wait = milliseconds(-1);  // the clock of these tests stands still
  start();
  const ClientReply stream = ask("GET", std::string(kHostile));
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.body.compare(0, 7, "retry: "), 0) << stream.body;
  EXPECT_NE(stream.body.find("patterns"), std::string::npos) << stream.body;
  EXPECT_EQ(ask("GET", "/tail/app?grep=error").status, 503);
}

TEST_F(OverloadServerTest, AThousandFiltersAtOnceAreAllServed) {
  start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(client());
    clients.back().get(fmt::format("/api/events?grep=seq%3D%5B0-9%5D%2A{:03}%5C.", i));
  }
  EXPECT_TRUE(wait_until([this] { return streams_.cursors == 1000; })) << streams_.cursors;
}

TEST_F(OverloadServerTest, AClientMayLeaveOrTalkOnWhileItsPatternIsCompiled) {
  start();
  for (int i = 0; i < 30; ++i) {
    HttpClient client = this->client();
    client.get(kHostile);
    if (i % 3 == 0) client.reset();
    if (i % 3 == 1) client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  HttpClient last = client();
  last.get(kHostile);
  last.get("/version");
  EXPECT_EQ(last.read_reply().status, 400);
  EXPECT_EQ(last.read_reply().status, 200);
}

TEST_F(OverloadServerTest, StoppingDoesNotWaitForPatterns) {
  start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(client());
    clients.back().get(kHostile);
  }
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1000));
  for (HttpClient& client : clients) EXPECT_TRUE(client.is_closed_within());
}

TEST_F(OverloadServerTest, AStormOfConnectionsIsAnsweredWhole) {
  options_.max_clients = 5000;
  start();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(client());
    clients.back().get("/healthz");
  }
  for (HttpClient& client : clients) ASSERT_EQ(client.read_reply().status, 200);
}

/// Counts the warnings that are logged while it lives.
class WarningCount {
 public:
  WarningCount() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("count", lines_));
    // The undefined-behaviour sanitizer looks at an object's type through a pipe, the first time that it meets it, and
    // below there will be no descriptor for one.
    spdlog::warn("{} run out on purpose", std::string("descriptors"));
  }
  ~WarningCount() { spdlog::set_default_logger(before_); }
  [[nodiscard]] std::size_t count() const { return lines_->last_raw().size() - 1; }

 private:
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> lines_ = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(1000);
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(OverloadServerTest, RunningOutOfDescriptorsNeitherSpinsNorSilencesThoseWhoAreThere) {
  WarningCount warnings;
  start();
  HttpClient kept = client();
  kept.get("/healthz");
  EXPECT_EQ(kept.read_reply().status, 200);
  std::vector<UniqueFd> all;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const UniqueFd client_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit lowered{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  while (true) {
    UniqueFd fd(::fcntl(client_fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!fd) break;
    all.push_back(std::move(fd));
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string text = address();
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + text.rfind(':') + 1)));
  ASSERT_EQ(::connect(client_fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_GT(::send(client_fd.get(), request.data(), request.size(), 0), 0);
  pollfd answer{client_fd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&answer, 1, 600), 0) << "there is no descriptor for it";
  EXPECT_GE(warnings.count(), 1U);
  EXPECT_LE(warnings.count(), 4U) << "it tries four times a second";
  kept.get("/healthz");
  EXPECT_EQ(kept.read_reply().status, 200);
  all.clear();
  EXPECT_EQ(::poll(&answer, 1, 5000), 1) << "it is accepted when there are descriptors again";
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(OverloadServerTest, ConnectionsBeyondTheReserveWaitInsteadOfBeingAccepted) {
  options_.max_clients = 4;
  options_.head_timeout = milliseconds(400);
  start();
  std::vector<HttpClient> silent;
  for (std::size_t i = 0; i < 4 + Admission::kReserve; ++i) silent.push_back(client());
  HttpClient late = client();
  late.get("/healthz");
  EXPECT_TRUE(late.is_connected());
  // The silent ones run into the deadline for heads; then there is a place.
  EXPECT_EQ(late.read_reply().status, 200);
}

}  // namespace
}  // namespace tailwater
