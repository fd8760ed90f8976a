// Lines over HTTP: appended, exactly once where that is asked for, followed like any file; and `tailwater push`.
#include <fcntl.h>

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/build_kind.h"
#include "support/cutting_proxy.h"
#include "support/daemon_test.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

class Push : public DaemonTest {
 protected:
  void serve_pushes(const std::string& more = {}) {
    configure("", {"*.log"});
    append_to_file(config_path(), "[[stream]]\nname = \"ci\"\npush = true\n" + more);
    daemon_ = std::make_unique<DaemonProcess>(std::vector<std::string>{"--config", config_path()});
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }
  [[nodiscard]] std::uint16_t port() const { return daemon_->port(); }
  [[nodiscard]] HttpReply send(const std::string& method, const std::string& target, const std::string& body,
                               const std::string& header = {}) const {
    std::vector<std::string> headers;
    if (!header.empty()) headers.push_back(header);
    return fetch(port(), HttpRequest{target, headers, method, "1.1", body});
  }
  /// All there are of a file, once they are `count`: what was taken is followed a moment later.
  [[nodiscard]] std::vector<std::string> lines(const std::string& name, std::size_t count) const {
    std::vector<std::string> all;
    EXPECT_TRUE(wait_until([&] {
      all = lines_of(fetch_events(port(), "/api/events?follow=0&from=start&stream=ci&file=**/" + name + ".log"));
      return all.size() >= count;
    }));
    return all;
  }
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(Push, AppendsLinesAndFollowsThem) {
  serve_pushes();
  SseClient client(port(), "/api/events?stream=ci&tail=0");
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(send("POST", "/api/ingest/ci/build-1", "one\ntwo").status, 200);
  EXPECT_EQ(next_lines(client, 2), (std::vector<std::string>{"one", "two"}));
  const HttpReply more = send("POST", "/api/ingest/ci/build-1", "three\n");
  EXPECT_THAT(more.body, HasSubstr("\"offset\":14"));
  EXPECT_EQ(more.header("upload-offset"), "14");
  EXPECT_EQ(next_lines(client, 1), (std::vector<std::string>{"three"}));
}

TEST_F(Push, AppendsAtAnOffsetOnceAlsoAfterARestart) {
  serve_pushes();
  const auto patch = [&](std::uint64_t offset, const std::string& body) {
    return send("PATCH", "/api/ingest/ci/b", body, fmt::format("Upload-Offset: {}", offset));
  };
  EXPECT_EQ(patch(5, "x").status, 409) << "nothing is there yet";
  EXPECT_EQ(patch(0, "one\n").status, 200);
  EXPECT_EQ(patch(0, "one\n").status, 409) << "its answer was lost, say";
  daemon_->kill();
  ASSERT_TRUE(daemon_->start());
  const HttpReply conflict = patch(0, "one\n");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.header("upload-offset"), "4");
  EXPECT_EQ(patch(4, "two\n").status, 200);
  const HttpReply head = send("HEAD", "/api/ingest/ci/b", "");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("upload-offset"), "8");
  EXPECT_EQ(lines("b", 2), (std::vector<std::string>{"one", "two"}));
}

TEST_F(Push, SaysWhatIsWrongWithAPush) {
  serve_pushes();
  EXPECT_EQ(send("POST", "/api/ingest/app/x", "a\n").status, 404) << "push is not set";
  EXPECT_EQ(send("POST", "/api/ingest/none/x", "a\n").status, 404);
  EXPECT_EQ(send("POST", "/api/ingest/ci/.x", "a\n").status, 400);
  EXPECT_EQ(send("POST", "/api/ingest/ci/a%2F..%2Fb", "a\n").status, 404) << "no path leaves its folder";
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/x", "a\n").status, 400);
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/x", "a\n", "Upload-Offset: -1").status, 400);
  EXPECT_EQ(send("POST", "/api/ingest/ci/x", "a\n", "Upload-Offset: 0").status, 400);
  EXPECT_EQ(send("POST", "/api/ingest/ci/x?a=b", "a\n").status, 400);
  EXPECT_EQ(send("PUT", "/api/ingest/ci/x", "a\n").status, 405);
}

TEST_F(Push, CommandSendsItsInputExactlyOnceThroughCutsAndKills) {
  serve_pushes();
  CuttingProxy proxy(port(), std::chrono::milliseconds(100), torture_seed());
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  TempDir directory;
  ChildSettings settings;
  settings.command = {daemon_binary(), "push", "--retry", "--to", fmt::format("http://127.0.0.1:{}/", proxy.port()),
                      "ci/build-2"};
  settings.input_fd = reader.get();
  settings.error_file = directory.file("err");
  ChildProcess push;
  ASSERT_TRUE(push.spawn(settings));
  reader.reset();
  const int count = load(20'000);
  std::thread feeder([&] {
    for (int line = 0; line < count; ++line) {
      const std::string text = fmt::format("line {} {}\n", line, std::string(static_cast<std::size_t>(line % 90), 'x'));
      ASSERT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
      if (line % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    writer.reset();
  });
  for (int kills = 0; kills < (kSanitized ? 3 : 20) * torture_scale(); ++kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    daemon_->kill();
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }
  feeder.join();
  proxy.calm_down();
  const auto end = push.wait(std::chrono::seconds(60));
  ASSERT_TRUE(end) << read_whole_file(directory.file("err"));
  EXPECT_EQ(end->exit_code, 0) << read_whole_file(directory.file("err"));
  const std::string text = read_whole_file(daemon_->state_dir() + "/spool/ci/build-2.log");
  std::string expected;
  for (int line = 0; line < count; ++line) {
    expected += fmt::format("line {} {}\n", line, std::string(static_cast<std::size_t>(line % 90), 'x'));
  }
  EXPECT_TRUE(text == expected) << text.size() << " bytes of " << expected.size();
}

TEST_F(Push, CommandContinuesAnInputThatWasBrokenOff) {
  serve_pushes();
  TempDir directory;
  append_to_file(directory.file("input"), "one\ntwo\nthree\n");
  EXPECT_EQ(send("PATCH", "/api/ingest/ci/c", "one\nt", "Upload-Offset: 0").status, 200);
  const UniqueFd input(::open(directory.file("input").c_str(), O_RDONLY | O_CLOEXEC));
  ChildSettings settings;
  settings.command = {daemon_binary(), "push", "--continue", "--to", fmt::format("http://127.0.0.1:{}/", port()),
                      "ci/c"};
  settings.input_fd = input.get();
  const ProgramResult result = run_program(settings);
  EXPECT_EQ(result.exit_code(), 0) << result.errors;
  EXPECT_EQ(lines("c", 3), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(run_tailwater({"push", "--to", fmt::format("http://127.0.0.1:{}/", port()), "app/x"}).exit_code(), 4);
  EXPECT_EQ(run_tailwater({"push", "app"}).exit_code(), 2);
}

}  // namespace
}  // namespace tailwater
