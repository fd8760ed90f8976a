#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>

#include <fmt/format.h>

#include "source/ingest_fixture.h"

namespace tailwater {
namespace {

using Kinds = std::vector<FileChangeKind>;
using Lines = std::vector<std::string>;

std::string numbered(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += fmt::format("line {}\n", i);
  return text;
}

Lines numbered_lines(int first, int count) {
  Lines lines;
  for (int i = first; i < first + count; ++i) lines.push_back(fmt::format("line {}", i));
  return lines;
}

/// Everything that both ways of watching must do.
class IngestTest : public testing::TestWithParam<WatchSet::Kind>, public IngestFixture {
 protected:
  IngestTest() : IngestFixture(GetParam()) { std::filesystem::create_directories(logs()); }
};
INSTANTIATE_TEST_SUITE_P(Watchers, IngestTest, testing::Values(WatchSet::Kind::kBest, WatchSet::Kind::kPollOnly),
                         watcher_name);

TEST_P(IngestTest, TakesInWhatIsThereAndThenWhatIsAppended) {
  write_to("a.log", "one\ntwo\n");
  start({"a.log"});
  EXPECT_EQ(lines_of("a.log"), (Lines{"one", "two"}));
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared}));
  EXPECT_EQ(status_of("a.log")->end, 8U);
  write_to("a.log", "three\n");
  expect_lines("a.log", {"one", "two", "three"});
  EXPECT_EQ(status_of("a.log")->end, 14U);
  EXPECT_EQ(journal_->end().position.offset, 14U);
}

// What has not been read may be truncated away and written anew, and would not be this generation's.
TEST_P(IngestTest, AnIdentityCoversOnlyBytesThatWereRead) {
  write_to("a.log", "one\nhalf a li");
  start({"a.log"});
  EXPECT_EQ(status_of("a.log")->identity.head_length, 4U);
  write_to("b.log", "other\nhalf");
  write_to("a.log", "ne\n");
  expect_lines("a.log", {"one", "half a line"});
  EXPECT_EQ(status_of("a.log")->identity.head_length, 16U);
}

TEST_P(IngestTest, AFileThatIsAbsentAtStartAppearsAndRotates) {
  start({"a.log"});
  write_to("a.log", numbered(0, 10));
  expect_lines("a.log", numbered_lines(0, 10));
  rename("a.log", "a.log.1");
  write_to("a.log", numbered(10, 10));
  expect_lines("a.log", numbered_lines(0, 20));
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kRotated}));
  EXPECT_EQ(last_change("a.log")->generation, 1U);
  EXPECT_FALSE(last_change("a.log")->lost_from);
}

TEST_P(IngestTest, ManyRotationsLoseAndRepeatNothing) {
  start({"a.log*"});
  int line = 0;
  for (int round = 0; round < 10; ++round) {
    for (int keep = 9; keep > 0; --keep) {
      const std::string from = fmt::format("a.log.{}", keep);
      if (std::filesystem::exists(path(from))) rename(from, fmt::format("a.log.{}", keep + 1));
    }
    if (round > 0) rename("a.log", "a.log.1");
    for (int burst = 0; burst < 5; ++burst) {
      write_to("a.log", numbered(line, 200));
      line += 200;
    }
    ASSERT_TRUE(run_until([&] { return line_count() >= static_cast<std::size_t>(line); }));
  }
  settle();
  ingest_->sweep();
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, line));
  EXPECT_EQ(line_count(), static_cast<std::size_t>(line));
}

