// `tailwater run`: the command as if it ran by itself, and its output at the server, exactly once.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/build_kind.h"
#include "support/cutting_proxy.h"
#include "support/daemon_test.h"
#include "support/oracle_run.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunCommand : public DaemonTest {
 protected:
  void serve_runs(const std::string& more = {}) {
    configure("", {"*.log"});
    append_to_file(config_path(), "[[stream]]\nname = \"ci\"\npush = true\n" + more);
    daemon_ = std::make_unique<DaemonProcess>(std::vector<std::string>{"--config", config_path()});
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }
  [[nodiscard]] ChildSettings settings(std::vector<std::string> words, std::uint16_t port) const {
    ChildSettings settings;
    settings.command = {daemon_binary(), "run", "--to", fmt::format("http://127.0.0.1:{}/", port), "--spool", spool()};
    settings.command.insert(settings.command.end(), words.begin(), words.end());
    return settings;
  }
  [[nodiscard]] ProgramResult run(std::vector<std::string> words) const {
    return run_program(settings(std::move(words), daemon_->port()));
  }
  [[nodiscard]] std::string spool() const { return outside("runs"); }
  [[nodiscard]] std::string stored(const std::string& name) const {
    return read_whole_file(daemon_->state_dir() + "/spool/ci/" + name + ".log");
  }
  [[nodiscard]] std::size_t left_behind() const {
    std::error_code none;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(spool(), none), std::filesystem::directory_iterator()));
  }
  /// Until the condition holds; false after a while.
  static bool eventually(const std::function<bool()>& condition, Milliseconds limit = Milliseconds(20'000)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(Milliseconds(5));
    }
    return true;
  }
  static long find_number(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":");
    return at == std::string::npos ? -1 : std::strtol(json.c_str() + at + name.size() + 3, nullptr, 10);
  }
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(RunCommand, ShowsAndSendsWhatTheCommandWritesAndExitsAsItDoes) {
  serve_runs();
  const ProgramResult result = run({"ci/a", "--", "sh", "-c", "printf 'one\\ntwo'; echo bad >&2; exit 3"});
  EXPECT_EQ(result.exit_code(), 3);
  EXPECT_EQ(result.output, "one\ntwo");
  EXPECT_THAT(result.errors, HasSubstr("bad\n"));
  EXPECT_EQ(stored("a"), "one\nbad\ntwo") << "whole lines as they come, the unended one last";
  EXPECT_EQ(left_behind(), 0U);
}

TEST_F(RunCommand, ExitsWithWhatTheShellWouldSay) {
  serve_runs();
  EXPECT_EQ(run({"--", "true"}).exit_code(), 0);
  EXPECT_EQ(run({"--", "sh", "-c", "kill -KILL $$"}).exit_code(), 128 + SIGKILL);
  EXPECT_EQ(run({"--", "/nonexistent/program"}).exit_code(), 127);
  EXPECT_EQ(run({"--", "/"}).exit_code(), 126);
  EXPECT_EQ(run({"--pty", "--", "sh", "-c", "kill -TERM $$"}).exit_code(), 128 + SIGTERM);
  EXPECT_EQ(run({"--pty", "--", "/nonexistent/program"}).exit_code(), 127);
  EXPECT_EQ(run({"ci/x"}).exit_code(), 2);
  EXPECT_EQ(run({"ci/.x", "--", "true"}).exit_code(), 2);
}

TEST_F(RunCommand, MarksLinesWhereTheStreamUnwrapsThem) {
  serve_runs("parse = \"cri\"\n");
  const ProgramResult result = run({"ci/m", "--", "sh", "-c", "echo one; sleep 0.02; echo bad >&2"});
  EXPECT_EQ(result.exit_code(), 0) << result.errors;
  EXPECT_EQ(result.output, "one\n");
  EXPECT_THAT(stored("m"), testing::MatchesRegex("[-0-9T:.]+Z stdout F one\n[-0-9T:.]+Z stderr F bad\n"));
  std::vector<std::string> lines;
  EXPECT_TRUE(wait_until([&] {
    lines = lines_of(fetch_events(daemon_->port(), "/api/events?follow=0&from=start&stream=ci"));
    return lines.size() >= 2;
  }));
  EXPECT_THAT(lines, ElementsAre("one", "bad"));
  EXPECT_THAT(
      lines_of(fetch_events(daemon_->port(), "/api/events?follow=0&from=start&stream=ci&where=output%3D%22stderr%22")),
      ElementsAre("bad"));
}

