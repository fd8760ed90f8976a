// The daemon in its sandbox: what it gave away is gone, and what it has to do it still can.
#include <sys/stat.h>
#include <unistd.h>

#include <signal.h>

#include <gmock/gmock.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;
using ::testing::HasSubstr;
using ::testing::Not;

class Sandbox : public DaemonTest {
 protected:
  bool confined() { return daemon().output().find("sandbox: files (landlock") != std::string::npos; }
};

TEST_F(Sandbox, IsInForceAndSaysSo) {
  serve();
  if (!confined()) GTEST_SKIP() << daemon().output();
  EXPECT_EQ(process_status(daemon().pid(), "NoNewPrivs"), 1U);
  EXPECT_EQ(process_status(daemon().pid(), "Seccomp"), 2U);
  EXPECT_THAT(daemon().output(), HasSubstr(", system calls, no new privileges"));
  EXPECT_THAT(daemon().errors(), HasSubstr("sandbox: files (landlock"));
  EXPECT_THAT(get("/readyz").body, HasSubstr("\"sandbox\":\"files (landlock"));
  EXPECT_THAT(get("/metrics").body, HasSubstr("\ntailwater_sandbox_level 2\n"));
}

TEST_F(Sandbox, CanBeSwitchedOff) {
  serve("*.log", {"--sandbox", "off"});
  EXPECT_THAT(daemon().output(), HasSubstr("sandbox: off\n"));
  EXPECT_EQ(process_status(daemon().pid(), "Seccomp"), 0U);
  EXPECT_THAT(get("/metrics").body, HasSubstr("\ntailwater_sandbox_level 0\n"));
}

TEST_F(Sandbox, FollowsThroughRotationNewFilesAndAFolderMadeAnew) {
  append_to_file(log("a.log"), "a1\n");
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  std::filesystem::rename(log("a.log"), log("a.log.1"));
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
  append_to_file(log("b.log"), "b1\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"b1"});
  std::filesystem::remove_all(logs());
  std::filesystem::create_directory(logs());
  append_to_file(log("a.log"), "a3\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a3"});
}

TEST_F(Sandbox, ReloadsWithinReachAndRefusesWhatIsBeyondIt) {
  append_to_file(log("a.log"), "a1\n");
  append_to_file(log("b.log"), "b1\n");
  serve_configured("", "a.log");
  if (!confined()) GTEST_SKIP() << daemon().output();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  TempDir elsewhere;
  configure("[[stream]]\nname = \"far\"\npaths = [\"" + elsewhere.file("x.log") + "\"]\n", {"a.log", "b.log"});
  daemon().send_signal(SIGHUP);
  EXPECT_TRUE(says(elsewhere.file("x.log") + " lies outside of what the sandbox has left within reach"))
      << daemon().errors();
  configure("", {"a.log", "b.log"});
  daemon().send_signal(SIGHUP);
  EXPECT_EQ(next_lines(*client, 1), Lines{"b1"});
}

TEST_F(Sandbox, NothingOfItsOwnLeavesThroughAWatchedFolder) {
  append_to_file(outside("credential"), "credential-4711\n");
  append_to_file(log("a.log"), "a1\n");
  const std::vector<std::pair<std::string, std::string>> links = {{"/proc/self/environ", "environ.log"},
                                                                  {"/proc/self/fd/0", "fd.log"},
                                                                  {"/etc/shadow", "shadow.log"},
                                                                  {outside("credential"), "credential.log"}};
  for (const auto& [target, name] : links) ASSERT_EQ(::symlink(target.c_str(), log(name).c_str()), 0);
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  ASSERT_EQ(::symlink(outside("credential").c_str(), log("later.log").c_str()), 0);
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
  const std::vector<std::string> ways = {"/api/events?from=start&follow=0",
                                         "/api/streams",
                                         "/tail/logs?from=start&follow=0",
                                         "/tail/logs/credential.log?from=start&follow=0",
                                         "/tail/logs/environ.log?from=start&follow=0",
                                         "/api/records?file=credential.log",
                                         "/api/raw/logs/credential.log",
                                         "/api/search?grep=4711"};
  for (const std::string& target : ways) {
    const HttpReply reply = get(target);
    EXPECT_THAT(reply.body, Not(HasSubstr("credential-4711"))) << target;
    EXPECT_THAT(reply.body, Not(HasSubstr("PATH="))) << target;
    EXPECT_THAT(reply.body, Not(HasSubstr("root:"))) << target;
  }
  EXPECT_TRUE(says("credential.log is not followed: it leads to"));
}

}  // namespace
}  // namespace tailwater
