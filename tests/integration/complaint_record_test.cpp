// Complaints from the trackers of other tailers about small files, long lines and last lines.
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class ComplaintAboutRecords : public DaemonTest {
 protected:
  /// The lines of all parts and how many were flagged as parts.
  struct Parts {
    std::string joined;
    std::size_t truncated = 0;
    std::size_t whole = 0;
  };
  static Parts parts_of(const std::vector<SseEvent>& events) {
    Parts parts;
    for (const SseEvent& event : events_of(events, "log")) {
      const auto data = JsonValue::parse(event.data);
      if (!data) continue;
      parts.joined += (*data)["line"].text();
      ((*data)["truncated"].boolean() ? parts.truncated : parts.whole) += 1;
    }
    return parts;
  }
};

// 10: a file of ten bytes, two empty files: delivered under a second, and kept apart.
TEST_F(ComplaintAboutRecords, C10TinyAndEmptyFilesAreDeliveredAndKeptApart) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  append_to_file(log("tiny.log"), "ten bytes\n");
  append_to_file(log("empty-1.log"), "");
  append_to_file(log("empty-2.log"), "");
  EXPECT_EQ(next_lines(*client, 1, Milliseconds(3000)), Lines{"ten bytes"});
  append_to_file(log("empty-2.log"), "second\n");
  const auto second = client->next("log", Milliseconds(3000));
  ASSERT_TRUE(second);
  EXPECT_NE(second->data.find("empty-2.log"), std::string::npos) << second->data;
  append_to_file(log("empty-1.log"), "first\n");
  const auto first = client->next("log", Milliseconds(3000));
  ASSERT_TRUE(first);
  EXPECT_NE(first->data.find("empty-1.log"), std::string::npos) << first->data;
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  EXPECT_EQ(lines_of(history("from=start")), (Lines{"ten bytes", "second", "first"}));
}

// 12: lines of a megabyte and of the buffer's very size: all there, the next line intact, the offset right after a
// restart, and no spinning.
TEST_F(ComplaintAboutRecords, C12LongLinesAreWholeInTheirPartsAndTheNextOneIntact) {
  serve();
  const auto client = follow("from=start");
  constexpr std::size_t kLimit = 256 << 10;
  for (const std::size_t length : {kLimit - 1, kLimit, kLimit + 1, 2 * kLimit, std::size_t{1'000'000}}) {
    const std::string line(length, static_cast<char>('a' + length % 26));
    const std::string next = "next after " + std::to_string(length);
    append_to_file(log("app.log"), line + "\n" + next + "\n");
    const auto events = client->read_until([&](const SseEvent& event) { return line_of(event) == next; });
    const Parts parts = parts_of(events);
    EXPECT_EQ(parts.joined == line + next, true) << length;
    EXPECT_EQ(parts.truncated, length > kLimit ? (length + kLimit - 1) / kLimit : 0) << length;
    ASSERT_TRUE(daemon().restart()) << daemon().failure();
    while (client->next(Milliseconds(500))) {
    }
    ASSERT_TRUE(client->connect());
    EXPECT_EQ(unexpected_lines(*client, Milliseconds(150)), Lines{}) << length;
  }
  const double before = process_cpu_seconds(daemon().pid());
  std::this_thread::sleep_for(Milliseconds(1000));
  EXPECT_LT(process_cpu_seconds(daemon().pid()) - before, 0.05) << "it spins";
}

// 12: a long line that arrives slowly, without an end in sight.
TEST_F(ComplaintAboutRecords, C12ALineThatNeverEndsIsBoundedAndNothingOfItDropped) {
  serve();
  const auto client = follow("from=start");
  std::string written;
  for (int part = 0; part < 40; ++part) {
    const std::string bytes(100'000, static_cast<char>('a' + part % 26));
    append_to_file(log("app.log"), bytes);
    written += bytes;
  }
  append_to_file(log("app.log"), "\nend\n");
  const auto events = client->read_until([&](const SseEvent& event) { return line_of(event) == "end"; });
  const Parts parts = parts_of(events);
  EXPECT_TRUE(parts.joined == written + "end") << parts.joined.size() << " of " << written.size();
  const Parts replayed = parts_of(history("from=start"));
  EXPECT_TRUE(replayed.joined == parts.joined);
  EXPECT_EQ(replayed.truncated, parts.truncated);
}

// 16: a last line without newline: shown after a while, never twice, over a restart too.
TEST_F(ComplaintAboutRecords, C16ALastLineWithoutNewlineComesOnceOverARestart) {
  append_to_file(log("app.log"), "whole\nlast words");
  serve_configured("[limits]\npartial_after = \"200ms\"\n");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 2), (Lines{"whole", "last words"}));
  ASSERT_TRUE(daemon().restart()) << daemon().failure();
  while (client->next(Milliseconds(200))) {
  }
  ASSERT_TRUE(client->connect());
  EXPECT_EQ(unexpected_lines(*client, Milliseconds(600)), Lines{});
  append_to_file(log("app.log"), "\nnew\n");
  const auto lines = next_lines(*client, 1);
  // The newline ends a line that was shown already; whether the empty rest is a record is the splitter's rule.
  ASSERT_FALSE(lines.empty());
  if (lines.back() != "new") {
    EXPECT_EQ(next_lines(*client, 1), Lines{"new"});
  }
}

}  // namespace
}  // namespace tailwater
