// An orderly stop: every stream is told, nobody waits long, and the exit code says that all was well.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/unique_fd.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Shutdown : public DaemonTest {};

TEST_F(Shutdown, TellsEveryStreamWhenToComeBackAndEndsItsBody) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  std::vector<std::unique_ptr<SseClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(follow("from=start"));
    ASSERT_TRUE(clients.back()->next("caught-up"));
  }
  const auto begin = std::chrono::steady_clock::now();
  daemon().send_signal(SIGTERM);
  std::set<std::int64_t> delays;
  for (const auto& client : clients) {
    const auto shutdown = client->next("shutdown", Milliseconds(3000));
    ASSERT_TRUE(shutdown);
    const auto data = JsonValue::parse(shutdown->data);
    ASSERT_TRUE(data) << shutdown->data;
    EXPECT_EQ(static_cast<std::int64_t>((*data)["reconnect_ms"].number()), client->parser().retry_ms());
    EXPECT_GT(client->parser().retry_ms(), 0);
    delays.insert(client->parser().retry_ms());
    EXPECT_FALSE(client->next(Milliseconds(3000)));
    EXPECT_TRUE(client->stream().at_end()) << "the body has no end";
  }
  EXPECT_GT(delays.size(), 1U) << "all come back at the same moment";
  const auto end = daemon().terminate(Milliseconds(3000));
  ASSERT_TRUE(end) << "still running";
  EXPECT_EQ(end->exit_code, 0) << daemon().failure();
  EXPECT_LE(std::chrono::steady_clock::now() - begin, Milliseconds(3000));
}

TEST_F(Shutdown, DoesNotWaitForAClientThatNeverReads) {
  append_to_file(log("app.log"), std::string(32 << 20, 'x') + "\n");
  serve();
  HttpStream stalled;
  HttpRequest request;
  request.target = "/api/events?from=start";
  ASSERT_TRUE(stalled.open(port(), request));
  const auto begin = std::chrono::steady_clock::now();
  const auto end = daemon().terminate(Milliseconds(5000));
  ASSERT_TRUE(end) << "still running";
  EXPECT_EQ(end->exit_code, 0) << daemon().failure();
  EXPECT_LE(std::chrono::steady_clock::now() - begin, Milliseconds(3300));
}

TEST_F(Shutdown, DoesNotWaitForReloadsThatAreAskedForFasterThanTheyAreDone) {
  append_to_file(log("app.log"), "line\n");
  serve_configured("", "*.log");
  // Not by number, which may be another's once the daemon has ended.
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, daemon().pid(), 0)));
  std::thread asking([&] {
    while (::syscall(SYS_pidfd_send_signal, process.get(), SIGHUP, nullptr, 0) == 0) continue;
  });
  EXPECT_TRUE(says("configuration reloaded"));
  const auto end = daemon().terminate(SseClient::kPatience);
  if (!end) daemon().send_signal(SIGKILL);
  asking.join();
  ASSERT_TRUE(end) << "still running";
  EXPECT_EQ(end->exit_code, 0) << daemon().failure();
}

TEST_F(Shutdown, WithoutClientsIsQuickAndInterruptsAreTheSame) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  const auto begin = std::chrono::steady_clock::now();
  daemon().send_signal(SIGINT);
  const auto end = daemon().terminate(Milliseconds(3000));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0) << daemon().failure();
  EXPECT_LE(std::chrono::steady_clock::now() - begin, Milliseconds(1500));
}

TEST_F(Shutdown, WhatWasWrittenJustBeforeIsThereAfterTheNextStart) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  const auto seen = client->read_until("shutdown", Milliseconds(100));
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  auto lines = lines_of(seen);
  for (std::string& line : next_lines(*client, 1000 - lines.size())) lines.push_back(std::move(line));
  ASSERT_EQ(lines.size(), 1000U);
  for (std::uint64_t seq = 0; seq < 1000; ++seq) EXPECT_EQ(find_line_number(lines[seq])->seq, seq);
}

}  // namespace
}  // namespace tailwater
