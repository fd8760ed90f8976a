// Bad input to the command: each is refused with a message that names what is wrong, where, and what to do, and with
// the exit code that scripts rely on: 0 clean stop, 1 runtime failure, 2 bad usage or configuration.
#include <sys/stat.h>

#include <gmock/gmock.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class BadCommand : public DaemonTest {
 protected:
  /// `serve` with these arguments, which should make it end by itself.
  ProgramResult serve_fails(std::vector<std::string> arguments) {
    std::vector<std::string> command{"serve", "--state-dir", "none"};
    if (std::find(arguments.begin(), arguments.end(), "--listen") == arguments.end()) {
      command.insert(command.end(), {"--listen", "127.0.0.1:0"});
    }
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_tailwater(command, Milliseconds(5000));
  }
  ProgramResult serve_with_file(const std::string& toml) {
    append_to_file(config_path(), toml);
    return serve_fails({"--config", config_path()});
  }
};

TEST_F(BadCommand, AnUnknownOptionIsNamedAndTheNearestOneOffered) {
  const ProgramResult result = serve_fails({"--thread", "3", logs()});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("--thread"), HasSubstr("--threads")));
}

TEST_F(BadCommand, AnOptionsBadValueIsNamed) {
  const ProgramResult result = serve_fails({"--threads", "many", logs()});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("--threads"), HasSubstr("many")));
}

TEST_F(BadCommand, AnUnknownCommandIsNamedWithWhereToLook) {
  const ProgramResult result = run_tailwater({"sevre"});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("sevre"), HasSubstr("--help")));
}

TEST_F(BadCommand, ABadGlobIsNamedWithThePlace) {
  const ProgramResult result = serve_fails({log("app-[0-9.log")});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("app-[0-9.log"), HasSubstr("[")));
}

TEST_F(BadCommand, BadTomlIsNamedWithFileLineAndColumn) {
  const ProgramResult result = serve_with_file("[server]\nlisten = [\"127.0.0.1:0\"\nthreads = 1\n");
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, HasSubstr(config_path() + ":3:"));
}

TEST_F(BadCommand, AnUnknownKeyIsNamedWithItsPlaceAndTheNearestOneOffered) {
  const ProgramResult result = serve_with_file("[server]\nheartbaet = \"3s\"\n");
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr(config_path() + ":2:1"), HasSubstr("heartbaet"), HasSubstr("heartbeat")));
}

TEST_F(BadCommand, AValueOfTheWrongTypeIsNamedWithItsPlace) {
  const ProgramResult result = serve_with_file("[limits]\nclients = \"lots\"\n");
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr(config_path() + ":2:"), HasSubstr("clients")));
}

TEST_F(BadCommand, AStreamsNameThatWouldBeAPathOrAHeaderIsRefused) {
  for (const char* name : {"../up", "a/b", "..", "a\\nb: c", "a b", "a\\u0000b", "~metrics"}) {
    std::filesystem::remove(config_path());
    const ProgramResult result =
        serve_with_file("[[stream]]\nname = \"" + std::string(name) + "\"\npaths = [\"/x.log\"]\n");
    EXPECT_EQ(result.exit_code(), 2) << name;
    EXPECT_THAT(result.errors, HasSubstr(config_path() + ":2:")) << name;
  }
}

TEST_F(BadCommand, CheckNamesEveryErrorAtOnce) {
  append_to_file(config_path(), "[server]\nheartbaet = \"3s\"\n[limits]\nclients = \"lots\"\n");
  const ProgramResult result = run_tailwater({"check", "--config", config_path()});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr(config_path() + ":2:1"), HasSubstr(config_path() + ":4:")));
}

TEST_F(BadCommand, CheckOfAGoodFileIsSilentSuccess) {
  configure("[server]\nthreads = 2\n", {"*.log"});
  const ProgramResult result = run_tailwater({"check", "--config", config_path()});
  EXPECT_EQ(result.exit_code(), 0) << result.errors;
  EXPECT_EQ(result.errors, "");
}

TEST_F(BadCommand, AMissingConfigurationFileIsNamed) {
  const ProgramResult result = serve_fails({"--config", outside("nowhere.toml")});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, HasSubstr(outside("nowhere.toml")));
}

TEST_F(BadCommand, APortInUseIsNamedWithWhatToDo) {
  serve();
  const std::string address = "127.0.0.1:" + std::to_string(port());
  const ProgramResult result = serve_fails({"--listen", address, logs()});
  EXPECT_EQ(result.exit_code(), 1) << result.output;
  EXPECT_THAT(result.errors, AllOf(HasSubstr(address), HasSubstr("in use"), HasSubstr("listen")));
}

