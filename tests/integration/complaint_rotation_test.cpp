// Complaints from the trackers of other tailers about rotation; the numbers are those of the list that they come from.
#include <sys/stat.h>
#include <unistd.h>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class ComplaintAboutRotation : public DaemonTest {
 protected:
  static ino_t inode(const std::string& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_ino;
  }
  void rename(const std::string& from, const std::string& to) { std::filesystem::rename(log(from), log(to)); }
  /// One line of this many bytes, newline included, that is the same whenever it is asked for.
  static std::string header(std::size_t bytes) { return std::string(bytes - 1, '#') + "\n"; }
};

// 1: 300 MB burst, renamed at once, the reader slower than any "rotate wait".
TEST_F(ComplaintAboutRotation, C01ABurstThatIsRenamedAtOnceIsReadToItsEnd) {
  constexpr std::uint64_t kBurst = load(1'600'000);
  constexpr std::uint64_t kBatch = 20'000;
  append_to_file(log("app.log"), "");
  serve("app.log");
  const auto client = follow("from=start");
  for (std::uint64_t seq = 0; seq < kBurst; seq += kBatch) append_numbered_lines(log("app.log"), 0, seq, kBatch);
  rename("app.log", "app.log.1");
  append_numbered_lines(log("app.log"), 0, kBurst, 10);
  std::this_thread::sleep_for(Milliseconds(1000));  // the reader is slow
  EXPECT_EQ(read_numbered(*client, {kBurst + 10}, Milliseconds(60'000)), "");
}

// 3: deleted and made again with the same inode and longer content, while stopped.
TEST_F(ComplaintAboutRotation, C03TheSameInodeWithLongerContentIsReadFromItsBeginning) {
  append_numbered_lines(log("app.log"), 0, 0, 100);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 100).size(), 100U);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  const ino_t wanted = inode(log("app.log"));
  for (int attempt = 0; attempt < 20; ++attempt) {  // the file system decides whether it gives the number again
    std::filesystem::remove(log("app.log"));
    append_numbered_lines(log("app.log"), 0, 0, 300);
    if (inode(log("app.log")) == wanted) break;
  }
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(read_numbered_after_absence(*client, {300}), "");
}

// 4: two files that share their first line, or their first kilobytes.
TEST_F(ComplaintAboutRotation, C04FilesThatBeginAlikeAreBothReadWhole) {
  for (const std::size_t shared : {100U, 1000U, 1024U, 5000U}) {
    for (int file = 0; file < 2; ++file) {
      const std::string path = log("app-" + std::to_string(shared) + "-" + std::to_string(file) + ".log");
      append_to_file(path, header(shared) + "tail of " + path + "\n");
    }
  }
  serve();
  EXPECT_EQ(lines_of(history("from=start")).size(), 16U);
}

// 4: the old file and the new one share their first line, or their first kilobytes.
TEST_F(ComplaintAboutRotation, C04AnOldAndANewFileThatBeginAlikeAreBothReadWhole) {
  for (const std::size_t shared : {100U, 1024U, 5000U}) {
    const std::string name = "app-" + std::to_string(shared) + ".log";
    append_to_file(log(name), header(shared) + "old\n");
  }
  serve("app-*.log*");
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 6).size(), 6U);
  for (const std::size_t shared : {100U, 1024U, 5000U}) {
    const std::string name = "app-" + std::to_string(shared) + ".log";
    rename(name, name + ".1");
    append_to_file(log(name), header(shared) + "new\n");
    const Lines lines = next_lines(*client, 2);
    ASSERT_EQ(lines.size(), 2U) << shared;
    EXPECT_EQ(lines[1], "new");
  }
  EXPECT_EQ(unexpected_lines(*client), Lines{});
}

// 18: renamed while the daemon was stopped.
TEST_F(ComplaintAboutRotation, C18ARenameWhileStoppedRepeatsNothing) {
  for (const char* pattern : {"app.log", "app.log*"}) {
    append_numbered_lines(log("app.log"), 0, 0, 100);
    serve(pattern);
    const auto client = follow("from=start");
    ASSERT_EQ(next_lines(*client, 100).size(), 100U);
    append_numbered_lines(log("app.log"), 0, 100, 50);
    ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
    append_numbered_lines(log("app.log"), 0, 150, 50);
    rename("app.log", "app.log.1");
    append_numbered_lines(log("app.log"), 0, 200, 100);
    ASSERT_TRUE(daemon().start()) << daemon().failure();
    client->disconnect();
    NumberedLines seen;
    for (const SseEvent& event : client->events()) {
      if (event.type == "log") seen.records.push_back({*find_line_number(event.data), 0});
    }
    client->events().clear();
    ASSERT_TRUE(client->connect());
    read_numbered(*client, 200, seen);
    EXPECT_EQ(seen.gaps, "") << pattern;
    std::uint64_t expected = 100;
    for (const ReceivedRecord& record : seen.records) EXPECT_EQ(record.line.seq, expected++) << pattern;
    EXPECT_EQ(expected, 300U) << pattern;
    daemon().kill();
    for (const char* name : {"app.log", "app.log.1"}) std::filesystem::remove(log(name));
  }
}

