// What rotations had made of a file before the daemon saw it for the first time: `from=start` reads through it, oldest
// first, at IDs that hold, and nobody else is told of it.
#include <thread>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Earlier : public DaemonTest, public testing::WithParamInterface<const char*> {
 protected:
  static constexpr std::uint64_t kLines = 400;

  /// Four generations of app.log, a hundred lines each.
  void make_generations() {
    append_numbered_lines(log("app.log.3"), 0, 0, 100);
    compress("gzip", "app.log.3");
    append_numbered_lines(log("app.log.2"), 0, 100, 100);
    compress("xz", "app.log.2");
    append_numbered_lines(log("app.log.1"), 0, 200, 100);
    append_numbered_lines(log("app.log"), 0, 300, 100);
  }
  void compress(const std::string& program, const std::string& name) {
    ChildSettings settings;
    settings.command = {program, log(name)};
    ASSERT_EQ(run_program(settings).exit_code(), 0);
  }
  void rename(const std::string& from, const std::string& to) { std::filesystem::rename(log(from), log(to)); }
  void rotate_on() {
    rename("app.log.3.gz", "app.log.4.gz");
    rename("app.log.2.xz", "app.log.3.xz");
    rename("app.log.1", "app.log.2");
    compress("gzip", "app.log.2");
    rename("app.log", "app.log.1");
    append_numbered_lines(log("app.log"), 0, kLines, 10);
  }
  /// Reads lines [seen, upto) and hangs up.
  void read_on(SseClient& client, NumberedLines& seen, std::uint64_t upto) {
    ASSERT_TRUE(client.connect());
    while (seen.records.size() < upto) {
      const auto event = client.next(Milliseconds(10'000));
      ASSERT_TRUE(event) << seen.records.size();
      if (event->type == "gap") seen.gaps += event->data;
      if (event->type == "log") seen.records.push_back({find_line_number(event->data).value_or(LineNumber{-1, 0}), 0});
    }
    client.disconnect();
  }
};
INSTANTIATE_TEST_SUITE_P(Patterns, Earlier, testing::Values("app.log", "app.log*", ""));

TEST_P(Earlier, GenerationsAreReadInOrderFromTheStart) {
  make_generations();
  serve(GetParam());
  EXPECT_EQ(read_numbered(*follow("from=start"), {kLines}), "");
  // Who asks for the end of it is not told of what was there before.
  EXPECT_EQ(lines_of(history("tail=1000")).size(), 100U);
  const std::string files = get("/api/streams").body;
  EXPECT_EQ(files.find("app.log.1"), std::string::npos) << files;
  EXPECT_EQ(daemon().errors().find("not followed"), std::string::npos) << daemon().errors();
}

TEST_P(Earlier, AnIdInsideOneHoldsOverRestartsAndRotations) {
  make_generations();
  serve(GetParam());
  NumberedLines seen;
  SseClient client(port(), "/api/events?from=start");
  for (std::uint64_t upto = 30; upto <= 180; upto += 30) read_on(client, seen, upto);
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  read_on(client, seen, 190);
  rotate_on();
  read_on(client, seen, 195);
  daemon().kill();
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  for (std::uint64_t upto = 200; upto <= 300; upto += 20) read_on(client, seen, upto);
  ASSERT_TRUE(client.connect());
  read_numbered(client, kLines + 10, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {kLines + 10}, every_line), "");
  EXPECT_EQ(read_numbered(*follow("from=start"), {kLines + 10}), "");
}

TEST_P(Earlier, OneThatIsGoneIsAGapOfUnknownSize) {
  make_generations();
  serve(GetParam());
  std::filesystem::remove(log("app.log.2.xz"));
  NumberedLines seen;
  read_numbered(*follow("from=start"), 300, seen);
  EXPECT_EQ(seen.records.size(), 300U);
  EXPECT_NE(seen.gaps.find("\"bytes\":null"), std::string::npos) << seen.gaps;
  EXPECT_NE(seen.gaps.find("\"reason\":\"rotated\""), std::string::npos) << seen.gaps;
}

TEST_P(Earlier, TheyBelongToAFileThatAppearsLaterAsWell) {
  if (std::string(GetParam()) != "app.log") GTEST_SKIP() << "else the rotated file is followed for itself by then";
  make_generations();
  std::filesystem::remove(log("app.log"));
  append_numbered_lines(log("other.log"), 1, 0, 1);
  // What is born less than a clock tick (10 ms) before the start counts as born after it.
  std::this_thread::sleep_for(Milliseconds(50));
  serve_configured("", "*.log");
  const auto live = follow("tail=0&file=app.log");
  append_numbered_lines(log("app.log"), 0, 300, 100);
  EXPECT_EQ(next_lines(*live, 100).size(), 100U);
  EXPECT_EQ(unexpected_lines(*live).size(), 0U);
  EXPECT_EQ(read_numbered(*follow("from=start&file=app.log"), {kLines}), "");
}

TEST_P(Earlier, WhatIsWrittenToTheLatestOfThemIsRead) {
  make_generations();
  serve(GetParam());
  const auto client = follow("from=start");
  NumberedLines seen;
  read_numbered(*client, kLines, seen);
  append_to_file(log("app.log.1"), "a line of a program that has not heard of the rotation\n");
  EXPECT_EQ(next_lines(*client, 1).size(), 1U);
  EXPECT_EQ(unexpected_lines(*client).size(), 0U);
}

}  // namespace
}  // namespace tailwater
