// An ID that was sent before a rotated file was compressed goes on inside the compressed file.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

class Compressed : public DaemonTest, public testing::WithParamInterface<std::vector<std::string>> {
 protected:
  void rotate_and_compress() {
    std::filesystem::rename(log("app.log"), log("app.log.1"));
    ChildSettings settings;
    settings.command = GetParam();
    settings.command.push_back(log("app.log.1"));
    ASSERT_EQ(run_program(settings).exit_code(), 0);
    ASSERT_FALSE(std::filesystem::exists(log("app.log.1")));
  }
  std::string rotated(int number) {
    const std::string& program = GetParam().front();
    const std::string suffix = program == "gzip" ? ".gz" : program == "xz" ? ".xz" : ".zst";
    return log("app.log.") + std::to_string(number) + suffix;
  }
  /// A client that has had the first lines and is away now.
  std::unique_ptr<SseClient> client_with(std::uint64_t lines, NumberedLines& seen) {
    auto client = follow("from=start");
    while (seen.records.size() < lines) {
      const auto event = client->next("log");
      if (!event) break;
      seen.records.push_back({find_line_number(event->data).value_or(LineNumber{-1, 0}), 0});
    }
    client->disconnect();
    return client;
  }
};
INSTANTIATE_TEST_SUITE_P(By, Compressed,
                         testing::Values(std::vector<std::string>{"gzip"},
                                         std::vector<std::string>{"zstd", "-q", "--rm"},
                                         std::vector<std::string>{"xz"}));

TEST_P(Compressed, AnIdResumesInsideAfterARestart) {
  append_numbered_lines(log("app.log"), 0, 0, 5000);
  serve("app.log");
  NumberedLines seen;
  const auto client = client_with(2000, seen);
  ASSERT_EQ(seen.records.size(), 2000U);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  rotate_and_compress();
  append_numbered_lines(log("app.log"), 0, 5000, 100);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 5100, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {5100}, every_line), "");
  EXPECT_EQ(read_numbered(*follow("from=start"), {5100}), "");
}

TEST_P(Compressed, AnIdResumesInsideAfterTheDescriptorWasLetGo) {
  append_numbered_lines(log("app.log"), 0, 0, 5000);
  serve_configured("[limits]\nretained_files = 0\n", "app.log");
  NumberedLines seen;
  const auto client = client_with(2000, seen);
  ASSERT_EQ(next_lines(*follow("from=start"), 5000).size(), 5000U);
  rotate_and_compress();
  append_numbered_lines(log("app.log"), 0, 5000, 100);
  ASSERT_EQ(next_lines(*follow("from=start"), 5100).size(), 5100U);
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 5100, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {5100}, every_line), "");
}

// Written, rotated and compressed, all of it while the daemon was away.
TEST_P(Compressed, WhatWasNeverReadIsReadFromTheCompressedFile) {
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  serve("app.log");
  NumberedLines seen;
  const auto client = client_with(1000, seen);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  append_numbered_lines(log("app.log"), 0, 1000, 1000);
  rotate_and_compress();
  append_numbered_lines(log("app.log"), 0, 2000, 100);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 2100, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {2100}, every_line), "");
}

// Rotated and compressed twice while nobody could look: the first of the two lives in a compressed file alone, and the
// second was never at the path when somebody looked.
TEST_P(Compressed, WhatCameAndWentBetweenTwoLooksIsReadFromTheCompressedFile) {
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  serve("app.log");
  const auto client = follow("from=start");
  NumberedLines seen;
  read_numbered(*client, 1000, seen);
  daemon().send_signal(SIGSTOP);
  append_numbered_lines(log("app.log"), 0, 1000, 1000);
  rotate_and_compress();
  std::filesystem::rename(rotated(1), rotated(2));
  std::this_thread::sleep_for(Milliseconds(20));  // more than a tick of the clock of file systems
  append_numbered_lines(log("app.log"), 0, 2000, 1000);
  rotate_and_compress();
  append_numbered_lines(log("app.log"), 0, 3000, 100);
  daemon().send_signal(SIGCONT);
  read_numbered(*client, 3100, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {3100}, every_line), "");
  EXPECT_EQ(read_numbered(*follow("from=start"), {3100}), "");
}

// The same while the daemon was away.
TEST_P(Compressed, WhatCameAndWentWhileAwayIsReadFromTheCompressedFile) {
  append_numbered_lines(log("app.log"), 0, 0, 1000);
  serve("app.log");
  NumberedLines seen;
  const auto client = client_with(1000, seen);
  ASSERT_TRUE(daemon().terminate(Milliseconds(5000)));
  append_numbered_lines(log("app.log"), 0, 1000, 1000);
  rotate_and_compress();
  std::filesystem::rename(rotated(1), rotated(2));
  std::this_thread::sleep_for(Milliseconds(20));
  append_numbered_lines(log("app.log"), 0, 2000, 1000);
  rotate_and_compress();
  append_numbered_lines(log("app.log"), 0, 3000, 100);
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 3100, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {3100}, every_line), "");
}

// The file that was compressed while the daemon was away leaves the number of its inode to the next one at its path.
TEST_P(Compressed, AFileThatTakesTheInodeOfOneThatWasCompressedIsRead) {
  append_numbered_lines(log("app.log"), 0, 0, 100);
  serve("app.log");
  NumberedLines seen;
  const auto client = client_with(100, seen);
  daemon().kill();
  rotate_and_compress();
  ASSERT_TRUE(daemon().start()) << daemon().failure();
  append_numbered_lines(log("app.log"), 0, 100, 50);
  ASSERT_TRUE(client->connect());
  read_numbered(*client, 150, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {150}, every_line), "");
}

}  // namespace
}  // namespace tailwater
