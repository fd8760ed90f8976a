// Complaints from the trackers of other tailers about what they keep: descriptors of deleted files, state of dead ones.
#include <unistd.h>

#include <algorithm>

#include "support/daemon_test.h"

namespace tailwater {
namespace {

class ComplaintAboutLimits : public DaemonTest {
 protected:
  std::vector<std::string> deleted_files_held() {
    auto files = open_files(daemon().pid());
    // The names of what lies in /proc come and go as the kernel likes.
    std::erase_if(
        files, [this](const std::string& link) { return !link.ends_with(" (deleted)") || !link.starts_with(logs()); });
    return files;
  }
  bool within(Milliseconds limit, const std::function<bool()>& reached) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline) {
      if (reached()) return true;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    return false;
  }
};

// 11: a large file is unlinked while a client is stalled: its disk space is given back by the deadline, and the client
// is told what it will not get.
TEST_F(ComplaintAboutLimits, C11ADeletedFileIsLetGoInTimeAndTheGapAnnounced) {
  const std::string megabyte = [] {
    std::string text;
    while (text.size() < (1 << 20)) text += std::string(999, 'x') + "\n";
    return text;
  }();
  for (int i = 0; i < 64; ++i) append_to_file(log("big.log"), megabyte);
  serve_configured("[limits]\nretained_age = \"1s\"\nsweep_interval = \"200ms\"\nfeed_bytes = \"256KiB\"\n");
  SseClient stalled(port(), "/api/events?from=start");
  ASSERT_TRUE(stalled.connect());
  ASSERT_TRUE(stalled.next("log"));
  std::filesystem::remove(log("big.log"));
  EXPECT_TRUE(within(Milliseconds(5000), [&] { return deleted_files_held().empty(); })) << "disk space is still held";
  append_to_file(log("other.log"), "later\n");
  const auto events = stalled.read_until([](const SseEvent& event) { return line_of(event) == "later"; });
  ASSERT_EQ(lines_of(events).back(), "later");
  const auto gaps = events_of(events, "gap");
  ASSERT_EQ(gaps.size(), 1U);
  const auto gap = JsonValue::parse(gaps[0].data);
  ASSERT_TRUE(gap) << gaps[0].data;
  EXPECT_EQ((*gap)["reason"].text(), "evicted");
  EXPECT_GT((*gap)["bytes"].number(), 0);
}

// 11: within the budget the client gets all of it.
TEST_F(ComplaintAboutLimits, C11ADeletedFileIsReadToItsEndWithinTheBudget) {
  append_numbered_lines(log("app.log"), 0, 0, 200'000);
  serve();
  const auto client = follow("from=start");
  ASSERT_TRUE(client->next("log"));
  std::filesystem::remove(log("app.log"));
  NumberedLines seen;
  seen.records.push_back({{0, 0}, 0});
  read_numbered(*client, 200'000, seen);
  EXPECT_EQ(seen.gaps + compare_with_oracle(seen.records, {200'000}, every_line), "");
}

// 17: thousands of dead files leave nothing behind.
TEST_F(ComplaintAboutLimits, C17ThousandsOfDeadFilesLeaveNothingBehind) {
  serve_configured("[limits]\njournal_bytes = \"4MiB\"\nretained_age = \"1s\"\nsweep_interval = \"200ms\"\n");
  const auto client = follow("tail=0");
  ASSERT_TRUE(client->next("caught-up"));
  constexpr int kBatch = 100;
  for (int batch = 0; batch < 30; ++batch) {
    for (int file = 0; file < kBatch; ++file) {
      append_to_file(log("job-" + std::to_string(batch * kBatch + file) + ".log"), "a line\n");
    }
    ASSERT_EQ(next_lines(*client, kBatch).size(), static_cast<std::size_t>(kBatch)) << "batch " << batch;
    for (const auto& entry : std::filesystem::directory_iterator(logs())) std::filesystem::remove(entry.path());
  }
  EXPECT_TRUE(within(Milliseconds(20'000), [&] { return deleted_files_held().empty(); }))
      << testing::PrintToString(deleted_files_held());
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon().state_dir())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    bytes += entry.file_size();
  }
  EXPECT_LE(files, 16U);
  EXPECT_LE(bytes, 5U << 20);
  EXPECT_LT(open_files(daemon().pid()).size(), 100U);
}

}  // namespace
}  // namespace tailwater
