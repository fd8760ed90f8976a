#include <fstream>

#include <fmt/format.h>

#include "source/ingest_fixture.h"

namespace tailwater {
namespace {

using Kinds = std::vector<FileChangeKind>;
using Lines = std::vector<std::string>;

/// What happens to files while the daemon is away.
class IngestRestart : public testing::Test, public IngestFixture {
 protected:
  IngestRestart() : IngestFixture(WatchSet::Kind::kBest) { std::filesystem::create_directories(logs()); }
  void restart(const std::vector<std::string>& paths) {
    stop();
    start(paths);
  }
};

/// Long enough that its tail is known by 64 bytes.
std::string line(int number) {
  return fmt::format("line {} {}", number, std::string(70, 'x'));
}
std::string lines(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += line(i) + "\n";
  return text;
}
Lines line_list(int first, int count) {
  Lines all;
  for (int i = first; i < first + count; ++i) all.push_back(line(i));
  return all;
}

TEST_F(IngestRestart, GoesOnWhereItWas) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  write_to("a.log", lines(10, 10));
  expect_lines("a.log", line_list(0, 20));
  stop();
  write_to("a.log", lines(20, 10) + "open");
  start({"a.log"});
  EXPECT_EQ(lines_of("a.log"), line_list(0, 30));
  write_to("a.log", " line\n");
  Lines all = line_list(0, 30);
  all.push_back("open line");
  expect_lines("a.log", all);
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared}));
}

TEST_F(IngestRestart, NothingIsResentByRestartsAlone) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  truncate("a.log");
  write_to("a.log", lines(10, 2));
  expect_lines("a.log", line_list(0, 12));
  for (int i = 0; i < 3; ++i) {
    restart({"a.log"});
    expect_lines("a.log", line_list(0, 12));
  }
  crash();
  start({"a.log"});
  expect_lines("a.log", line_list(0, 12));
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kTruncated}));
}

TEST_F(IngestRestart, RotatedWhileAwayIsReadToItsEndFirst) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  stop();
  write_to("a.log", lines(10, 5) + "open");
  rename("a.log", "a.log.1");
  write_to("a.log", lines(20, 5));
  start({"a.log"});
  Lines all = line_list(0, 15);
  all.push_back("open");
  for (const std::string& one : line_list(20, 5)) all.push_back(one);
  EXPECT_EQ(lines_of("a.log"), all);
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kRotated}));
  EXPECT_FALSE(last_change("a.log")->lost_from);
  // Its writer may not have noticed.
  write_to("a.log.1", " late\n");
  EXPECT_TRUE(run_until([&] { return listener_.records.back().line == " late"; }));
  EXPECT_EQ(listener_.records.back().generation, 0U);
}

TEST_F(IngestRestart, LateBytesOfARotatedFileAreReadWhoeverWasAwayWhenTheyCame) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  rename("a.log", "a.log.1");
  write_to("a.log", "");
  ASSERT_TRUE(run_until([&] { return status_of("a.log")->generation == 1; }));
  crash();
  write_to("a.log.1", lines(10, 3));
  write_to("a.log", lines(20, 5));
  start({"a.log"});
  Lines all = line_list(0, 13);
  for (const std::string& one : line_list(20, 5)) all.push_back(one);
  EXPECT_EQ(lines_of("a.log"), all);
  // It may go on for a while.
  write_to("a.log.1", line(13) + "\n");
  all.push_back(line(13));
  expect_lines("a.log", all);
  crash();
  start({"a.log"});
  expect_lines("a.log", all);
}

// An empty file was removed, and the next one got its inode number.
TEST_F(IngestRestart, AnInodeNumberThatWasGivenAgainBringsNoLateBytes) {
  write_to("a.log", "");
  start({"a.log"});
  ASSERT_TRUE(run_until([&] { return status_of("a.log")->identity.inode != 0; }));
  for (int attempt = 0; attempt < 5; ++attempt) {  // on most file systems the first will do
    crash();
    remove("a.log");
    write_to("a.log", lines(attempt * 10, 5));
    start({"a.log"});
    crash();
    rename("a.log", fmt::format("a.log.{}", 9 - attempt));
    write_to("a.log", "");
    start({"a.log"});
  }
  Lines all;
  for (int attempt = 0; attempt < 5; ++attempt) {
    for (const std::string& one : line_list(attempt * 10, 5)) all.push_back(one);
  }
  expect_lines("a.log", all);
}

TEST_F(IngestRestart, LateBytesOfAFileThatWasRotatedTwiceWhileAwayComeFirst) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  rename("a.log", "a.log.1");
  write_to("a.log", lines(20, 5));
  Lines all = line_list(0, 10);
  for (const std::string& one : line_list(20, 5)) all.push_back(one);
  expect_lines("a.log", all);
  crash();
  rename("a.log.1", "a.log.2");
  write_to("a.log.2", lines(10, 3));
  rename("a.log", "a.log.1");
  write_to("a.log.1", lines(25, 2));
  write_to("a.log", lines(30, 2));
  start({"a.log"});
  for (const std::string& one : line_list(10, 3)) all.push_back(one);
  for (const std::string& one : line_list(25, 2)) all.push_back(one);
  for (const std::string& one : line_list(30, 2)) all.push_back(one);
  expect_lines("a.log", all);
}