TEST_F(RunCommand, GivesTheCommandATerminalAndHandsItsColorsThrough) {
  serve_runs();
  const ProgramResult result = run({"--pty", "ci/t", "--", "sh", "-c",
                                    "test -t 1 && test -t 2 && printf '\\033[31mred\\033[0m\\n1 %%\\r2 %%\\r\\n'; stty "
                                    "size <&1; echo $TAILWATER_RUN"});
  EXPECT_EQ(result.exit_code(), 0) << result.errors;
  EXPECT_EQ(result.output, "\x1b[31mred\x1b[0m\r\n1 %\r2 %\r\r\n24 80\r\nci/t\r\n");
  EXPECT_EQ(stored("t"), "\x1b[31mred\x1b[0m\n1 %\n2 %\n24 80\nci/t\n");
  EXPECT_EQ(run({"--no-pty", "--", "test", "-t", "1"}).exit_code(), 1);
}

/// A person at a terminal: what he types, and what he sees.
class Person {
 public:
  ~Person() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  bool sit_down(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int terminal = -1;
    pid_ = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execvp(arguments.front(), arguments.data());
      ::_exit(127);
    }
    terminal_.reset(terminal);
    return pid_ > 0;
  }
  void type(std::string_view keys) const {
    EXPECT_EQ(::write(terminal_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  /// Reads on until this has been seen.
  bool sees(std::string_view text) {
    pollfd readable{terminal_.get(), POLLIN, 0};
    while (seen_.find(text) == std::string::npos) {
      char bytes[4096];
      const ssize_t count = ::poll(&readable, 1, 20'000) == 1 ? ::read(terminal_.get(), bytes, sizeof bytes) : 0;
      at_end_ = count < 0;
      if (count <= 0) return false;
      seen_.append(bytes, static_cast<std::size_t>(count));
    }
    seen_.erase(0, seen_.find(text) + text.size());
    return true;
  }
  int wait_for_exit_status() {
    int status = 0;
    if (sees("nothing that is ever shown")) return -1;  // but the end of it
    if (::kill(pid_, 0) == 0 && !at_end_) ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WEXITSTATUS(status);
  }
  [[nodiscard]] const std::string& seen() const { return seen_; }

 private:
  pid_t pid_ = 0;
  UniqueFd terminal_;
  std::string seen_;
  bool at_end_ = false;  // whoever had the terminal is gone
};

TEST_F(RunCommand, HandsKeysOfATerminalThrough) {
  serve_runs();
  Person person;
  ASSERT_TRUE(person.sit_down(
      settings({"ci/keys", "--", "sh", "-c", "read line; echo got $line; exec cat"}, daemon_->port()).command));
  ASSERT_TRUE(person.sees("watch ci/keys"));
  person.type("hello\r");
  EXPECT_TRUE(person.sees("got hello")) << person.seen();
  person.type("\x03");
  EXPECT_EQ(person.wait_for_exit_status(), 128 + SIGINT);
  EXPECT_EQ(stored("keys"), "hello\ngot hello\n^C");
}

TEST_F(RunCommand, StopsAndGoesOnWithTheCommandInTheForeground) {
  serve_runs("[[runs]]\nstream = \"ci\"\n");  // or stderr would have a word to say in between
  Person person;
  ASSERT_TRUE(person.sit_down({"bash", "--norc", "--noprofile", "-i"}));
  person.type("PS1='pro''mpt>'\n");
  ASSERT_TRUE(person.sees("prompt>"));
  std::string line;
  // cat forks nothing: a shell that a key stops between vfork() and exec() is not stopped, whoever its parent is.
  for (const std::string& word : settings({"ci/jobs", "--", "cat"}, daemon_->port()).command) line += word + " ";
  person.type(line + "\n");
  ASSERT_TRUE(person.sees("watch ci/jobs")) << person.seen();
  person.type("hello\n");
  ASSERT_TRUE(person.sees("hello\r\nhello")) << person.seen();
  person.type("\x1a");
  EXPECT_TRUE(person.sees("Stopped")) << person.seen();
  person.type("stty -a; echo do\"\"ne\n");
  EXPECT_TRUE(person.sees("isig icanon")) << "the terminal is the shell's again: " << person.seen();
  ASSERT_TRUE(person.sees("done"));
  person.type("fg\n");
  person.type("again\n");
  EXPECT_TRUE(person.sees("again\r\nagain")) << person.seen();
  person.type("\x03");
  ASSERT_TRUE(person.sees("prompt>")) << person.seen();
  person.type("exit $?\n");
  EXPECT_EQ(person.wait_for_exit_status(), 128 + SIGINT);
}

TEST_F(RunCommand, PassesSignalsOnAndWaitsForTheCommandToHeedThem) {
  serve_runs();
  for (const std::string way : {"--no-pty", "--pty"}) {
    ChildProcess child;
    ASSERT_TRUE(child.spawn(settings({way, "ci/s" + way, "--", "sh", "-c",
                                      "trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.01; done"},
                                     daemon_->port())));
    ASSERT_TRUE(eventually([&] { return stored("s" + way) == "ready\n"; }));
    child.send_signal(SIGTERM);
    const auto end = child.wait(std::chrono::seconds(20));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->exit_code, 7);
    EXPECT_EQ(stored("s" + way), "ready\ntold\n");
  }
}

TEST_F(RunCommand, ToleratesAServerThatIsAwayAndSendsTheRestLater) {
  serve_runs();
  daemon_->kill();
  const ProgramResult away = run({"--wait", "0", "ci/l", "--", "sh", "-c", "echo one; exit 5"});
  EXPECT_EQ(away.exit_code(), 5);
  EXPECT_EQ(away.output, "one\n");
  EXPECT_THAT(away.errors, HasSubstr("tailwater run --send"));
  EXPECT_EQ(run({"--wait", "0", "--strict", "ci/l2", "--", "true"}).exit_code(), 125);
  EXPECT_EQ(left_behind(), 2U);
  ASSERT_TRUE(daemon_->start());
  const ProgramResult sent = run({"--send"});
  EXPECT_EQ(sent.exit_code(), 0) << sent.errors;
  EXPECT_EQ(stored("l"), "one\n");
  EXPECT_EQ(left_behind(), 0U);
  EXPECT_EQ(run({"--send"}).exit_code(), 0);
}

TEST_F(RunCommand, WaitsForAServerThatComesLate) {
  serve_runs();
  daemon_->kill();
  ChildProcess child;
  ASSERT_TRUE(child.spawn(settings({"ci/w", "--", "echo", "one"}, daemon_->port())));
  ASSERT_TRUE(eventually([&] { return left_behind() == 1; }));
  ASSERT_TRUE(daemon_->start());
  const auto end = child.wait(std::chrono::seconds(20));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
  EXPECT_EQ(stored("w"), "one\n");
  EXPECT_EQ(left_behind(), 0U);
}

TEST_F(RunCommand, SaysWhatDidNotFitIntoTheSpool) {
  serve_runs();
  daemon_->kill();
  const ProgramResult away =
      run({"--wait", "0", "--spool-size", "64KiB", "ci/f", "--", "sh", "-c", "seq 100000; echo end"});
  EXPECT_EQ(away.exit_code(), 0);
  ASSERT_TRUE(daemon_->start());
  EXPECT_EQ(run({"--send"}).exit_code(), 0);
  EXPECT_THAT(stored("f"), testing::StartsWith("1\n2\n3\n"));
  EXPECT_THAT(stored("f"), HasSubstr("of the output are missing here"));
}

TEST_F(RunCommand, IsNotHeldUpByWhatTheCommandLeavesRunning) {
  serve_runs();
  const ProgramResult result = run({"ci/b", "--", "sh", "-c", "sleep 60 & echo $!"});
  EXPECT_EQ(result.exit_code(), 0);
  ::kill(std::stoi(result.output), SIGKILL);
}

TEST_F(RunCommand, LetsTheCommandLearnThatNobodyReadsItsOutput) {
  serve_runs();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  ChildSettings endless = settings({"ci/p", "--", "yes"}, daemon_->port());
  endless.output_fd = writer.get();
  ChildProcess child;
  ASSERT_TRUE(child.spawn(endless));
  char first[2];
  ASSERT_EQ(::read(reader.get(), first, 2), 2);
  reader.reset();
  const auto end = child.wait(std::chrono::seconds(20));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 128 + SIGPIPE);
}

TEST_F(RunCommand, TellsTheServerHowItStandsAndEnded) {
  serve_runs("[[runs]]\nstream = \"ci\"\n");
  ChildProcess child;
  ASSERT_TRUE(child.spawn(
      settings({"--attempt", "7", "-l", "branch=main", "-n", "job", "ci/state", "--", "sh", "-c", "read line; exit 9"},
               daemon_->port())));
  (void)child.wait(std::chrono::seconds(20));
  const std::string run = fetch(daemon_->port(), "/api/runs/ci/state").body;
  for (const char* part :
       {R"("name":"job","attempt":7)", R"("branch":"main")", R"("state":"failed","known":true)", R"("exit_code":9)"}) {
    EXPECT_THAT(run, HasSubstr(part));
  }
  const std::string url = fmt::format("http://127.0.0.1:{}/", daemon_->port());
  const ProgramResult tail = run_tailwater({"tail", "--exit-status", "--url", url, "ci/state"});
  EXPECT_EQ(tail.exit_code(), 9) << tail.errors;
  EXPECT_THAT(tail.errors, HasSubstr("ci/state failed (exit code 9)"));
  EXPECT_EQ(run_tailwater({"tail", url + "runs/ci/state"}).exit_code(), 0) << "it ends with the run";
}

TEST_F(RunCommand, TellsLaterWhenItWas) {
  serve_runs("[[runs]]\nstream = \"ci\"\n");
  daemon_->kill();
  EXPECT_EQ(run({"--wait", "0", "ci/then", "--", "sh", "-c", "sleep 0.3"}).exit_code(), 0);
  ASSERT_TRUE(daemon_->start());
  EXPECT_EQ(run({"--send"}).exit_code(), 0);
  const std::string body = fetch(daemon_->port(), "/api/runs/ci/then").body;
  EXPECT_THAT(body, HasSubstr(R"("state":"passed")"));
  const auto duration = find_number(body, "duration_ms");
  EXPECT_GE(duration, 300) << body;
}

TEST_F(RunCommand, SendsExactlyOnceThroughCutsAndKills) {
  serve_runs();
  CuttingProxy proxy(daemon_->port(), std::chrono::milliseconds(100), torture_seed());
  TempDir directory;
  const int count = load(20'000);
  std::string expected;
  for (int line = 0; line < count; ++line) {
    expected += fmt::format("line {} {}\n", line, std::string(static_cast<std::size_t>(line % 90), 'x'));
  }
  expected.insert(expected.size() / 2, std::string("\0\xff\r", 3) + std::string(40'000, 'l'));
  expected.pop_back();  // the last line has no newline
  append_to_file(directory.file("input"), expected);
  // As slow as the kills need it.
  ChildSettings command = settings(
      {"ci/k", "--", "sh", "-c",
       fmt::format(
           "i=0; while [ $i -lt 25 ]; do dd bs={} skip=$i count=1 if={} status=none; i=$((i+1)); sleep 0.1; done",
           expected.size() / 25 + 1, directory.file("input"))},
      proxy.port());
  command.error_file = directory.file("err");
  command.output_file = directory.file("out");
  ChildProcess child;
  ASSERT_TRUE(child.spawn(command));
  for (int kills = 0; kills < (kSanitized ? 3 : 20) * torture_scale(); ++kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    daemon_->kill();
    ASSERT_TRUE(daemon_->start()) << daemon_->failure();
  }
  proxy.calm_down();
  const auto end = child.wait(std::chrono::seconds(60));
  ASSERT_TRUE(end) << read_whole_file(directory.file("err"));
  EXPECT_EQ(end->exit_code, 0) << read_whole_file(directory.file("err"));
  EXPECT_TRUE(read_whole_file(directory.file("out")) == expected) << "what is shown here";
  const std::string text = stored("k");
  EXPECT_TRUE(text == expected) << text.size() << " bytes of " << expected.size();
}

TEST_F(RunCommand, SendsTheRestOfARunThatWasKilledExactlyOnce) {
  serve_runs();
  CuttingProxy proxy(daemon_->port(), std::chrono::milliseconds(100), torture_seed());
  ChildProcess child;
  ASSERT_TRUE(child.spawn(settings({"ci/d", "--", "sh", "-c", "seq 200000; kill -KILL $PPID"}, proxy.port())));
  const auto end = child.wait(std::chrono::seconds(20));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, SIGKILL);
  proxy.calm_down();
  const ProgramResult sent = run({"--send"});
  EXPECT_EQ(sent.exit_code(), 0) << sent.errors;
  std::string expected;
  for (int number = 1; number <= 200'000; ++number) expected += fmt::format("{}\n", number);
  const std::string text = stored("d");
  // What was still in the pipe died with its reader; what was read is there, once.
  EXPECT_TRUE(!text.empty() && expected.compare(0, text.size(), text) == 0) << text.size();
}

}  // namespace
}  // namespace tailwater
