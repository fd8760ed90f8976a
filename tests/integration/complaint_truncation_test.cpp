// Complaints from the trackers of other tailers about truncation; the numbers are those of the list that they come
// from.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class ComplaintAboutTruncation : public DaemonTest {
 protected:
  void truncate(const std::string& name) { ASSERT_EQ(::truncate(log(name).c_str(), 0), 0); }
  void copytruncate(const std::string& name, const std::string& copy) {
    std::filesystem::copy_file(log(name), log(copy), std::filesystem::copy_options::overwrite_existing);
    truncate(name);
  }
  void gzip(const std::string& name) {
    ChildSettings settings;
    settings.command = {"gzip", "-f", log(name)};
    ASSERT_EQ(run_program(settings).exit_code(), 0);
  }
};

// 5: copytruncate, the same header again, the new size below the old offset.
TEST_F(ComplaintAboutTruncation, C05TheSameHeaderAgainResetsAndIsNeverStuck) {
  const std::string header = std::string(2000, '#') + "\n";
  append_to_file(log("app.log"), header + "one\ntwo\nthree\n");
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 4).size(), 4U);
  for (int round = 0; round < 5; ++round) {
    const std::string line = "round " + std::to_string(round);
    copytruncate("app.log", "app.log.1");
    append_to_file(log("app.log"), header + line + "\n");
    const Lines lines = next_lines(*client, 2);
    ASSERT_EQ(lines.size(), 2U) << line;
    EXPECT_EQ(lines[1], line);
  }
  EXPECT_EQ(unexpected_lines(*client), Lines{});
}

// 6: truncated while we were down, and regrown past the old offset.
TEST_F(ComplaintAboutTruncation, C06TruncatedWhileDownAndRegrownIsDetected) {
  append_numbered_lines(log("app.log"), 0, 0, 500);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 500).size(), 500U);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  truncate("app.log");
  append_numbered_lines(log("app.log"), 0, 0, 2000);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(read_numbered_after_absence(*client, {2000}), "");
}

// 6: the same after a kill, which leaves no time to write anything down.
TEST_F(ComplaintAboutTruncation, C06TruncatedAfterAKillAndRegrownIsDetected) {
  append_numbered_lines(log("app.log"), 0, 0, 500);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 500).size(), 500U);
  daemon().kill();
  truncate("app.log");
  append_numbered_lines(log("app.log"), 0, 0, 2000);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(read_numbered_after_absence(*client, {2000}), "");
}

// 7: truncated and rewritten in place, live.
TEST_F(ComplaintAboutTruncation, C07RewrittenInPlaceEachLineComesOnce) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 10).size(), 10U);
  for (std::uint64_t round = 1; round <= 10; ++round) {
    truncate("app.log");
    append_numbered_lines(log("app.log"), 0, 0, 10 + round);  // the whole content again and a line more
    const Lines lines = next_lines(*client, 10 + round);
    ASSERT_EQ(lines.size(), 10 + round);
    for (std::uint64_t seq = 0; seq < lines.size(); ++seq) EXPECT_EQ(find_line_number(lines[seq])->seq, seq);
  }
  EXPECT_EQ(unexpected_lines(*client), Lines{});
}

// 8: truncated, then restarted three times.
TEST_F(ComplaintAboutTruncation, C08RestartsAfterATruncationResendNothing) {
  append_numbered_lines(log("app.log"), 0, 0, 100);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 100).size(), 100U);
  truncate("app.log");
  append_to_file(log("app.log"), "fresh\n");
  ASSERT_EQ(next_lines(*client, 1), Lines{"fresh"});
  for (int restart = 0; restart < 3; ++restart) {
    ASSERT_TRUE(daemon().restart()) << daemon().failure();
    while (client->next(Milliseconds(200))) {
    }
    ASSERT_TRUE(client->connect());
    EXPECT_EQ(unexpected_lines(*client), Lines{}) << "restart " << restart;
  }
}

// 9: copytruncate twice with gzip, a restart half-way: 150 of 150 lines, whether the pattern finds the copies or not.
class CopytruncateWithGzip : public ComplaintAboutTruncation, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Patterns, CopytruncateWithGzip, testing::Values("app.log", "app.log*"));

TEST_P(CopytruncateWithGzip, C09OverARestart) {
  append_numbered_lines(log("app.log"), 0, 0, 50);
  serve(GetParam());
  const auto client = follow("from=start");
  NumberedLines seen;
  read_numbered(*client, 50, seen);
  copytruncate("app.log", "app.log.1");
  gzip("app.log.1");
  append_numbered_lines(log("app.log"), 0, 50, 50);
  read_numbered(*client, 100, seen);
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  std::filesystem::rename(log("app.log.1.gz"), log("app.log.2.gz"));
  copytruncate("app.log", "app.log.1");
  gzip("app.log.1");
  append_numbered_lines(log("app.log"), 0, 100, 50);
  read_numbered(*client, 150, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {150}, every_line), "");
}

// 19: NULs at the head after copytruncate, of a writer that does not append. The hole is longer than one read.
TEST_F(ComplaintAboutTruncation, C19ALongHoleOfNulsIsSkipped) {
  const UniqueFd writer(::open(log("app.log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const std::string long_line = std::string(999'999, 'x') + "\n";
  ASSERT_EQ(::write(writer.get(), long_line.data(), long_line.size()), static_cast<ssize_t>(long_line.size()));
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 4).size(), 4U);
  copytruncate("app.log", "app.log.1");
  ASSERT_EQ(::write(writer.get(), "after the hole\n", 15), 15);
  EXPECT_EQ(next_lines(*client, 1), Lines{"after the hole"});
  EXPECT_EQ(unexpected_lines(*client), Lines{});
}

// 19: fifty overwrites and appends in a tight loop. Content that was overwritten before anybody could read it is the
// kernel's to lose, but clients hear that the file was truncated; what stands there in the end is delivered; nothing
// comes twice.
TEST_F(ComplaintAboutTruncation, C19FiftyOverwritesInATightLoopRepeatNothingAndEndRight) {
  append_to_file(log("app.log"), "first\n");
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 1), Lines{"first"});
  for (int round = 0; round < 50; ++round) {
    const UniqueFd file(::open(log("app.log").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    const std::string line = "overwritten " + std::to_string(round) + "\n";
    ASSERT_EQ(::write(file.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    append_to_file(log("app.log"), "appended " + std::to_string(round) + "\n");
  }
  const auto events = client->read_until([](const SseEvent& event) { return line_of(event) == "appended 49"; });
  const Lines lines = lines_of(events);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size()) << "a line came twice";
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[lines.size() - 2], "overwritten 49");
  EXPECT_EQ(lines.back(), "appended 49");
  if (lines.size() < 101) {
    EXPECT_GT(count_of(events, "file"), 0U) << lines.size() << " of 101 lines and not a word of it";
  }
  EXPECT_EQ(unexpected_lines(*client), Lines{});
}

}  // namespace
}  // namespace tailwater