TEST_P(IngestTest, AWriterThatHasNotNoticedTheRotationIsStillHeard) {
  write_to("a.log", "");
  start({"a.log"});
  const UniqueFd writer(::open(path("a.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  ASSERT_EQ(::write(writer.get(), "one\n", 4), 4);
  expect_lines("a.log", {"one"});
  rename("a.log", "a.log.1");
  write_to("a.log", "new\n");
  expect_lines("a.log", {"one", "new"});
  ASSERT_EQ(::write(writer.get(), "late\n", 5), 5);
  expect_lines("a.log", {"one", "new", "late"});
  EXPECT_EQ(listener_.records.back().generation, 0U);
  EXPECT_EQ(listener_.records[1].generation, 1U);
}

// A sweep looks at the newest generation first: what a program wrote before it opened its log again goes before that.
TEST_P(IngestTest, LateBytesOfARotatedFileComeBeforeThoseOfTheNextOne) {
  write_to("a.log", "one\n");
  start({"a.log"});
  expect_lines("a.log", {"one"});
  rename("a.log", "a.log.1");
  write_to("a.log", "");
  ASSERT_TRUE(run_until([&] { return status_of("a.log")->generation == 1; }));
  settle();
  write_to("a.log.1", "late\n");
  write_to("a.log", "new\n");
  ingest_->sweep();
  expect_lines("a.log", {"one", "late", "new"});
}

TEST_P(IngestTest, ARotatedFileThatIsWrittenForeverDoesNotHoldUpTheNextOne) {
  write_to("a.log", "one\n");
  start({"a.log"});
  expect_lines("a.log", {"one"});
  rename("a.log", "a.log.1");
  write_to("a.log", "new\n");
  const auto has_new = [&] {
    write_to("a.log.1", "old\n");
    const auto lines = lines_of("a.log");
    return std::find(lines.begin(), lines.end(), "new") != lines.end();
  };
  EXPECT_TRUE(run_until(has_new));
}

TEST_P(IngestTest, ABurstThatIsRenamedAtOnceIsReadToItsEndFirst) {
  options_.read_bytes = 16 << 10;
  options_.turn_bytes = 64 << 10;
  write_to("a.log", "");
  start({"a.log"});
  write_to("a.log", numbered(0, 100'000));
  rename("a.log", "a.log.1");
  write_to("a.log", numbered(100'000, 10));
  EXPECT_TRUE(run_until([&] { return line_count() >= 100'010; }));
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 100'010));
}

TEST_P(IngestTest, CopytruncateBeginsANewGeneration) {
  write_to("a.log", "header\none\n");
  start({"a.log"});
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  truncate("a.log");
  write_to("a.log", "header\n");
  expect_lines("a.log", {"header", "one", "header"});
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kTruncated}));
  EXPECT_FALSE(last_change("a.log")->lost_from);
  write_to("a.log", "two\n");
  expect_lines("a.log", {"header", "one", "header", "two"});
}

TEST_P(IngestTest, WhatWasNotReadBeforeATruncationComesFromTheCopy) {
  write_to("a.log", "a line that is long enough to be known again by its sixty-four bytes\n");
  start({"a.log"});
  write_to("a.log", "unread\nopen");
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  truncate("a.log");
  write_to("a.log", "new\n");
  expect_lines("a.log",
               {"a line that is long enough to be known again by its sixty-four bytes", "unread", "open", "new"});
  EXPECT_FALSE(last_change("a.log")->lost_from);
}

// A daemon that stood still, or a folder that is polled: two rotations between two looks.
class TwoLivesBetweenTwoLooks : public IngestTest {
 protected:
  void expect_all_from_the_copies() {
    write_to("a.log", numbered(100, 100));
    copytruncate_to("a.log.2");
    write_to("a.log", numbered(200, 100));
    copytruncate_to("a.log.1");
    write_to("a.log", numbered(300, 3));
    EXPECT_TRUE(run_until([&] { return line_count() >= 303; }));
    settle();
    EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 303));
    EXPECT_FALSE(last_change("a.log")->lost_from);
  }
};
INSTANTIATE_TEST_SUITE_P(Watchers, TwoLivesBetweenTwoLooks,
                         testing::Values(WatchSet::Kind::kBest, WatchSet::Kind::kPollOnly), watcher_name);

TEST_P(TwoLivesBetweenTwoLooks, ComeFromTheirCopies) {
  write_to("a.log", numbered(0, 100));
  start({"a.log"});
  expect_all_from_the_copies();
}

TEST_P(TwoLivesBetweenTwoLooks, ComeFromTheirCopiesAfterATruncationThatLeftNothingToRead) {
  write_to("a.log", numbered(0, 100));
  start({"a.log"});
  copytruncate_to("a.log.3");
  ASSERT_TRUE(run_until([&] { return status_of("a.log")->generation == 1; }));
  settle();
  expect_all_from_the_copies();
}

// Its copy cannot be told from one of the beginning of the life before it.
TEST_P(IngestTest, ALifeOfAFewBytesBetweenTwoLooksIsToldAsALoss) {
  write_to("a.log", numbered(0, 100));
  start({"a.log"});
  copytruncate_to("a.log.2");
  write_to("a.log", "x\n");
  copytruncate_to("a.log.1");
  write_to("a.log", numbered(100, 3));
  EXPECT_TRUE(run_until([&] { return line_count() >= 103; }));
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 103));
  EXPECT_TRUE(last_change("a.log")->lost_from);
}

TEST_P(IngestTest, ACopyOfTheBeginningOfATruncatedLifeIsNotReadAgain) {
  write_to("a.log", numbered(0, 2));
  start({"a.log"});
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  write_to("a.log", numbered(2, 98));
  EXPECT_TRUE(run_until([&] { return line_count() >= 100; }));
  truncate("a.log");
  write_to("a.log", numbered(100, 3));
  EXPECT_TRUE(run_until([&] { return line_count() >= 103; }));
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 103));
}

TEST_P(IngestTest, ACopyThatAGlobFindsIsNotReadAgain) {
  const std::string text = numbered(0, 100);
  write_to("a.log", text);
  start({"a.log*"});
  write_to("a.log.1", "");  // as cp does it: made, then filled
  settle();
  write_to("a.log.1", text);
  settle();
  truncate("a.log");
  write_to("a.log", numbered(100, 3));
  EXPECT_TRUE(run_until([&] { return line_count() >= 103; }));
  settle();
  rename("a.log.1", "a.log.2");
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  truncate("a.log");
  write_to("a.log", numbered(103, 3));
  EXPECT_TRUE(run_until([&] { return line_count() >= 106; }));
  ingest_->sweep();
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 106));
  EXPECT_EQ(line_count(), 106U);
  stop();
  start({"a.log*"});
  EXPECT_EQ(line_count(), 106U);
  EXPECT_EQ(ingest_->status().files_refused, 0U);
}

