// Watched folders that somebody else fills: with links, pipes, devices, names and sizes that nobody would choose.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;
using ::testing::HasSubstr;
using ::testing::Not;

class Hostile : public DaemonTest {
 protected:
  [[nodiscard]] std::size_t times_said(const std::string& text) const {
    const std::string all = daemon().errors();
    std::size_t count = 0;
    for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }
};

TEST_F(Hostile, PipesDevicesSocketsAndLoopsAreNotOpened) {
  append_to_file(log("a.log"), "a1\n");
  ASSERT_EQ(::mkfifo(log("pipe.log").c_str(), 0644), 0);
  ASSERT_EQ(::symlink("loop.log", log("loop.log").c_str()), 0);
  const bool device = ::mknod(log("zero.log").c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0;
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  EXPECT_TRUE(says("pipe.log is not followed: it is a FIFO"));
  EXPECT_TRUE(!device || says("zero.log is not followed: it is a device"));
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
}

TEST_F(Hostile, ALogThatIsSwappedForALinkDuringRotationIsNotFollowed) {
  append_to_file(outside("secret"), "secret-4711\n");
  append_to_file(log("a.log"), "a1\n");
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  for (int i = 0; i < 20; ++i) {
    std::filesystem::rename(log("a.log"), log("a.log." + std::to_string(i)));
    ASSERT_EQ(::symlink(outside("secret").c_str(), log("a.log").c_str()), 0);
    std::filesystem::remove(log("a.log"));
    append_to_file(log("a.log"), "next " + std::to_string(i) + "\n");
    EXPECT_EQ(next_lines(*client, 1), Lines{"next " + std::to_string(i)});
  }
  std::filesystem::remove(log("a.log"));
  ASSERT_EQ(::symlink(outside("secret").c_str(), log("a.log").c_str()), 0);
  EXPECT_TRUE(says("a.log is not followed: it leads to " + outside("secret")));
  append_to_file(outside("secret"), "secret-4712\n");
  EXPECT_THAT(get("/api/events?from=start&follow=0").body, Not(HasSubstr("secret-47")));
}

TEST_F(Hostile, ALinkedFolderLeadsNowhereOutside) {
  std::filesystem::create_directory(outside("private"));
  append_to_file(outside("private") + "/x.log", "secret-4711\n");
  append_to_file(log("a.log"), "a1\n");
  ASSERT_EQ(::symlink(outside("private").c_str(), log("sub").c_str()), 0);
  serve("**/*.log");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  append_to_file(outside("private") + "/x.log", "secret-4712\n");
  append_to_file(log("a.log"), "a2\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a2"});
  EXPECT_THAT(get("/api/events?from=start&follow=0").body, Not(HasSubstr("secret-47")));
}

TEST_F(Hostile, NamesWithControlBytesAreEscapedWhereverTheyAreTold) {
  const std::string name = "a\nid: 1.1.1\n\x1b[31mred\x07\"<b>\xff.log";
  append_to_file(log(name), "a1\n");
  ASSERT_EQ(::mkfifo(log("pipe\n\x1b[2J.log").c_str(), 0644), 0);
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  const std::string escaped = R"(a\nid: 1.1.1\n\u001b[31mred\u0007\"<b>)";
  for (const char* target : {"/api/streams", "/api/events?from=start&follow=0"}) {
    const HttpReply reply = get(target);
    EXPECT_THAT(reply.body, HasSubstr(escaped)) << target;
    EXPECT_THAT(reply.body, Not(HasSubstr("\x1b"))) << target;
    EXPECT_THAT(reply.body, Not(HasSubstr("\nid: 1.1.1\n"))) << target;
  }
  EXPECT_TRUE(says("is not followed: it is a FIFO"));
  EXPECT_THAT(daemon().errors(), HasSubstr("pipe\\u000a\\u001b[2J.log"));
  EXPECT_THAT(daemon().errors() + daemon().output(), Not(HasSubstr("\x1b")));
}

