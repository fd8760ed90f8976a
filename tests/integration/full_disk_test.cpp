// A disk that refuses the journal: it goes on in memory, says so where it is looked at, and comes back by itself.
#include <sys/resource.h>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

class FullDisk : public DaemonTest {
 protected:
  /// A limit on the size of files refuses each write as a full disk does, and can be lifted from outside.
  void refuse_writes(bool refuse) const {
    const rlimit limit{refuse ? 0 : RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(daemon().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }
  void wait_for_readiness(int status) const {
    const auto deadline = std::chrono::steady_clock::now() + Milliseconds(10'000);
    while (get("/readyz").status != status && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(Milliseconds(10));
    }
    EXPECT_EQ(get("/readyz").status, status) << get("/readyz").body;
  }
};

TEST_F(FullDisk, TheJournalGoesOnInMemorySaysSoAndComesBack) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve_configured("[limits]\nsweep_interval = \"1s\"\n", "app.log");
  const auto client = follow("from=start");
  NumberedLines seen;
  read_numbered(*client, 10, seen);
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_NE(get("/metrics").body.find("\ntailwater_journal_degraded 0\n"), std::string::npos);

  refuse_writes(true);
  append_numbered_lines(log("app.log"), 0, 10, 10);
  read_numbered(*client, 20, seen);
  wait_for_readiness(503);
  const std::string said = get("/readyz").body;
  EXPECT_NE(said.find("in memory for now"), std::string::npos) << said;
  EXPECT_NE(said.find(daemon().state_dir()), std::string::npos) << said;
  EXPECT_NE(get("/metrics").body.find("\ntailwater_journal_degraded 1\n"), std::string::npos);
  // Who comes back meanwhile misses nothing.
  client->disconnect();
  append_numbered_lines(log("app.log"), 0, 20, 10);
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 30, seen);

  refuse_writes(false);
  wait_for_readiness(200);  // with nothing new to write: the sweep tries again
  client->disconnect();
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  append_numbered_lines(log("app.log"), 0, 30, 10);
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 40, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {40}, every_line), "");
}

}  // namespace
}  // namespace tailwater
