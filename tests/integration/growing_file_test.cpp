// Files as they grow: partial lines, new files, folders that are not there yet, truncation.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "support/build_kind.h"
#include "support/daemon_test.h"

namespace tailwater {
namespace {

using Lines = std::vector<std::string>;

class GrowingFile : public DaemonTest {};

TEST_F(GrowingFile, HalfALineWaitsForItsOtherHalf) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  append_to_file(log("app.log"), "whole\nfirst half, ");
  EXPECT_EQ(next_lines(*client, 1), Lines{"whole"});
  EXPECT_EQ(unexpected_lines(*client), Lines{});
  append_to_file(log("app.log"), "second half\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"first half, second half"});
}

TEST_F(GrowingFile, ALastLineWithoutNewlineIsShownAfterTheQuietTimeAndNeverTwice) {
  append_to_file(log("app.log"), "whole\nno newline");
  serve_configured("[limits]\npartial_after = \"300ms\"\n");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"whole"});
  const auto partial = client->next("log");
  ASSERT_TRUE(partial);
  const auto data = JsonValue::parse(partial->data);
  ASSERT_TRUE(data);
  EXPECT_EQ((*data)["line"].text(), "no newline");
  EXPECT_TRUE((*data)["partial"].boolean());
  append_to_file(log("app.log"), " but more\nnext\n");
  EXPECT_EQ(next_lines(*client, 2), (Lines{" but more", "next"}));
  EXPECT_EQ(lines_of(history("from=start")), (Lines{"whole", "no newline", " but more", "next"}));
}

TEST_F(GrowingFile, LinesWrittenByteByByteAreOneRecordEach) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  for (const char byte : std::string("slow\nwriter\r\n")) append_to_file(log("app.log"), std::string(1, byte));
  EXPECT_EQ(next_lines(*client, 2), (Lines{"slow", "writer"}));
}

TEST_F(GrowingFile, ANewFileIsFollowedWithinAHundredMilliseconds) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  auto fastest = Milliseconds::max();
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto begin = std::chrono::steady_clock::now();
    append_to_file(log("new-" + std::to_string(attempt) + ".log"), "hello\n");
    ASSERT_EQ(next_lines(*client, 1), Lines{"hello"});
    fastest = std::min(fastest, std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - begin));
  }
  EXPECT_LE(fastest, Milliseconds(kSanitized ? 500 : 100));
}

TEST_F(GrowingFile, AFileThatAppearsIsAnnounced) {
  serve();
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  append_to_file(log("new.log"), "hello\n");
  const auto change = client->next("file");
  ASSERT_TRUE(change);
  const auto data = JsonValue::parse(change->data);
  ASSERT_TRUE(data) << change->data;
  EXPECT_EQ((*data)["change"].text(), "appeared");
  EXPECT_NE((*data)["file"].text().find("new.log"), std::string::npos);
  EXPECT_FALSE(change->own_id);
}

TEST_F(GrowingFile, FoldersThatDoNotExistYetAreWaitedFor) {
  serve("not/yet/here/*.log");
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  std::filesystem::create_directories(log("not/yet/here"));
  append_to_file(log("not/yet/here/app.log"), "at last\n");
  EXPECT_EQ(next_lines(*client, 1, Milliseconds(2000)), Lines{"at last"});
}

TEST_F(GrowingFile, AStarStarFindsFilesInNewFolders) {
  serve("**/*.log");
  const auto client = follow("");
  ASSERT_TRUE(client->next("caught-up"));
  std::filesystem::create_directories(log("a/b"));
  append_to_file(log("a/b/deep.log"), "deep\n");
  EXPECT_EQ(next_lines(*client, 1, Milliseconds(2000)), Lines{"deep"});
  append_to_file(log("top.log"), "top\n");
  EXPECT_EQ(next_lines(*client, 1, Milliseconds(2000)), Lines{"top"});
}

TEST_F(GrowingFile, AFolderAsPathIsAllThatLiesInIt) {
  append_to_file(log("one.log"), "one\n");
  serve("");
  const auto client = follow("from=start");
  EXPECT_EQ(next_lines(*client, 1), Lines{"one"});
  append_to_file(log("two.txt"), "two\n");
  EXPECT_EQ(next_lines(*client, 1), Lines{"two"});
}

TEST_F(GrowingFile, TruncationIsAnnouncedAndTheFileReadAgain) {
  append_numbered_lines(log("app.log"), 0, 0, 100);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 100).size(), 100U);
  ASSERT_EQ(::truncate(log("app.log").c_str(), 0), 0);
  append_to_file(log("app.log"), "fresh\n");
  const auto events = client->read_until("log");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(lines_of(events), Lines{"fresh"});
  EXPECT_EQ(count_of(events, "gap"), 0U);
  const auto changes = events_of(events, "file");
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ((*JsonValue::parse(changes[0].data))["change"].text(), "truncated");
}

// An open line had been seen and not yet sent when the file was truncated.
TEST_F(GrowingFile, WhatWasTruncatedUnreadIsAGap) {
  append_to_file(log("app.log"), "whole\nhalf a line");
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 1), Lines{"whole"});
  ASSERT_TRUE(client->next("caught-up"));
  ASSERT_EQ(::truncate(log("app.log").c_str(), 0), 0);
  append_to_file(log("app.log"), "fresh\n");
  const auto gap = client->next("gap");
  ASSERT_TRUE(gap);
  EXPECT_TRUE(gap->own_id);
  const auto data = JsonValue::parse(gap->data);
  ASSERT_TRUE(data) << gap->data;
  EXPECT_EQ((*data)["reason"].text(), "truncated");
  EXPECT_NE((*data)["file"].text().find("app.log"), std::string::npos);
  EXPECT_FALSE((*data)["from"].text().empty());
  EXPECT_TRUE(data->has("to"));
  EXPECT_TRUE(data->has("bytes"));
  EXPECT_EQ(next_lines(*client, 1), Lines{"fresh"});
  const auto replayed = history("from=start");  // what was truncated cannot be read again, and that is said too
  EXPECT_EQ(lines_of(replayed), Lines{"fresh"});
  EXPECT_GE(count_of(replayed, "gap"), 1U);
}

TEST_F(GrowingFile, RotationIsAnnounced) {
  append_numbered_lines(log("app.log"), 0, 0, 10);
  serve();
  const auto client = follow("from=start");
  ASSERT_EQ(next_lines(*client, 10).size(), 10U);
  std::filesystem::rename(log("app.log"), log("app.log.1"));
  append_to_file(log("app.log"), "fresh\n");
  const auto change = client->next("file");
  ASSERT_TRUE(change);
  EXPECT_EQ((*JsonValue::parse(change->data))["change"].text(), "rotated") << change->data;
  EXPECT_EQ((*JsonValue::parse(change->data))["generation"].number(), 1) << change->data;
  EXPECT_EQ(next_lines(*client, 1), Lines{"fresh"});
}

TEST_F(GrowingFile, OnlyRegularFilesAreOpened) {
  append_to_file(outside("secret"), "secret\n");
  std::filesystem::create_symlink(outside("secret"), log("link.log"));
  ASSERT_EQ(::mkfifo(log("pipe.log").c_str(), 0644), 0);
  std::filesystem::create_directory(log("folder.log"));
  append_to_file(log("app.log"), "regular\n");
  serve();
  EXPECT_EQ(lines_of(history("from=start")), Lines{"regular"});
}

}  // namespace
}  // namespace tailwater
