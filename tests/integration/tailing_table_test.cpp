// The plain tests in which other tailers lose or repeat lines, each through a client that follows by SSE. The numbers
// of lines are those with which the others were measured.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class TailingTable : public DaemonTest {
 protected:
  static constexpr int kRotations = 10;
  static constexpr std::uint64_t kLinesEach = load(20'000);

  /// app.log.8 to app.log.9 and so on, then app.log to app.log.1, as logrotate does it.
  void rotate_names() {
    for (int age = kRotations; age > 0; --age) {
      const std::string from = age == 1 ? log("app.log") : log("app.log." + std::to_string(age - 1));
      if (std::filesystem::exists(from)) std::filesystem::rename(from, log("app.log." + std::to_string(age)));
    }
  }
  /// Writes and rotates, ten times.
  void write_and_rotate(std::uint64_t first_seq = 0) {
    for (int round = 0; round < kRotations; ++round) {
      append_numbered_lines(log("app.log"), 0, first_seq, kLinesEach);
      first_seq += kLinesEach;
      std::this_thread::sleep_for(Milliseconds(300));
      if (round + 1 < kRotations) rotate_names();
    }
  }
  void make_inode_again(const std::string& path, ino_t wanted) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      std::filesystem::remove(path);
      append_to_file(path, "");
      struct stat status {};
      if (::stat(path.c_str(), &status) == 0 && status.st_ino == wanted) return;
    }
  }
  ino_t inode(const std::string& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_ino;
  }
};

TEST_F(TailingTable, TenRenameRotationsUnderAGlobThatMatchesTheRotatedNames) {
  append_to_file(log("app.log"), "");
  serve("app.log*");
  const auto client = follow("from=start");
  std::thread writer([&] { write_and_rotate(); });
  EXPECT_EQ(read_numbered(*client, {kRotations * kLinesEach}), "");
  writer.join();
}

TEST_F(TailingTable, TenRenameRotationsOfAnExactPath) {
  append_to_file(log("app.log"), "");
  serve("app.log");
  const auto client = follow("from=start");
  std::thread writer([&] { write_and_rotate(); });
  EXPECT_EQ(read_numbered(*client, {kRotations * kLinesEach}), "");
  writer.join();
}

TEST_F(TailingTable, TenRenameRotationsOfAnExactPathThatWasAbsentAtTheStart) {
  serve("app.log");
  const auto client = follow("from=start");
  std::thread writer([&] { write_and_rotate(); });
  EXPECT_EQ(read_numbered(*client, {kRotations * kLinesEach}), "");
  writer.join();
}

TEST_F(TailingTable, TruncatedAndRegrownPastTheOldOffsetWhileTheReaderIsPaused) {
  append_numbered_lines(log("app.log"), 0, 0, 3000);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 3000).size(), 3000U);
  daemon().send_signal(SIGSTOP);
  ASSERT_EQ(::truncate(log("app.log").c_str(), 0), 0);
  append_numbered_lines(log("app.log"), 0, 0, 4000);
  daemon().send_signal(SIGCONT);
  EXPECT_EQ(read_numbered(*client, {4000}), "");
}

TEST_F(TailingTable, UnlinkedAndMadeAgainWithTheSameInodeWhileStopped) {
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 1000).size(), 1000U);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  make_inode_again(log("app.log"), inode(log("app.log")));
  append_numbered_lines(log("app.log"), 0, 0, 2000);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(read_numbered_after_absence(*client, {2000}), "");
}

TEST_F(TailingTable, KilledInsideABacklogOfFourHundredThousandLines) {
  constexpr std::uint64_t kBacklog = load(400'000);
  append_numbered_lines(log("app.log"), 0, 0, kBacklog);
  serve();
  const auto client = follow("from=start");
  NumberedLines seen;
  for (const std::uint64_t until : {kBacklog / 8, kBacklog / 3, kBacklog / 5 * 4}) {
    while (seen.records.size() < until) {
      const auto event = client->next();
      ASSERT_TRUE(event) << seen.records.size();
      if (event->type == "log") seen.records.push_back({*find_line_number(event->data), 0});
    }
    daemon().kill();
    ASSERT_TRUE(daemon().start()) << daemon().failure();
    ASSERT_TRUE(client->connect());
  }
  read_numbered(*client, kBacklog, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {kBacklog}, every_line), "");
}

TEST_F(TailingTable, HalfALineThreeSecondsAndTheOtherHalf) {
  serve_configured("[limits]\npartial_after = \"0s\"\n");
  const auto client = follow("from=start");
  append_to_file(log("app.log"), "first half, ");
  EXPECT_EQ(unexpected_lines(*client, Milliseconds(3000)).size(), 0U);
  append_to_file(log("app.log"), "second half\n");
  EXPECT_EQ(next_lines(*client, 1), std::vector<std::string>{"first half, second half"});
}

TEST_F(TailingTable, AWriterThatDoesNotAppendLeavesAHoleOfNulsAfterTruncation) {
  const UniqueFd writer(::open(log("app.log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const auto write_line = [&](std::uint64_t seq) {
    const std::string line = numbered_line({0, seq});
    ASSERT_EQ(::write(writer.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
  };
  for (std::uint64_t seq = 0; seq < 1000; ++seq) write_line(seq);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 1000).size(), 1000U);
  ASSERT_EQ(::truncate(log("app.log").c_str(), 0), 0);
  for (std::uint64_t seq = 1000; seq < 1010; ++seq) write_line(seq);
  std::uint64_t expected = 1000;
  for (const std::string& line : next_lines(*client, 10)) {
    EXPECT_EQ(line.find('\0'), std::string::npos) << "NULs of the hole in a line";
    EXPECT_EQ(find_line_number(line), (LineNumber{0, expected++}));
  }
  EXPECT_EQ(expected, 1010U);
}

}  // namespace
}  // namespace tailwater