TEST_F(Hostile, ANameThatLooksLikeAHeaderMakesNone) {
  append_to_file(log("a\r\nX-Evil: 1\r\n\"; filename=b.log"), "a1\n");
  serve_configured("", "*.log");
  const auto client = follow("from=start");
  const auto event = client->next("log");
  ASSERT_TRUE(event);
  const std::string key = event->id.substr(0, event->id.find('.'));
  for (const char* format : {"text", "ndjson"}) {
    const HttpReply reply = get("/api/raw/app/" + key + "?format=" + format);
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("x-evil"), "") << reply.head;
    EXPECT_THAT(reply.header("content-disposition"),
                HasSubstr("attachment; filename=\"a__X-Evil__1_____filename_b.log"));
  }
}

TEST_F(Hostile, AHardLinkToSomebodyElsesFileIsNotFollowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  append_to_file(outside("theirs"), "secret-4711\n");
  ASSERT_EQ(::chown(outside("theirs").c_str(), 12345, 12345), 0);
  ASSERT_EQ(::chown(logs().c_str(), 54321, 54321), 0);
  append_to_file(log("a.log"), "a1\n");
  ASSERT_EQ(::link(outside("theirs").c_str(), log("linked.log").c_str()), 0);
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  EXPECT_TRUE(says("linked.log is not followed: it is a hard link"));
  EXPECT_THAT(get("/api/events?from=start&follow=0").body, Not(HasSubstr("secret-47")));
}

TEST_F(Hostile, AFolderThatAnybodyMayWriteToIsToldOfOnce) {
  append_to_file(log("a.log"), "a1\n");
  std::filesystem::permissions(logs(), std::filesystem::perms::all);
  serve_configured("[limits]\nsweep_interval = \"100ms\"\n");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  for (int i = 0; i < 3; ++i) {
    append_to_file(log("new" + std::to_string(i) + ".log"), "x\n");
    EXPECT_EQ(next_lines(*client, 1), Lines{"x"});
  }
  EXPECT_EQ(times_said("every user may write here"), 1U);
}

TEST_F(Hostile, MoreFilesThanTheLimitAreToldOfOnceAndHoldNothingUp) {
  const int many = load(5000);
  for (int i = 0; i < many; ++i) append_to_file(log("f" + std::to_string(i) + ".log"), "x\n");
  serve_configured("[limits]\nfiles = 100\nsweep_interval = \"100ms\"\n");
  const std::string refused = "\ntailwater_ingest_files_refused " + std::to_string(many - 100) + "\n";
  const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
  while (get("/metrics").body.find(refused) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(Milliseconds(20));
  }
  EXPECT_NE(get("/metrics").body.find(refused), std::string::npos);
  EXPECT_LE(times_said("raise limits.files"), 2U);
  // Room for one: a file that was left out takes its place.
  const auto client = follow("tail=0");
  for (int i = 0; i < many; ++i) std::filesystem::remove(log("f" + std::to_string(i) + ".log"));
  append_to_file(log("last.log"), "last\n");
  Lines lines;
  while (lines.empty() || lines.back() != "last") {  // before it those that were taken while others went
    lines = next_lines(*client, 1);
    ASSERT_EQ(lines.size(), 1U);
  }
}

TEST_F(Hostile, ALineOfManyMegabytesNeedsLittleMemory) {
  const int megabytes = load(100);
  append_to_file(log("a.log"), "a1\n");
  serve();
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"a1"});
  const std::string piece(1U << 20, 'x');
  for (int i = 0; i < megabytes; ++i) append_to_file(log("a.log"), piece);
  append_to_file(log("a.log"), "\nnext\n");
  std::uint64_t bytes = 0;
  std::string line;
  while (line != "next") {
    const auto lines = next_lines(*client, 1);
    ASSERT_EQ(lines.size(), 1U);
    line = lines.front();
    if (line != "next") bytes += line.size();
  }
  EXPECT_EQ(bytes, static_cast<std::uint64_t>(megabytes) << 20);
  const std::uint64_t most_kib = kSanitized ? 1U << 30 : 100U << 10;
  EXPECT_LT(process_status(daemon().pid(), "VmHWM"), most_kib);
}

}  // namespace
}  // namespace tailwater