// 18: a file that first appears after the start and then rotates.
TEST_F(ComplaintAboutRotation, C18AFileThatAppearsLaterAndThenRotatesIsReadWhole) {
  serve("app.log");
  const auto client = follow("from=start");
  std::uint64_t seq = 0;
  for (int rotation = 1; rotation <= 5; ++rotation) {
    append_numbered_lines(log("app.log"), 0, seq, 1000);
    for (int age = rotation; age > 1; --age) {
      rename("app.log." + std::to_string(age - 1), "app.log." + std::to_string(age));
    }
    rename("app.log", "app.log.1");
    seq += 1000;
    std::this_thread::sleep_for(Milliseconds(50));
  }
  append_numbered_lines(log("app.log"), 0, seq, 10);
  EXPECT_EQ(read_numbered(*client, {seq + 10}), "");
}

// 20: a symlink that is pointed elsewhere thirty times.
TEST_F(ComplaintAboutRotation, C20ASymlinkThatIsSwappedThirtyTimes) {
  append_to_file(log("target-0"), "");
  std::filesystem::create_symlink("target-0", log("current.log"));
  serve("current.log");
  const auto client = follow("from=start");
  for (std::uint64_t swap = 1; swap <= 30; ++swap) {
    const std::string target = "target-" + std::to_string(swap);
    append_numbered_lines(log(target), 0, (swap - 1) * 10, 5);
    std::filesystem::create_symlink(target, log("next"));
    rename("next", "current.log");
    ASSERT_EQ(next_lines(*client, 5).size(), 5U) << "swap " << swap;
    append_numbered_lines(log(target), 0, (swap - 1) * 10 + 5, 5);
    ASSERT_EQ(next_lines(*client, 5).size(), 5U) << "swap " << swap;
  }
  const auto replay = std::make_unique<SseClient>(port(), "/api/events?from=start");
  ASSERT_TRUE(replay->connect());
  EXPECT_EQ(read_numbered(*replay, {300}), "");
}

// 20: the folder itself is removed and made again.
TEST_F(ComplaintAboutRotation, C20AFolderThatIsRemovedAndMadeAgain) {
  std::filesystem::create_directory(log("sub"));
  serve("sub/*.log");
  const auto client = follow("from=start");
  ASSERT_TRUE(client->next("caught-up"));
  for (std::uint64_t round = 0; round < 10; ++round) {
    append_numbered_lines(log("sub/app.log"), 0, round * 10, 10);
    ASSERT_EQ(next_lines(*client, 10, Milliseconds(3000)).size(), 10U) << "round " << round;
    std::filesystem::remove_all(log("sub"));
    std::filesystem::create_directory(log("sub"));
  }
}

// 20: and a file of it is held open for longer than it takes to notice: the kernel then says nothing of the folder.
TEST_F(ComplaintAboutRotation, C20AFolderThatIsRemovedLongAfterItsLastFile) {
  std::filesystem::create_directory(log("sub"));
  serve_configured("[limits]\nsweep_interval = \"60s\"\n", "sub/*.log");
  append_numbered_lines(log("sub/app.log"), 0, 0, 10);
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 10).size(), 10U);
  std::filesystem::remove(log("sub/app.log"));
  std::this_thread::sleep_for(Milliseconds(100));  // the first look is over, and the daemon still has the file open
  std::filesystem::remove(log("sub"));
  std::filesystem::create_directory(log("sub"));
  append_numbered_lines(log("sub/app.log"), 0, 10, 10);
  EXPECT_EQ(next_lines(*client, 10, Milliseconds(5000)).size(), 10U);
}

// A client that is hundreds of rotations behind, all of whose files are still there.
TEST_F(ComplaintAboutRotation, AClientThatIsHundredsOfRotationsBehindMissesNothing) {
  serve_configured("[limits]\nretained_files = 0\n", "app.log");
  append_numbered_lines(log("app.log"), 0, 0, 10);
  const auto client = follow("from=start");
  NumberedLines seen;
  read_numbered(*client, 10, seen);
  client->disconnect();
  constexpr std::uint64_t kRotations = 200;
  for (std::uint64_t i = 1; i <= kRotations; ++i) {
    std::filesystem::rename(log("app.log"), log("app.log." + std::to_string(1000 - i)));
    append_numbered_lines(log("app.log"), 0, i * 10, 10);
    const std::string generation = "\"generation\":" + std::to_string(i) + ",";
    const auto deadline = std::chrono::steady_clock::now() + SseClient::kPatience;
    while (get("/api/streams").body.find(generation) == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "rotation " << i;
      std::this_thread::sleep_for(Milliseconds(1));
    }
  }
  ASSERT_TRUE(client->connect());
  read_numbered(*client, (kRotations + 1) * 10, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {(kRotations + 1) * 10}, every_line), "");
}

}  // namespace
}  // namespace tailwater
