// The real nginx on both sides of the daemon: its access logs are followed, and it stands in front as a reverse proxy.
#include <signal.h>

#include <fmt/format.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class Nginx : public DaemonTest {
 protected:
  static constexpr const char* kProgram = "/usr/sbin/nginx";  // not in every user's PATH

  void SetUp() override {
    if (!std::filesystem::exists(kProgram)) GTEST_SKIP() << "nginx is not installed";
  }

  /// `serve` first: the daemon's port stands in the configuration. One process, so that it ends with the test.
  void start_nginx() {
    const std::string& own = folder_.path();
    std::filesystem::remove(folder_.file("nginx.conf"));
    append_to_file(folder_.file("nginx.conf"),
                   fmt::format("daemon off;\nmaster_process off;\npid {0}/nginx.pid;\nevents {{}}\nhttp {{\n"
                               "  client_body_temp_path {0}/body;\n  proxy_temp_path {0}/proxy;\n"
                               "  fastcgi_temp_path {0}/fastcgi;\n  uwsgi_temp_path {0}/uwsgi;\n"
                               "  scgi_temp_path {0}/scgi;\n"
                               "  server {{\n    listen 127.0.0.1:{1};\n    access_log off;\n"
                               "    location / {{ access_log {2}; return 200 'served'; }}\n"
                               "    location /missing/ {{ access_log {2}; return 404; }}\n"
                               "    location /broken/ {{ access_log {2}; return 503; }}\n"
                               "    location = /alive {{ return 204; }}\n"
                               "    location /logs/ {{ proxy_pass http://127.0.0.1:{3}/; proxy_http_version 1.1; }}\n"
                               "  }}\n}}\n",
                               own, port_, log("access.log"), port()));
    ChildSettings settings;
    settings.command = {kProgram, "-e", folder_.file("error.log"), "-c", folder_.file("nginx.conf")};
    settings.error_file = folder_.file("stderr");
    ASSERT_TRUE(nginx_.spawn(settings));
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (request("/alive") != 204) {
      ASSERT_TRUE(nginx_.running() && std::chrono::steady_clock::now() < deadline) << complaints();
      std::this_thread::sleep_for(Milliseconds(10));
    }
  }
  void stop_nginx() { nginx_.kill(); }

  [[nodiscard]] int request(const std::string& target) const { return fetch(port_, target).status; }
  /// `count` requests, numbered from `first`.
  void request_numbered(int first, int count) {
    for (int number = first; number < first + count; ++number) {
      ASSERT_EQ(request(fmt::format("/page/{}", number)), 200) << complaints();
    }
  }
  /// Moves the access log away and tells nginx, which takes a new one; requests go on meanwhile.
  void rotate(int number) {
    std::filesystem::rename(log("access.log"), log(fmt::format("access.log.{}", number)));
    nginx_.send_signal(SIGUSR1);
  }

  [[nodiscard]] std::uint16_t proxy_port() const { return port_; }
  [[nodiscard]] std::string complaints() const {
    return read_whole_file(folder_.file("stderr")) + read_whole_file(folder_.file("error.log"));
  }

  /// What was asked for, out of lines of an access log: "/page/7".
  static Lines targets(const Lines& lines) {
    Lines made;
    for (const std::string& line : lines) {
      const std::size_t begin = line.find("\"GET ") + 5;
      made.push_back(line.substr(begin, line.find(' ', begin) - begin));
    }
    return made;
  }

 private:
  TempDir folder_;
  std::uint16_t port_ = free_port();
  ChildProcess nginx_;
};

TEST_F(Nginx, ItsAccessLogIsFollowedThroughRotations) {
  constexpr int kRotations = 5;
  constexpr int kRequests = 40;
  serve("access.log");
  start_nginx();
  const auto client = follow("from=start");
  Lines expected;
  for (int rotation = 0; rotation <= kRotations; ++rotation) {
    request_numbered(rotation * kRequests, kRequests / 2);
    if (rotation < kRotations) rotate(rotation);
    request_numbered(rotation * kRequests + kRequests / 2, kRequests / 2);
  }
  for (int number = 0; number < (kRotations + 1) * kRequests; ++number) {
    expected.push_back(fmt::format("/page/{}", number));
  }
  EXPECT_EQ(targets(next_lines(*client, expected.size())), expected);
  EXPECT_EQ(unexpected_lines(*client), Lines{});
  EXPECT_EQ(count_of(history("from=start"), "gap"), 0U);
}

TEST_F(Nginx, TheStatusIsTheLevel) {
  serve("access.log");
  start_nginx();
  const auto errors = follow("from=start&level=error");
  const auto warnings = follow("from=start&level=warn");
  for (const char* target : {"/fine/1", "/missing/2", "/broken/3", "/fine/4", "/broken/5"}) {
    ASSERT_GT(request(target), 0) << complaints();
  }
  EXPECT_EQ(targets(next_lines(*errors, 2)), (Lines{"/broken/3", "/broken/5"}));
  EXPECT_EQ(targets(next_lines(*warnings, 3)), (Lines{"/missing/2", "/broken/3", "/broken/5"}));
}

// With nginx's own defaults, which gather replies: the daemon's X-Accel-Buffering tells it not to.
TEST_F(Nginx, AsAProxyHoldsNoEventBack) {
  append_to_file(log("app.log"), "first\n");
  serve("app.log");
  start_nginx();
  SseClient client(proxy_port(), "/logs/api/events?from=start");
  ASSERT_TRUE(client.connect()) << client.stream().head() << complaints();
  EXPECT_EQ(client.stream().header("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(next_lines(client, 1), Lines{"first"});
  for (int number = 0; number < 20; ++number) {
    append_to_file(log("app.log"), fmt::format("live {}\n", number));
    ASSERT_EQ(next_lines(client, 1), Lines{fmt::format("live {}", number)});
  }
}

TEST_F(Nginx, AClientResumesExactlyOnceTheProxyIsBack) {
  serve("app.log");
  start_nginx();
  SseClient client(proxy_port(), "/logs/api/events?from=start");
  ASSERT_TRUE(client.connect()) << client.stream().head() << complaints();
  Lines seen;
  Lines expected;
  for (int round = 0; round < 3; ++round) {
    append_to_file(log("app.log"), fmt::format("before {}\n", round));
    for (std::string& line : next_lines(client, 1)) seen.push_back(std::move(line));
    stop_nginx();
    append_to_file(log("app.log"), fmt::format("meanwhile {}\n", round));
    start_nginx();
    ASSERT_TRUE(client.connect()) << client.stream().head() << complaints();
    for (std::string& line : next_lines(client, 1)) seen.push_back(std::move(line));
    expected.push_back(fmt::format("before {}", round));
    expected.push_back(fmt::format("meanwhile {}", round));
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(unexpected_lines(client), Lines{});
}

}  // namespace
}  // namespace tailwater
