// `tailwater tail` against the real daemon: what it prints, how it ends, and that it misses and repeats nothing while
// connections are cut and the daemon is killed.
#include <fcntl.h>

#include <sstream>

#include <gmock/gmock.h>

#include "support/build_kind.h"
#include "support/cutting_proxy.h"
#include "support/daemon_test.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

using testing::HasSubstr;

class TailCommand : public DaemonTest {
 protected:
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/"; }
  [[nodiscard]] ProgramResult tail(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"tail", "--url", url()});
    return run_tailwater(std::move(arguments));
  }
};

/// `tailwater tail` in the background, its output in files.
class RunningTail {
 public:
  explicit RunningTail(std::vector<std::string> arguments) {
    ChildSettings settings;
    settings.command = {daemon_binary(), "tail"};
    settings.command.insert(settings.command.end(), arguments.begin(), arguments.end());
    settings.output_file = directory_.file("out");
    settings.error_file = directory_.file("err");
    EXPECT_TRUE(child_.spawn(settings));
  }
  [[nodiscard]] std::string output() const { return read_whole_file(directory_.file("out")); }
  [[nodiscard]] std::string errors() const { return read_whole_file(directory_.file("err")); }
  [[nodiscard]] ChildProcess& child() { return child_; }
  /// Waits until there are so many lines, then a moment for one too many.
  [[nodiscard]] std::vector<std::string> lines(std::uint64_t count, std::chrono::milliseconds limit) const {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline && count_lines() < count) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::vector<std::string> lines;
    std::istringstream text(output());
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

 private:
  [[nodiscard]] std::uint64_t count_lines() const {
    const std::string text = output();
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  }
  TempDir directory_;
  ChildProcess child_;
};

TEST_F(TailCommand, PrintsTheLastLinesAndEnds) {
  append_to_file(log("a.log"), "INFO one\nERROR two\x1b[2J\nINFO three\n");
  serve();
  const ProgramResult all = tail({"--no-follow"});
  EXPECT_EQ(all.output, "INFO one\nERROR two\nINFO three\n");
  EXPECT_EQ(all.exit_code(), 0) << all.errors;
  EXPECT_EQ(tail({"-n", "1", "--no-follow"}).output, "INFO three\n");
  EXPECT_EQ(tail({"--level", "error", "--color", "--no-follow"}).output, "\x1b[31mERROR two\x1b[0m\n");
  EXPECT_THAT(tail({"--grep", "one", "--json", "--no-follow"}).output, HasSubstr("\"line\":\"INFO one\""));
}

TEST_F(TailCommand, EndsWithACodeForEachKindOfTrouble) {
  append_to_file(log("a.log"), "one\n");
  serve();
  const ProgramResult unknown = tail({"nosuch"});
  EXPECT_EQ(unknown.exit_code(), 4);
  EXPECT_THAT(unknown.errors, HasSubstr("nosuch"));
  const ProgramResult bad = tail({"--grep", "("});
  EXPECT_EQ(bad.exit_code(), 2);
  EXPECT_THAT(bad.errors, HasSubstr("grep"));
  EXPECT_EQ(run_tailwater({"tail", "--no-such-flag"}).exit_code(), 2);
  const ProgramResult absent = run_tailwater({"tail", "http://127.0.0.1:" + std::to_string(free_port()) + "/"});
  EXPECT_EQ(absent.exit_code(), 1);
  EXPECT_THAT(absent.errors, HasSubstr("127.0.0.1"));
  EXPECT_EQ(tail({"--since", "yesterday"}).exit_code(), 2);
}

TEST_F(TailCommand, IsEndedByInterruptAndByAReaderThatGoes) {
  append_to_file(log("a.log"), "one\n");
  serve();
  RunningTail interrupted({url()});
  ASSERT_EQ(interrupted.lines(1, std::chrono::seconds(20)).size(), 1U);
  interrupted.child().send_signal(SIGINT);
  const auto end = interrupted.child().wait(std::chrono::seconds(10));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, SIGINT);
  EXPECT_EQ(interrupted.errors(), "");

  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  UniqueFd reader(pipe_ends[0]);
  UniqueFd writer(pipe_ends[1]);
  ChildSettings settings;
  settings.command = {daemon_binary(), "tail", url()};
  settings.output_fd = writer.get();
  ChildProcess piped;
  ASSERT_TRUE(piped.spawn(settings));
  writer.reset();
  char byte = 0;
  ASSERT_EQ(::read(reader.get(), &byte, 1), 1);
  reader.reset();  // nothing more is written to the log: it has to notice by itself
  const auto gone = piped.wait(std::chrono::seconds(10));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->signal, SIGPIPE);
}

TEST_F(TailCommand, WaitsForAServerWhereItIsTold) {
  append_to_file(log("a.log"), "one\n");
  serve();
  daemon().kill();
  RunningTail waiting({"--retry", url()});
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ASSERT_TRUE(daemon().start());
  EXPECT_EQ(waiting.lines(1, std::chrono::seconds(20)).size(), 1U) << waiting.errors();
}

TEST_F(TailCommand, MissesNothingThatCameWhileItWasCutOffBeforeTheFirstRecord) {
  append_to_file(log("a.log"), "old\n");
  serve();
  RunningTail tail({"-n", "0", url()});
  while (get("/api/streams").body.find("\"readers\":1") == std::string::npos && tail.child().running()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  daemon().kill();
  append_to_file(log("a.log"), "while away\n");
  ASSERT_TRUE(daemon().start());
  EXPECT_THAT(tail.lines(1, std::chrono::seconds(20)), testing::ElementsAre("while away")) << tail.errors();
}

TEST_F(TailCommand, IsExactBehindAProxyThatCutsAndADaemonThatIsKilled) {
  WriterSettings writing;
  writing.directory = logs();
  writing.lines_per_second = load(5000.0);
  writing.rotate_every = std::chrono::milliseconds(200);
  writing.seed = torture_seed();
  LogWriter writer(writing);
  append_to_file(log("first.log"), "");
  serve();
  CuttingProxy proxy(port(), std::chrono::milliseconds(150), writing.seed);
  RunningTail tail({"--from", "start", "http://127.0.0.1:" + std::to_string(proxy.port()) + "/"});
  writer.start();
  for (int kills = 0; kills < (kSanitized ? 5 : 20) * torture_scale(); ++kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    daemon().kill();
    ASSERT_TRUE(daemon().start()) << daemon().failure();
  }
  while (proxy.cuts() < 10 && tail.child().running()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  writer.stop();
  proxy.calm_down();
  std::vector<ReceivedRecord> records;
  for (const std::string& line : tail.lines(writer.total(), std::chrono::seconds(60))) {
    records.push_back({find_line_number(line).value_or(LineNumber{-1, 0}), 0});
  }
  EXPECT_EQ(compare_with_oracle(records, writer.written(), every_line), "") << "seed " << writing.seed << tail.errors();
  EXPECT_EQ(tail.errors().find("missing"), std::string::npos) << tail.errors();
}

}  // namespace
}  // namespace tailwater