TEST_F(IngestRestart, RotatedAndDeletedWhileAwayIsToldAsLost) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  const std::uint64_t end = status_of("a.log")->end;
  stop();
  // Another file holds on to the inode number, or the new one would get it.
  write_to("keep", "x");
  rename("a.log", "gone");
  write_to("a.log", lines(20, 5));
  remove("gone");
  start({"a.log"});
  Lines all = line_list(0, 10);
  for (const std::string& one : line_list(20, 5)) all.push_back(one);
  EXPECT_EQ(lines_of("a.log"), all);
  const auto change = last_change("a.log");
  EXPECT_EQ(change->kind, FileChangeKind::kReplaced);
  EXPECT_EQ(change->generation, 1U);
  ASSERT_TRUE(change->lost_from);
  EXPECT_EQ(change->lost_from->offset, end);
  EXPECT_EQ(change->lost_from->generation, 0U);
  EXPECT_FALSE(change->lost_bytes);
}

TEST_F(IngestRestart, DeletedAndRecreatedWithTheSameInodeIsReadFromItsBeginning) {
  write_to("a.log", lines(0, 3));
  start({"a.log"});
  struct stat before {};
  ASSERT_EQ(::stat(path("a.log").c_str(), &before), 0);
  stop();
  remove("a.log");
  write_to("a.log", lines(50, 20));  // longer; on ext4 most often in the same inode
  start({"a.log"});
  Lines all = line_list(0, 3);
  for (const std::string& one : line_list(50, 20)) all.push_back(one);
  EXPECT_EQ(lines_of("a.log"), all);
  EXPECT_TRUE(last_change("a.log")->lost_from);
}

TEST_F(IngestRestart, TruncatedWhileAwayAndRegrownPastTheOldOffset) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  stop();
  truncate("a.log");
  write_to("a.log", lines(100, 50));
  start({"a.log"});
  Lines all = line_list(0, 10);
  for (const std::string& one : line_list(100, 50)) all.push_back(one);
  EXPECT_EQ(lines_of("a.log"), all);
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kTruncated);
  EXPECT_TRUE(last_change("a.log")->lost_from);
}

TEST_F(IngestRestart, TruncatedWhileAwayToLessWithTheSameHeader) {
  write_to("a.log", "header\n" + lines(0, 10));
  start({"a.log"});
  stop();
  truncate("a.log");
  write_to("a.log", "header\n");
  start({"a.log"});
  EXPECT_EQ(lines_of("a.log").size(), 12U);
  EXPECT_EQ(lines_of("a.log").back(), "header");
}

TEST_F(IngestRestart, CopytruncatedWhileAwayIsReadFromTheCopy) {
  write_to("a.log", lines(0, 10));
  start({"a.log"});
  stop();
  write_to("a.log", lines(10, 10));
  std::filesystem::copy_file(path("a.log"), path("a.log.1"));
  truncate("a.log");
  write_to("a.log", lines(20, 3));
  start({"a.log"});
  EXPECT_EQ(lines_of("a.log"), line_list(0, 23));
  EXPECT_EQ(changes_of("a.log"), (Kinds{FileChangeKind::kAppeared, FileChangeKind::kTruncated}));
  EXPECT_FALSE(last_change("a.log")->lost_from);
}

TEST_F(IngestRestart, RenamedWhileAwayUnderAGlobIsNotReadTwice) {
  write_to("a.log", lines(0, 10));
  start({"a.log*"});
  stop();
  write_to("a.log", lines(10, 1));
  rename("a.log", "a.log.1");
  write_to("a.log", lines(11, 10));
  start({"a.log*"});
  EXPECT_EQ(lines_of("a.log"), line_list(0, 21));
  EXPECT_EQ(line_count(), 21U);
  for (int i = 0; i < 3; ++i) restart({"a.log*"});
  EXPECT_EQ(line_count(), 21U);
  // Still being written to, under its new name.
  write_to("a.log.1", lines(90, 1));
  EXPECT_TRUE(run_until([&] { return line_count() == 22; }));
  restart({"a.log*"});
  EXPECT_EQ(line_count(), 22U);
}

TEST_F(IngestRestart, RenamedWhileAwayWithoutASuccessorIsNotReadTwice) {
  write_to("a.log", lines(0, 10));
  start({"*.log"});
  stop();
  rename("a.log", "b.log");
  start({"*.log"});
  EXPECT_EQ(line_count(), 10U);
  write_to("b.log", lines(10, 1));
  EXPECT_TRUE(run_until([&] { return line_count() == 11; }));
  restart({"*.log"});
  EXPECT_EQ(line_count(), 11U);
}