TEST_P(IngestTest, AnOpenLineThatIsTruncatedAwayIsToldAsLost) {
  write_to("a.log", "one\n");
  start({"a.log"});
  write_to("a.log", "open");
  settle();
  ingest_->sweep();
  truncate("a.log");
  EXPECT_TRUE(run_until([&] { return changes_of("a.log").size() == 2; }));
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kTruncated);
  ASSERT_TRUE(last_change("a.log")->lost_from);
  EXPECT_EQ(last_change("a.log")->lost_from->offset, 4U);
  EXPECT_EQ(last_change("a.log")->lost_from->generation, 0U);
  EXPECT_FALSE(last_change("a.log")->lost_bytes);
}

TEST_P(IngestTest, TruncateAndRegrowPastTheOldOffsetBetweenLooks) {
  write_to("a.log", numbered(0, 100));
  start({"a.log"});
  truncate("a.log");
  write_to("a.log", numbered(100, 1000));
  EXPECT_TRUE(run_until([&] { return line_count() >= 1100; }));
  settle();
  EXPECT_EQ(lines_of("a.log"), numbered_lines(0, 1100));
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kTruncated}));
}

TEST_P(IngestTest, FiftyOverwritesAndAppendsInATightLoop) {
  start({"a.log"});
  std::string last;
  for (int i = 0; i < 50; ++i) {
    write_to("a.log", fmt::format("over {}\n", i), O_CREAT | O_TRUNC);
    write_to("a.log", fmt::format("append {}\n", i));
    last = fmt::format("append {}", i);
    loop_->run_once();
  }
  EXPECT_TRUE(run_until([&] { return !listener_.records.empty() && listener_.records.back().line == last; }));
  settle();
  std::map<std::string, int> seen;
  for (const SeenRecord& record : listener_.records) EXPECT_EQ(++seen[record.line], 1) << record.line;
}

