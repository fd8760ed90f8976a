// SIGHUP: new streams without losing a client; a bad file changes nothing.
#include <signal.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class Reload : public DaemonTest {};

TEST_F(Reload, FollowsNewFilesAndKeepsItsClients) {
  append_to_file(log("a.log"), "a1\n");
  append_to_file(log("b.log"), "b1\n");
  serve_configured("", "a.log");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  configure("", {"a.log", "b.log"});
  daemon().send_signal(SIGHUP);
  EXPECT_EQ(next_lines(*client, 1), Lines{"b1"}) << daemon().failure();
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
  EXPECT_FALSE(client->at_end());
}

TEST_F(Reload, LeavesOutFilesThatAreNoLongerWanted) {
  append_to_file(log("a.log"), "a1\n");
  append_to_file(log("b.log"), "b1\n");
  serve_configured("", "*.log");
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 2).size(), 2U);
  configure("", {"a.log", "c.log"});
  daemon().send_signal(SIGHUP);
  ASSERT_TRUE(says("configuration reloaded"));  // until then c.log is followed as one of *.log
  append_to_file(log("c.log"), "c1\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"c1"});
  append_to_file(log("b.log"), "b2\n");
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
}

TEST_F(Reload, ABadFileIsRefusedWholeAndTheLogSaysWhere) {
  append_to_file(log("a.log"), "a1\n");
  serve_configured("", "a.log");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  std::filesystem::remove(config_path());
  append_to_file(config_path(), "[server]\nheartbeat = nonsense\n");
  daemon().send_signal(SIGHUP);
  EXPECT_TRUE(says(config_path() + ":2:")) << daemon().errors();
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
}

}  // namespace
}  // namespace tailwater