TEST_F(BadCommand, AnAddressThatIsNoneIsNamed) {
  const ProgramResult result = serve_fails({"--listen", "127.0.0.1:http:8", logs()});
  EXPECT_EQ(result.exit_code(), 2);
  EXPECT_THAT(result.errors, HasSubstr("127.0.0.1:http:8"));
}

TEST_F(BadCommand, AnAddressThatOthersCanReachNeedsInsecure) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    const ProgramResult result = serve_fails({"--listen", address, logs()});
    EXPECT_EQ(result.exit_code(), 2) << address;
    EXPECT_THAT(result.errors, AllOf(HasSubstr(address), HasSubstr("--insecure")));
  }
}

TEST_F(BadCommand, AStateDirectoryThatCannotBeWrittenIsNamedWithWhatToDo) {
  append_to_file(outside("file"), "");
  const std::string impossible = outside("file") + "/state";
  const ProgramResult result =
      run_tailwater({"serve", "--listen", "127.0.0.1:0", "--state-dir", impossible, logs()}, Milliseconds(5000));
  EXPECT_EQ(result.exit_code(), 1) << result.output;
  EXPECT_THAT(result.errors, AllOf(HasSubstr(impossible), HasSubstr("--state-dir")));
}

TEST_F(BadCommand, AStateDirectoryInUseIsNamedWithItsOwner) {
  serve();
  const ProgramResult result = run_tailwater(
      {"serve", "--listen", "127.0.0.1:0", "--state-dir", daemon().state_dir(), logs()}, Milliseconds(5000));
  EXPECT_EQ(result.exit_code(), 1) << result.output;
  EXPECT_THAT(result.errors, AllOf(HasSubstr(daemon().state_dir()), HasSubstr(std::to_string(daemon().pid()))));
}

TEST_F(BadCommand, AFileThatCannotBeReadIsNamedAndTheOthersAreFollowed) {
  append_to_file(log("secret.log"), "secret\n");
  append_to_file(log("open.log"), "open\n");
  ::chmod(log("secret.log").c_str(), 0);
  DaemonSettings settings;
  settings.arguments = {log("*.log")};
  settings.user = unprivileged_user();
  DaemonProcess unprivileged(settings);
  ASSERT_TRUE(unprivileged.start()) << unprivileged.failure();
  EXPECT_EQ(lines_of(fetch_events(unprivileged.port(), "/api/events?follow=0&from=start")),
            std::vector<std::string>{"open"});
  EXPECT_THAT(unprivileged.errors(), AllOf(HasSubstr(log("secret.log")), HasSubstr("ermission")));
}

TEST_F(BadCommand, VersionAndHelpSucceed) {
  const ProgramResult version = run_tailwater({"--version"});
  EXPECT_EQ(version.exit_code(), 0);
  EXPECT_THAT(version.output, HasSubstr("tailwater"));
  const ProgramResult help = run_tailwater({"--help"});
  EXPECT_EQ(help.exit_code(), 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("serve"), HasSubstr("check")));
}

class Greeting : public DaemonTest {};

TEST_F(Greeting, SaysAddressFilesAndState) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  EXPECT_THAT(daemon().output(),
              AllOf(HasSubstr("http://127.0.0.1:" + std::to_string(port())), HasSubstr(daemon().state_dir())));
}

TEST_F(Greeting, APortOfZeroIsAnyAndTheChosenOneIsPrinted) {
  ChildProcess child;
  ChildSettings settings;
  settings.command = {daemon_binary(), "serve", "--listen", "127.0.0.1:0", "--state-dir", "none", logs()};
  settings.output_file = outside("stdout");
  ASSERT_TRUE(child.spawn(settings));
  const std::string prefix = "http://127.0.0.1:";
  std::uint16_t chosen = 0;
  const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
  while (chosen == 0 && std::chrono::steady_clock::now() < deadline) {
    const std::string output = read_whole_file(settings.output_file);
    if (const std::size_t at = output.find(prefix); at != std::string::npos && output.back() == '\n') {
      chosen = static_cast<std::uint16_t>(std::atoi(output.c_str() + at + prefix.size()));
    }
    std::this_thread::sleep_for(Milliseconds(5));
  }
  ASSERT_NE(chosen, 0);
  EXPECT_EQ(fetch(chosen, "/healthz").status, 200);
}

TEST_F(Greeting, SaysWhatAJournalInMemoryGivesUp) {
  DaemonSettings settings;
  settings.arguments = {log("*.log")};
  settings.state_dir = "none";
  DaemonProcess memory_only(settings);
  ASSERT_TRUE(memory_only.start()) << memory_only.failure();
  EXPECT_THAT(memory_only.output() + memory_only.errors(), HasSubstr("memory"));
}

}  // namespace
}  // namespace tailwater