TEST_P(IngestTest, AHoleThatATruncatedWriterLeavesIsSkipped) {
  write_to("a.log", "");
  start({"a.log"});
  const UniqueFd writer(::open(path("a.log").c_str(), O_WRONLY | O_CLOEXEC));  // no O_APPEND
  const std::string first = numbered(0, 20'000);
  ASSERT_EQ(::write(writer.get(), first.data(), first.size()), static_cast<ssize_t>(first.size()));
  EXPECT_TRUE(run_until([&] { return line_count() == 20'000; }));
  truncate("a.log");
  ASSERT_EQ(::write(writer.get(), "after\n", 6), 6);
  EXPECT_TRUE(run_until([&] { return line_count() >= 20'001; }));
  settle();
  EXPECT_EQ(line_count(), 20'001U);
  EXPECT_EQ(listener_.records.back().line, "after");
  EXPECT_EQ(ingest_->status().nul_bytes_skipped, first.size());
}

TEST_P(IngestTest, ARemovedFileIsToldAndARecreatedOneAppears) {
  write_to("a.log", "one\n");
  start({"a.log"});
  remove("a.log");
  EXPECT_TRUE(run_until([&] { return changes_of("a.log").size() == 2; }));
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kRemoved);
  EXPECT_EQ(last_change("a.log")->generation, 0U);
  EXPECT_FALSE(status_of("a.log")->present);
  write_to("a.log", "two\n");
  expect_lines("a.log", {"one", "two"});
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kAppeared);
  EXPECT_EQ(last_change("a.log")->generation, 1U);
  EXPECT_TRUE(status_of("a.log")->present);
}

TEST_P(IngestTest, AFileReplacedAtOnceIsReadWhole) {
  write_to("a.log", "one\n");
  start({"a.log"});
  write_to("tmp", "one\ntwo\n");
  rename("tmp", "a.log");
  expect_lines("a.log", {"one", "one", "two"});
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kReplaced);
}

TEST_P(IngestTest, UnlinkedBytesAreReadToTheirEnd) {
  start({"*.log"});
  const UniqueFd writer(::open(path("a.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  ASSERT_EQ(::write(writer.get(), "one\n", 4), 4);
  expect_lines("a.log", {"one"});
  ASSERT_EQ(::write(writer.get(), "two\n", 4), 4);
  remove("a.log");
  expect_lines("a.log", {"one", "two"});
  ASSERT_EQ(::write(writer.get(), "three\n", 6), 6);
  expect_lines("a.log", {"one", "two", "three"});
}

TEST_P(IngestTest, TwoFilesWithTheSameFirstThousandBytesAreBothReadWhole) {
  const std::string head(1000, 'h');
  write_to("a.log", head + "\na\n");
  start({"*.log"});
  write_to("b.log", head + "\nb\n");
  write_to("c.log", head + "\na\n");
  expect_lines("a.log", {head, "a"});
  expect_lines("b.log", {head, "b"});
  expect_lines("c.log", {head, "a"});
}

TEST_P(IngestTest, EmptyAndTinyFilesAreKeptApart) {
  write_to("empty1.log", "");
  write_to("empty2.log", "");
  write_to("tiny.log", "123456789\n");
  start({"*.log"});
  EXPECT_EQ(lines_of("tiny.log"), (Lines{"123456789"}));
  EXPECT_EQ(ingest_->status().files, 3U);
  write_to("empty2.log", "two\n");
  write_to("empty1.log", "one\n");
  expect_lines("empty1.log", {"one"});
  expect_lines("empty2.log", {"two"});
}

TEST_P(IngestTest, AHalfLineWaitsForItsOtherHalf) {
  start({"a.log"});
  write_to("a.log", "half");
  settle();
  EXPECT_EQ(line_count(), 0U);
  write_to("a.log", " and half\n");
  expect_lines("a.log", {"half and half"});
}

TEST_P(IngestTest, ALastLineIsShownAfterAWhileAndNeverTwice) {
  options_.partial_after = Milliseconds(10);
  write_to("a.log", "one\nopen at start");
  start({"a.log"});
  expect_lines("a.log", {"one", "open at start"});
  EXPECT_TRUE(listener_.records.back().partial);
  write_to("a.log", " rest\nhalf");
  expect_lines("a.log", {"one", "open at start", " rest", "half"});
  EXPECT_TRUE(listener_.records.back().partial);
  write_to("a.log", "\nnext\n");
  EXPECT_TRUE(run_until([&] { return !lines_of("a.log").empty() && lines_of("a.log").back() == "next"; }));
  settle();
  std::string joined;
  for (const std::string& line : lines_of("a.log")) joined += line + "|";
  EXPECT_EQ(joined, "one|open at start| rest|half||next|");
}

TEST_P(IngestTest, AGrowingLineIsNotShownBeforeItsTime) {
  options_.partial_after = Milliseconds(200);
  start({"a.log"});
  auto before_last = std::chrono::steady_clock::now();
  auto last = before_last;
  std::size_t shown = 0;
  for (int i = 0; i < 20; ++i) {
    before_last = std::exchange(last, std::chrono::steady_clock::now());
    write_to("a.log", "x");
    while (std::chrono::steady_clock::now() < last + Milliseconds(15)) {
      loop_->run_once();
      if (line_count() == std::exchange(shown, line_count())) continue;
      // Only a machine that stood still may have made the file quiet, and then perhaps before the last byte was seen.
      EXPECT_GE(std::chrono::steady_clock::now() - before_last, options_.partial_after);
    }
  }
  const auto joined = [this] {
    std::string text;
    for (const std::string& line : lines_of("a.log")) text += line;
    return text;
  };
  EXPECT_TRUE(run_until([&] { return joined().size() >= 20; }));
  settle();
  EXPECT_EQ(joined(), std::string(20, 'x'));
}

TEST_P(IngestTest, AMegabyteLineComesInPartsAndTheNextIsIntact) {
  start({"a.log"});
  const std::string line(1 << 20, 'm');
  write_to("a.log", line + "\nnext\n");
  EXPECT_TRUE(run_until([&] { return !listener_.records.empty() && listener_.records.back().line == "next"; }));
  std::string joined;
  for (const SeenRecord& record : listener_.records) {
    if (record.line == "next") continue;
    EXPECT_TRUE(record.truncated);
    EXPECT_LE(record.line.size(), rules_.max_record_bytes);
    joined += record.line;
  }
  EXPECT_EQ(joined, line);
  EXPECT_EQ(status_of("a.log")->end, line.size() + 6);
}

TEST_P(IngestTest, ALineOfExactlyTheLimitIsOneRecord) {
  start({"a.log"});
  for (const std::size_t size :
       {rules_.max_record_bytes - 1UL, rules_.max_record_bytes + 0UL, (256UL << 10) - 64, (256UL << 10) - 1}) {
    const std::size_t before = line_count();
    write_to("a.log", std::string(size, 'e') + "\nnext\n");
    EXPECT_TRUE(run_until([&] { return line_count() >= before + 2; }));
    settle();
    ASSERT_EQ(line_count(), before + 2);
    EXPECT_EQ(listener_.records[before].line.size(), size);
    EXPECT_FALSE(listener_.records[before].truncated);
  }
}

TEST_P(IngestTest, NewFilesInNewDirectoriesAreFoundAtOnce) {
  start({"**/*.log"});
  const auto begin = std::chrono::steady_clock::now();
  std::filesystem::create_directories(path("a/b/c"));
  write_to("a/b/c/deep.log", "deep\n");
  write_to("top.log", "top\n");
  expect_lines("a/b/c/deep.log", {"deep"});
  expect_lines("top.log", {"top"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_P(IngestTest, AFileMovedInIsReadWhole) {
  start({"*.log"});
  write_to("x.tmp", "one\ntwo\n");
  settle();
  EXPECT_EQ(line_count(), 0U);
  rename("x.tmp", "x.log");
  expect_lines("x.log", {"one", "two"});
}

TEST_P(IngestTest, ARootThatDoesNotExistYetIsWaitedFor) {
  start({"not/yet/there/*.log", "nor/this.log"});
  std::filesystem::create_directories(path("not/yet/there"));
  write_to("not/yet/there/a.log", "one\n");
  expect_lines("not/yet/there/a.log", {"one"});
  std::filesystem::create_directories(path("nor"));
  write_to("nor/this.log", "two\n");
  expect_lines("nor/this.log", {"two"});
}

TEST_P(IngestTest, ADirectoryRemovedAndRecreatedIsFoundAgain) {
  std::filesystem::create_directories(path("app"));
  write_to("app/a.log", "one\n");
  start({"app/*.log"});
  EXPECT_EQ(lines_of("app/a.log"), (Lines{"one"}));
  std::filesystem::remove_all(path("app"));
  EXPECT_TRUE(run_until([&] { return changes_of("app/a.log").size() == 2; }));
  EXPECT_EQ(last_change("app/a.log")->kind, FileChangeKind::kRemoved);
  std::filesystem::create_directories(path("app"));
  write_to("app/a.log", "two\n");
  expect_lines("app/a.log", {"one", "two"});
}

TEST_P(IngestTest, ADirectoryRenamedAwayAndReplacedIsFoundAgain) {
  std::filesystem::create_directories(path("app"));
  write_to("app/a.log", "one\n");
  start({"app/*.log"});
  rename("app", "old");
  std::filesystem::create_directories(path("app"));
  write_to("app/a.log", "two\n");
  expect_lines("app/a.log", {"one", "two"});
}

TEST_P(IngestTest, AFifoADeviceAndASocketAreNeverOpened) {
  ASSERT_EQ(::mkfifo(path("fifo.log").c_str(), 0644), 0);
  const int socket_fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path("socket.log").c_str());
  ASSERT_EQ(::bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  write_to("a.log", "one\n");
  start({"*.log", "fifo.log", "/dev/null"});
  EXPECT_EQ(ingest_->status().files, 1U);
  EXPECT_EQ(ingest_->status().files_refused, 3U);
  // A writer would block or fail if anybody had the reading end open.
  EXPECT_LT(::open(path("fifo.log").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), 0);
  ingest_->sweep();
  EXPECT_EQ(ingest_->status().files_refused, 3U);
  ::close(socket_fd);
}

TEST_P(IngestTest, ASymlinkOutOfTheRootsIsNotFollowed) {
  std::ofstream(dir_.path() + "/secret") << "secret\n";
  ASSERT_EQ(::symlink((dir_.path() + "/secret").c_str(), path("x.log").c_str()), 0);
  ASSERT_EQ(::symlink("/proc/self/environ", path("y.log").c_str()), 0);
  write_to("real.txt", "inside\n");
  ASSERT_EQ(::symlink(path("real.txt").c_str(), path("z.log").c_str()), 0);
  start({"*.log"});
  EXPECT_TRUE(lines_of("x.log").empty());
  EXPECT_TRUE(lines_of("y.log").empty());
  EXPECT_EQ(lines_of("z.log"), (Lines{"inside"}));
  EXPECT_EQ(ingest_->status().files_refused, 2U);
}

TEST_P(IngestTest, ASymlinkThatWasNamedIsFollowedButNotIntoProc) {
  std::ofstream(dir_.path() + "/elsewhere") << "one\n";
  ASSERT_EQ(::symlink((dir_.path() + "/elsewhere").c_str(), path("x.log").c_str()), 0);
  ASSERT_EQ(::symlink("/proc/self/environ", path("y.log").c_str()), 0);
  start({"x.log", "y.log"});
  EXPECT_EQ(lines_of("x.log"), (Lines{"one"}));
  EXPECT_TRUE(lines_of("y.log").empty());
}

TEST_P(IngestTest, ALogSwappedForASymlinkDuringRotationIsNotFollowed) {
  std::ofstream(dir_.path() + "/secret") << "secret\n";
  write_to("a.log", "one\n");
  start({"a.log"});
  rename("a.log", "a.log.1");
  ASSERT_EQ(::symlink((dir_.path() + "/secret").c_str(), path("a.log").c_str()), 0);
  EXPECT_TRUE(run_until([&] { return ingest_->status().files_refused == 1; }));
  settle();
  EXPECT_EQ(lines_of("a.log"), (Lines{"one"}));
}

TEST_P(IngestTest, ASymlinkSwappedThirtyTimes) {
  for (int i = 0; i <= 30; ++i) write_to(fmt::format("target-{}", i), fmt::format("line {}\n", i));
  ASSERT_EQ(::symlink("target-0", path("now.log").c_str()), 0);
  start({"now.log"});
  EXPECT_EQ(lines_of("now.log"), numbered_lines(0, 1));
  for (int i = 1; i <= 30; ++i) {
    ASSERT_EQ(::symlink(fmt::format("target-{}", i).c_str(), path("tmp.link").c_str()), 0);
    rename("tmp.link", "now.log");
    ASSERT_TRUE(run_until([&] { return line_count() > static_cast<std::size_t>(i); })) << i;
  }
  EXPECT_EQ(lines_of("now.log"), numbered_lines(0, 31));
}

TEST_P(IngestTest, AFileUnderTwoNamesIsReadOnce) {
  write_to("a.log", "one\n");
  ASSERT_EQ(::link(path("a.log").c_str(), path("b.log").c_str()), 0);
  ASSERT_EQ(::symlink("a.log", path("c.log").c_str()), 0);
  start({"*.log"});
  write_to("b.log", "two\n");
  expect_lines("a.log", {"one", "two"});
  EXPECT_EQ(line_count(), 2U);
  remove("a.log");
  write_to("b.log", "three\n");
  EXPECT_TRUE(run_until([&] { return line_count() == 3; }));
  EXPECT_EQ(listener_.records.back().line, "three");
}

TEST_P(IngestTest, ADirectoryMeansTheLogsInIt) {
  std::filesystem::create_directories(path("sub/.git"));
  write_to("syslog", "one\n");
  write_to("sub/app", "two\n");
  write_to("syslog.1", "old\n");
  write_to("a.gz", "zip\n");
  write_to(".hidden", "no\n");
  write_to("sub/.git/x", "no\n");
  write_to("wtmp", "no\n");
  write_to("binary", std::string("\x02\0\0\0text\n", 9));
  write_to("utf16", std::string("\xFF\xFEh\0i\0\n\0", 8));
  start({logs()});
  EXPECT_EQ(lines_of("syslog"), (Lines{"one"}));
  EXPECT_EQ(lines_of("sub/app"), (Lines{"two"}));
  EXPECT_FALSE(lines_of("utf16").empty());
  EXPECT_EQ(ingest_->status().files, 3U);
  EXPECT_EQ(ingest_->status().files_refused, 1U);
}

TEST_P(IngestTest, AFileThatTurnsOutBinaryIsLetGo) {
  start({logs()});
  write_to("data", "");
  EXPECT_TRUE(run_until([&] { return changes_of("data").size() == 1; }));
  write_to("data", std::string("a\0b\n\0\n", 6));
  EXPECT_TRUE(run_until([&] { return changes_of("data").size() == 2; }));
  EXPECT_EQ(line_count(), 0U);
  EXPECT_EQ(ingest_->status().files_refused, 1U);
}

TEST_P(IngestTest, ExcludesWinAndMatchTheLastComponentWithoutASlash) {
  excludes_ = {"*.tmp.log", path("private/**")};
  std::filesystem::create_directories(path("private"));
  write_to("a.log", "one\n");
  write_to("b.tmp.log", "no\n");
  write_to("private/c.log", "no\n");
  start({"**/*.log"});
  EXPECT_EQ(line_count(), 1U);
  write_to("private/d.log", "no\n");
  write_to("e.log", "yes\n");
  expect_lines("e.log", {"yes"});
  EXPECT_EQ(line_count(), 2U);
}

TEST_P(IngestTest, FilesBeyondTheLimitAreNamedAndCounted) {
  options_.max_files = 2;
  for (const char* name : {"a.log", "b.log", "c.log"}) write_to(name, "one\n");
  start({"*.log"});
  EXPECT_EQ(ingest_->status().files, 2U);
  EXPECT_EQ(ingest_->status().files_refused, 1U);
  EXPECT_TRUE(lines_of("c.log").empty());
}

TEST_P(IngestTest, ABusyFileDoesNotKeepOthersWaiting) {
  options_.turn_bytes = 64 << 10;
  options_.read_bytes = 16 << 10;
  write_to("busy.log", "");
  write_to("quiet.log", "");
  start({"*.log"});
  write_to("busy.log", numbered(0, 400'000));  // several megabytes: many turns
  write_to("quiet.log", "quiet\n");
  EXPECT_TRUE(run_until([&] { return !lines_of("quiet.log").empty(); }));
  EXPECT_LT(line_count(), 400'000U);
  EXPECT_TRUE(run_until([&] { return line_count() == 400'001; }));
}

TEST_P(IngestTest, ATurnIsCommittedOnceAndToldInJournalOrder) {
  for (int i = 0; i < 20; ++i) write_to(fmt::format("{:02}.log", i), "");
  start({"*.log"});
  const int turns = listener_.turns;
  for (int i = 0; i < 20; ++i) write_to(fmt::format("{:02}.log", i), "x\n");
  EXPECT_TRUE(run_until([&] { return line_count() == 20; }));
  EXPECT_LE(listener_.turns, turns + 3);
}

TEST_P(IngestTest, ReloadKeepsWhatStaysAndDropsWhatGoes) {
  write_to("a.log", "a1\n");
  write_to("b.log", "b1\n");
  start({"a.log", "b.log"});
  write_to("b.log", "b2\n");
  StreamSource next{"s", {path("b.log"), path("c.log")}, {}, rules_};
  ASSERT_TRUE(ingest_->reload({next}));
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kRemoved);
  write_to("a.log", "a2\n");
  write_to("b.log", "b3\n");
  write_to("c.log", "c1\n");
  expect_lines("c.log", {"c1"});
  expect_lines("b.log", {"b1", "b2", "b3"});
  EXPECT_EQ(lines_of("a.log"), (Lines{"a1"}));
  EXPECT_EQ(status_of("b.log")->generation, 0U);
  StreamSource both{"s", {path("*.log")}, {}, rules_};
  ASSERT_TRUE(ingest_->reload({both}));
  expect_lines("a.log", {"a1", "a2"});
  EXPECT_EQ(status_of("a.log")->generation, 0U);
  StreamSource wrong{"s", {"/[a"}, {}, rules_};
  EXPECT_FALSE(ingest_->reload({wrong}));
  write_to("a.log", "a3\n");
  expect_lines("a.log", {"a1", "a2", "a3"});
}

TEST_P(IngestTest, AReloadDoesNotAdmitALinkThatTookAFilesPlace) {
  std::ofstream(dir_.path() + "/secret") << "secret\n";
  write_to("a.log", "one\n");
  start({"a.log"});
  remove("a.log");
  ASSERT_EQ(::symlink((dir_.path() + "/secret").c_str(), path("a.log").c_str()), 0);
  settle();
  ASSERT_TRUE(ingest_->reload({{"s", {path("a.log"), path("b.log")}, {}, rules_}}));
  settle();
  EXPECT_EQ(line_count(), 1U);
}

TEST_P(IngestTest, OneFileInTwoStreamsIsTwoFiles) {
  write_to("a.log", "one\n");
  start_streams({{"s", {path("a.log")}, {}, rules_}, {"t", {path("*.log")}, {}, rules_}});
  EXPECT_EQ(line_count(), 2U);
  write_to("a.log", "two\n");
  EXPECT_TRUE(run_until([&] { return line_count() == 4; }));
  EXPECT_EQ(catalog_->list().size(), 2U);
}

TEST_P(IngestTest, PreallocatedAndMappedFilesAreReadAsTheyFill) {
  start({"a.log"});
  const UniqueFd fd(::open(path("a.log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::ftruncate(fd.get(), 1 << 20), 0);
  settle();
  void* mapped = ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  std::memcpy(mapped, "one\n", 4);
  ingest_->sweep();
  expect_lines("a.log", {"one"});
  std::memcpy(static_cast<char*>(mapped) + 4, "two\n", 4);
  ingest_->sweep();
  expect_lines("a.log", {"one", "two"});
  ::munmap(mapped, 1 << 20);
}

TEST_P(IngestTest, DescriptorsThatRunOutAreRetriedWithoutLoss) {
  write_to("a.log", "a1\n");
  start({"*.log"});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // Made without a descriptor, which this process cannot have either.
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool made = ::mknod(path("b.log").c_str(), S_IFREG | 0644, 0) == 0;
  // By polling, not even the directory can be read.
  const bool told = kind_ == WatchSet::Kind::kBest;
  const bool refused =
      run_until([&] { return ingest_->status().files_refused == 1; }, Milliseconds(told ? 20'000 : 20));
  ingest_->sweep();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(made);
  EXPECT_EQ(refused, told);
  write_to("b.log", "b1\n");
  ingest_->sweep();
  expect_lines("b.log", {"b1"});
  EXPECT_EQ(ingest_->status().files_refused, 0U);
  write_to("a.log", "a2\n");
  expect_lines("a.log", {"a1", "a2"});
}

TEST_P(IngestTest, AnUnreadableFileIsReadOnceItMayBe) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  write_to("a.log", "one\n");
  write_to("b.log", "two\n");
  ASSERT_EQ(::chmod(path("a.log").c_str(), 0600), 0);
  open_journal();
  ASSERT_EQ(::seteuid(65534), 0);
  start({"*.log"});
  EXPECT_EQ(ingest_->status().files_refused, 1U);
  EXPECT_EQ(lines_of("b.log"), (Lines{"two"}));
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::chmod(path("a.log").c_str(), 0644), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  if (kind_ == WatchSet::Kind::kPollOnly) ingest_->sweep();
  expect_lines("a.log", {"one"});
  EXPECT_EQ(ingest_->status().files_refused, 0U);
  ASSERT_EQ(::seteuid(0), 0);
}

TEST_P(IngestTest, LeavesNoDescriptorBehind) {
  const auto open_descriptors = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  const auto before = open_descriptors();
  write_to("a.log", "one\n");
  start({"*.log"});
  for (int i = 0; i < 5; ++i) {
    rename("a.log", fmt::format("old.{}", i));
    write_to("a.log", "more\n");
    const auto wanted = static_cast<std::size_t>(i) + 2;
    ASSERT_TRUE(run_until([&] { return line_count() == wanted; }));
  }
  stop();
  EXPECT_EQ(open_descriptors(), before);
}

/// What only inotify does, and what the sweep does under it.
class IngestUnderInotify : public testing::Test, public IngestFixture {
 protected:
  IngestUnderInotify() : IngestFixture(WatchSet::Kind::kBest) { std::filesystem::create_directories(logs()); }
};

TEST_F(IngestUnderInotify, AnOverflowIsCountedAndLosesNothing) {
  for (int i = 0; i < 30; ++i) write_to(fmt::format("{:02}.log", i), "");
  start({"*.log"});
  std::ifstream setting("/proc/sys/fs/inotify/max_queued_events");
  std::size_t limit = 16384;
  setting >> limit;
  if (limit > 200'000) GTEST_SKIP() << "the queue holds " << limit;
  const UniqueFd one(::open(path("00.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const UniqueFd two(::open(path("01.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  std::size_t written = 0;
  for (; written < limit + 100; written += 2) {
    ASSERT_EQ(::write(one.get(), "1\n", 2), 2);
    ASSERT_EQ(::write(two.get(), "2\n", 2), 2);
  }
  // None of these is told any more.
  for (int i = 2; i < 30; ++i) {
    write_to(fmt::format("{:02}.log", i), "old\n");
    rename(fmt::format("{:02}.log", i), fmt::format("{:02}.old", i));
    write_to(fmt::format("{:02}.log", i), "new\n");
  }
  write_to("fresh.log", "fresh\n");
  written += 2 * 28 + 1;
  EXPECT_TRUE(run_until([&] { return line_count() >= written; }));
  settle();
  EXPECT_EQ(line_count(), written);
  EXPECT_GE(ingest_->status().inotify_overflows, 1U);
  EXPECT_EQ(ingest_->status().rotations, 28U);
}

TEST_F(IngestUnderInotify, ANewFileIsFoundWithinATenthOfASecond) {
  start({"**/*.log"});
  const auto begin = std::chrono::steady_clock::now();
  write_to("new.log", "one\n");
  EXPECT_TRUE(run_until([&] { return line_count() == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(100));
}

TEST_F(IngestUnderInotify, ASweepThatFindsNothingCountsNothing) {
  write_to("a.log", "one\n");
  start({"*.log"});
  write_to("a.log", "two\n");
  rename("a.log", "b.log");
  write_to("a.log", "three\n");
  ingest_->sweep();
  EXPECT_TRUE(run_until([&] { return line_count() == 3; }));
  ingest_->sweep();
  EXPECT_EQ(ingest_->status().sweeps, 2U);
  EXPECT_EQ(ingest_->status().sweep_finds, 0U);
}

/// Steady time that a test can put ahead; the loop's timers do not see it.
class AheadClock final : public Clock {
 public:
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now() + ahead; }
  WallTime wall_now() const override { return SystemClock().wall_now(); }
  std::chrono::minutes ahead{0};
};

TEST_F(IngestUnderInotify, ARotatedGenerationIsLetGoWhenItsWritersHaveHadTheirTime) {
  AheadClock clock;
  open_journal();
  auto ingest = std::move(*IngestCore::create({*loop_, *journal_, *catalog_, clock, listener_}, options_,
                                              {{"s", {path("a.log")}, {}, rules_}}, kind_));
  listener_.watch(*journal_);
  write_to("a.log", "one\n");
  ASSERT_TRUE(ingest->start());
  const UniqueFd old(::open(path("a.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  rename("a.log", "a.log.1");
  write_to("a.log", "");
  // Whoever has not written to the new file has not noticed it.
  EXPECT_TRUE(run_until([&] { return !changes_of("a.log").empty(); }));
  for (int i = 0; i < 5; ++i, clock.ahead += std::chrono::minutes(1)) ingest->sweep();
  ASSERT_EQ(::write(old.get(), "late\n", 5), 5);
  EXPECT_TRUE(run_until([&] { return line_count() == 1; }));
  write_to("a.log", "two\n");
  ASSERT_EQ(::write(old.get(), "last", 4), 4);
  EXPECT_TRUE(run_until([&] { return line_count() == 2; }));
  clock.ahead += std::chrono::minutes(1);
  ingest->sweep();
  ASSERT_EQ(line_count(), 3U);  // its last line counts as it is
  EXPECT_EQ(listener_.records.back().line, "last");
  EXPECT_TRUE(listener_.records.back().partial);
  EXPECT_EQ(listener_.records.back().generation, 0U);
  ASSERT_EQ(::write(old.get(), "too late\n", 9), 9);
  settle();
  EXPECT_EQ(line_count(), 3U);
  ingest.reset();
}

}  // namespace
}  // namespace tailwater
