#include "config/load.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include "config/loading.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LoadConfiguration, FollowsVarLogWhenNothingIsSaid) {
  Loading disk;
  disk.make_directory("/var/log");
  const auto loaded = disk.load({"serve"});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->streams.size(), 1U);
  EXPECT_EQ(loaded->streams[0].name, "log");
  EXPECT_THAT(loaded->streams[0].paths, ElementsAre("/var/log"));
  EXPECT_EQ(loaded->file, "");
  EXPECT_THAT(loaded->warnings, IsEmpty());
}

TEST(LoadConfiguration, FollowsVarLogWhenTheFileHasNoStream) {
  Loading disk;
  const auto loaded = disk.load_toml("[server]\nthreads = 3\n");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->streams.at(0).name, "log");
}

TEST(LoadConfiguration, ReadsTheDefaultFileIfThereIsOne) {
  Loading disk;
  disk.write("/etc/tailwater/tailwater.toml", "[server]\nthreads = 3\n");
  const auto loaded = disk.load({"serve"});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->server.threads, 3U);
  EXPECT_EQ(loaded->file, "/etc/tailwater/tailwater.toml");
}

TEST(LoadConfiguration, TakesEveryKeyOfAFile) {
  Loading disk;
  const auto loaded = disk.load_toml(R"(
[server]
listen = ["127.0.0.1:1", "[::1]:2", "unix:/run/tailwater.sock"]
threads = 2
public_url = "https://logs.example.com:8443/x/"
base_path = "/x/"
allowed_hosts = ["a.example"]
trusted_proxies = ["127.0.0.1", "unix"]
state_dir = "/s"
log_level = "debug"
log_format = "json"
insecure = true
heartbeat = "20s"
shutdown_grace = "1s"
[limits]
clients = 1
clients_per_address = 2
head_bytes = "4KiB"
head_timeout = "3s"
stall_timeout = "4s"
max_record_bytes = "5KiB"
feed_bytes = "1MiB"
all_feeds_bytes = "7MiB"
feeds = 8
history_workers = 9
history_step_bytes = "100KiB"
journal_bytes = "11MiB"
journal_memory_bytes = "12MiB"
files = 13
glob_depth = 14
partial_after = "15s"
sweep_interval = "16s"
poll_interval = "17s"
retained_files = 18
retained_bytes = 19
retained_age = "20s"
[[stream]]
name = "nginx"
paths = ["/var/log/nginx/*.log"]
exclude = ["*.gz"]
max_record_bytes = 65536
[[stream]]
name = "b"
paths = ["/b"]
)");
  ASSERT_TRUE(loaded) << loaded.error().front().message;
  const ServerConfig& server = loaded->server;
  EXPECT_THAT(server.listen, ElementsAre("127.0.0.1:1", "[::1]:2", "unix:/run/tailwater.sock"));
  EXPECT_EQ(server.threads, 2U);
  EXPECT_EQ(server.public_url, "https://logs.example.com:8443/x");
  EXPECT_EQ(server.base_path, "/x");
  EXPECT_THAT(server.allowed_hosts, ElementsAre("a.example", "logs.example.com"));
  EXPECT_THAT(server.trusted_proxies, ElementsAre("127.0.0.1", "unix"));
  EXPECT_EQ(server.state_dir, "/s");
  EXPECT_EQ(server.log_level, "debug");
  EXPECT_EQ(server.log_format, "json");
  EXPECT_TRUE(server.insecure);
  EXPECT_EQ(server.heartbeat, Milliseconds(20'000));
  EXPECT_EQ(server.shutdown_grace, Milliseconds(1000));
  const LimitsConfig& limits = loaded->limits;
  EXPECT_EQ(limits.clients, 1U);
  EXPECT_EQ(limits.clients_per_address, 2U);
  EXPECT_EQ(limits.head_bytes, 4U << 10);
  EXPECT_EQ(limits.head_timeout, Milliseconds(3000));
  EXPECT_EQ(limits.stall_timeout, Milliseconds(4000));
  EXPECT_EQ(limits.max_record_bytes, 5U << 10);
  EXPECT_EQ(limits.feed_bytes, 1U << 20);
  EXPECT_EQ(limits.all_feeds_bytes, 7U << 20);
  EXPECT_EQ(limits.feeds, 8U);
  EXPECT_EQ(limits.history_workers, 9U);
  EXPECT_EQ(limits.history_step_bytes, 100U << 10);
  EXPECT_EQ(limits.journal_bytes, 11U << 20);
  EXPECT_EQ(limits.journal_memory_bytes, 12U << 20);
  EXPECT_EQ(limits.files, 13U);
  EXPECT_EQ(limits.glob_depth, 14U);
  EXPECT_EQ(limits.partial_after, Milliseconds(15'000));
  EXPECT_EQ(limits.sweep_interval, Milliseconds(16'000));
  EXPECT_EQ(limits.poll_interval, Milliseconds(17'000));
  EXPECT_EQ(limits.retained_files, 18U);
  EXPECT_EQ(limits.retained_bytes, 19U);
  EXPECT_EQ(limits.retained_age, Milliseconds(20'000));
  ASSERT_EQ(loaded->streams.size(), 2U);
  EXPECT_EQ(loaded->streams[0].name, "nginx");
  EXPECT_THAT(loaded->streams[0].paths, ElementsAre("/var/log/nginx/*.log"));
  EXPECT_THAT(loaded->streams[0].exclude, ElementsAre("*.gz"));
  EXPECT_EQ(loaded->streams[0].max_record_bytes, 65536U);
  EXPECT_EQ(loaded->streams[1].max_record_bytes, 5U << 10) << "the limits' own";
}

TEST(LoadConfiguration, PutsFlagsOverTheFile) {
  Loading disk;
  const auto loaded = disk.load_toml("[server]\nlisten = [\"127.0.0.1:1\"]\nthreads = 3\nlog_level = \"warn\"\n",
                                     {"--listen", "127.0.0.1:2", "--listen=[::1]:3", "--threads", "5"});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->server.listen, ElementsAre("127.0.0.1:2", "[::1]:3"));
  EXPECT_EQ(loaded->server.threads, 5U);
  EXPECT_EQ(loaded->server.log_level, "warn");
}

TEST(LoadConfiguration, TakesTheLastOfAFlagGivenTwice) {
  Loading disk;
  EXPECT_EQ(disk.load({"serve", "--threads", "5", "--threads", "7"})->server.threads, 7U);
}

TEST(LoadConfiguration, CountsCoresForZeroThreads) {
  Loading disk;
  EXPECT_EQ(disk.load({"serve", "--threads", "0"})->server.threads, 6U);
  EXPECT_EQ(disk.load({"serve"})->server.threads, 6U);
}

TEST(LoadConfiguration, AddsPathsToTheStreamsOfTheFile) {
  Loading disk;
  const auto loaded = disk.load_toml("[[stream]]\nname = \"syslog\"\npaths = [\"/a\"]\n", {"/var/log/syslog"});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->streams.size(), 2U);
  EXPECT_EQ(loaded->streams[1].name, "syslog-2");
  EXPECT_THAT(loaded->streams[1].paths, ElementsAre("/var/log/syslog"));
}

TEST(LoadConfiguration, WarnsOfAPathThatIsNotThereYet) {
  Loading disk;
  disk.write("/var/log/syslog", "");
  const auto loaded = disk.load({"serve", "/var/log/syslog", "/var/log/sylog", "/var/log/*.log"});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->warnings, ElementsAre("/var/log/sylog does not exist; it is followed when it appears"));
}

TEST(LoadConfiguration, AllowsReachableAddressesIfTold) {
  Loading disk;
  EXPECT_TRUE(disk.load({"serve", "--insecure", "--listen", "0.0.0.0:80"}));
  EXPECT_TRUE(disk.load_toml("[server]\ninsecure = true\n", {"--listen", "[::]:80"}));
  EXPECT_FALSE(disk.load({"serve", "--listen", "0.0.0.0:80"}));
}

TEST(LoadConfiguration, AllowsReachableAddressesWhereEverybodyMustSignIn) {
  Loading disk;
  EXPECT_TRUE(disk.load({"serve", "--tokens", "/etc/tailwater/tokens", "--listen", "0.0.0.0:80"}));
  EXPECT_TRUE(disk.load_toml("[[user]]\nname = \"ada\"\npassword = \"x\"\n", {"--listen", "[::]:80"}));
  EXPECT_TRUE(disk.load_toml("[auth]\njwt.algorithm = \"ES256\"\njwt.key = \"/k\"\n", {"--listen", "[::]:80"}));
  EXPECT_FALSE(disk.load_toml("[auth]\nanonymous = \"read\"\n", {"--listen", "[::]:80"}));
}

TEST(LoadConfiguration, NamesTheFlagThatIsWrong) {
  Loading disk;
  EXPECT_EQ(
      disk.errors_of({"serve", "--listen", "192.0.2.1:80", "--threads", "x", "--log-level", "loud", ""}),
      "--threads: 'x' is not a whole number (it takes a number, 0 to 1024)\n"
      "--log-level: 'loud' is not known (it takes one of trace, debug, info, warn, error, critical, off)\n"
      "PATH: the text is empty (name a file, a directory or a glob)\n"
      "--listen: '192.0.2.1:80' can be reached from other machines, and nobody is asked who they are (make a token "
      "with `tailwater token add` and name its file with --tokens or auth.tokens, listen on 127.0.0.1 or a unix "
      "socket behind a reverse proxy that asks, or allow it with --insecure or insecure = true)");
}

TEST(LoadConfiguration, BlamesTheFlagAndNotTheFileThatItReplaced) {
  Loading disk;
  const std::string errors = disk.errors_of_toml("[server]\nlisten = [\"127.0.0.1:1\"]\n", {"--listen", "nowhere"});
  EXPECT_EQ(errors, "--listen: 'nowhere' has no port (write host:port, [v6]:port or unix:/path)");
}

TEST(LoadConfiguration, RefusesBadGlobsOfTheCommandLine) {
  Loading disk;
  EXPECT_EQ(
      disk.errors_of({"serve", "/var/log/[x"}),
      "PATH: stream.paths: glob '/var/log/[x': the '[' at position 10 has no ']' (a \\ before a wildcard makes it "
      "an ordinary character)");
}

TEST(LoadConfiguration, RefusesFilesThatCannotBeRead) {
  Loading disk;
  EXPECT_EQ(disk.errors_of({"serve", "--config", "/none.toml"}),
            "--config: open /none.toml: No such file or directory (name a readable TOML file)");
  disk.make_directory("/folder");
  EXPECT_EQ(disk.errors_of({"check", "--config", "/folder"}),
            "--config: /folder is not a regular file (name a readable TOML file)");
  EXPECT_EQ(disk.errors_of_toml(std::string((1U << 20) + 1, '#')),
            "--config: /t.toml is larger than 1.0 MiB (name a readable TOML file)");
  EXPECT_EQ(disk.errors_of_toml(std::string(1U << 20, '#')), "");
}

TEST(LoadConfiguration, FindsARelativeFileFromWhereItStarted) {
  Loading disk;
  disk.write("/home/ann/mine.toml", "[server]\nthreads = 4\n");
  EXPECT_EQ(disk.load({"serve", "--config", "mine.toml"})->server.threads, 4U);
}

TEST(ChangesForNextStart, AreThoseThatAReloadCannotMake) {
  Configuration running;
  Configuration loaded;
  EXPECT_THAT(changes_for_next_start(running, loaded), IsEmpty());
  loaded.server.log_level = "debug";
  loaded.streams.emplace_back().name = "new";
  EXPECT_THAT(changes_for_next_start(running, loaded), IsEmpty());
  loaded.server.listen = {"127.0.0.1:1"};
  loaded.limits.files = 3;
  loaded.limits.partial_after = Milliseconds(1);
  EXPECT_THAT(changes_for_next_start(running, loaded),
              ElementsAre("server.listen", "limits.files", "limits.partial_after"));
}

}  // namespace
}  // namespace tailwater