TEST_F(IngestRestart, AWholeChainOfNamesMovesOnWhileAway) {
  for (int round = 0; round < 2; ++round) {
    const bool number_first = round == 1;  // app.1.log sorts before app.log
    const auto name = [&](int i) {
      if (i == 0) return std::string("app.log");
      return number_first ? fmt::format("app.{}.log", i) : fmt::format("app.log.{}", i);
    };
    for (int i = 0; i < 3; ++i) write_to(name(i), lines(100 * i, 5));
    start({"app*"});
    const std::size_t before = line_count();
    stop();
    for (int i = 3; i > 0; --i) rename(name(i - 1), name(i));
    write_to(name(0), lines(900, 5));
    start({"app*"});
    settle();
    EXPECT_EQ(line_count(), before + 5) << round;
    stop();
    for (int i = 0; i < 4; ++i) remove(name(i));
    start({"app*"});
    stop();
  }
}

TEST_F(IngestRestart, TwoNewFilesWithTheSameHeadAsAKnownOneAreRead) {
  write_to("a.log", lines(0, 20));
  start({"*.log"});
  stop();
  write_to("b.log", lines(0, 20));
  start({"*.log"});
  EXPECT_EQ(lines_of("b.log"), line_list(0, 20));
}

TEST_F(IngestRestart, ARemovedFileIsToldOnce) {
  write_to("a.log", lines(0, 3));
  start({"*.log"});
  stop();
  remove("a.log");
  start({"*.log"});
  ASSERT_EQ(last_change("a.log")->kind, FileChangeKind::kRemoved);
  EXPECT_TRUE(last_change("a.log")->lost_from);
  const std::size_t told = listener_.changes.size();
  for (int i = 0; i < 3; ++i) restart({"*.log"});
  EXPECT_EQ(listener_.changes.size(), told);
  write_to("a.log", lines(3, 3));
  expect_lines("a.log", line_list(0, 6));
  EXPECT_EQ(last_change("a.log")->kind, FileChangeKind::kAppeared);
  EXPECT_FALSE(last_change("a.log")->lost_from);
}

TEST_F(IngestRestart, AnUnreadEndThatWasToldAsRemovedIsNotToldAgain) {
  write_to("a.log", lines(0, 3));
  start({"*.log"});
  remove("a.log");
  EXPECT_TRUE(run_until([&] { return changes_of("a.log").size() == 2; }));
  stop();
  write_to("a.log", lines(3, 3));
  start({"*.log"});
  EXPECT_EQ(changes_of("a.log"),
            (Kinds{FileChangeKind::kAppeared, FileChangeKind::kRemoved, FileChangeKind::kAppeared}));
  EXPECT_FALSE(last_change("a.log")->lost_from);
}

TEST_F(IngestRestart, AStreamThatIsGoneIsRetired) {
  write_to("a.log", lines(0, 3));
  start_streams({{"old", {path("a.log")}, {}, rules_}});
  stop();
  start_streams({{"new", {path("a.log")}, {}, rules_}});
  EXPECT_EQ(line_count(), 6U);
  stop();
  start_streams({{"old", {path("a.log")}, {}, rules_}});
  EXPECT_EQ(line_count(), 9U);
}

TEST_F(IngestRestart, AHugeBacklogIsReadyAtOnce) {
  const std::string chunk = lines(0, 10'000);
  for (int i = 0; i < 128; ++i) write_to("a.log", chunk);  // 100 MB
  const auto begin = std::chrono::steady_clock::now();
  auto ingest = [&] {
    open_journal();
    auto made = IngestCore::create({*loop_, *journal_, *catalog_, clock_, listener_}, options_,
                                   {{"s", {path("a.log")}, {}, rules_}}, kind_);
    return std::move(*made);
  }();
  listener_.watch(*journal_);
  ASSERT_TRUE(ingest->start());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
  EXPECT_EQ(status_of("a.log")->end, chunk.size() * 128);
  ingest.reset();
}

TEST_F(IngestRestart, ANulHeadIsNoHistory) {
  write_to("a.log", std::string(100'000, '\0') + "one\ntwo\n");
  start({"*.log"});
  EXPECT_EQ(lines_of("a.log"), (Lines{"one", "two"}));
  EXPECT_EQ(ingest_->status().nul_bytes_skipped, 100'000U);
  write_to("a.log", "three\n");
  expect_lines("a.log", {"one", "two", "three"});
}

TEST_F(IngestRestart, AFileWithoutAnyNewlineIsNotHistoryYet) {
  write_to("a.log", "no newline");
  start({"a.log"});
  EXPECT_EQ(line_count(), 0U);
  write_to("a.log", " until now\n");
  expect_lines("a.log", {"no newline until now"});
}

TEST_F(IngestRestart, FilesComeInTheOrderOfTheirPathsWithinTheOrderOfTheStreams) {
  for (const char* name : {"b.log", "a.log", "c.txt"}) write_to(name, "x\n");
  start_streams({{"z", {path("*.log")}, {}, rules_}, {"a", {path("*.txt")}, {}, rules_}});
  std::string order;
  for (const SeenRecord& record : listener_.records) order += record.path.substr(logs().size() + 1) + " ";
  EXPECT_EQ(order, "a.log b.log c.txt ");
}

}  // namespace
}  // namespace tailwater
