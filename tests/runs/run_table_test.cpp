// The table of runs, stepped by hand: from what ingest tells to the board and the disk, over restarts at any place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "runs/run_events.h"
#include "runs/run_json.h"
#include "runs/run_table.h"
#include "stream/stream_world.h"
#include "support/json_value.h"

namespace tailwater {
namespace {

using JobRun = tailwater::Run;

constexpr std::string_view kOutput =
    "--- compile\n[1/4] a.cpp\nsrc/a.c:3:7: warning: unused\n[4/4] b.cpp\n--- test\n"
    "[==========] Running 2 tests from 1 test suite.\n[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n"
    "[ RUN      ] A.Two\na.cpp:7: Failure\n[  FAILED  ] A.Two (1 ms)\n"
    "[==========] 2 tests from 1 test suite ran. (1 ms total)\n::group::clean up\nrm -rf x\n::endgroup::\nlast line\n";

class RunTableTest : public testing::Test {
 protected:
  RunTableTest() { open("state"); }
  ~RunTableTest() override { close(); }

  void open(const std::string& directory) {
    auto store = RunStore::open(state_.file(directory));
    ASSERT_TRUE(store) << store.error().message;
    board_ = std::make_unique<RunBoard>();
    RunStream stream;
    stream.name = "s";
    stream.naming = RunNaming({world_.dir().file("") + "*.out"}, world_.dir().path(), nullptr);
    stream.idle = std::chrono::minutes(30);
    stream.keep = keep_;
    table_ = std::make_unique<RunTable>(
        RunTable::Parts{world_.core().sources, *board_, world_.clock,
                        [this](const std::string&, const std::string& file) { removed_.push_back(file); }},
        std::move(*store), std::vector<RunStream>{stream});
    world_.on_extent = [this](const auto& file, const auto& extent, const auto& appended) {
      table_->on_extent(file, extent, appended);
    };
    world_.on_change = [this](const auto& file, const auto& change, const auto& appended) {
      table_->on_change(file, change, appended);
    };
  }
  void close() {
    world_.on_extent = [](const auto&...) {};
    world_.on_change = [](const auto&...) {};
    table_.reset();
  }
  /// What is on the disk now, as if the process had been killed: the table goes on from there.
  void kill_and_start() {
    const std::string next = fmt::format("state{}", ++kills_);
    std::filesystem::copy(state_.file(directory_), state_.file(next), std::filesystem::copy_options::recursive);
    directory_ = next;
    close();
    open(next);
    look();
  }
  void look() {
    table_->on_turn_end();
    while (table_->step()) continue;
    table_->tick();
  }
  void write(std::size_t file, std::string_view text) {
    world_.write_turn(file, text);
    look();
  }
  void wait(Milliseconds time) {
    world_.clock.advance(time);
    look();
  }
  [[nodiscard]] JobRun run(const std::string& file) const {
    const auto found = board_->find("s/" + file);
    return found ? found->run() : JobRun();
  }
  [[nodiscard]] std::string whole(const std::string& file) const {
    const auto found = board_->find("s/" + file);
    return found ? found->whole() : "none";
  }

  TempDir state_;
  StreamWorld world_;
  RunLimits keep_{std::chrono::hours(24), 1000, 1ULL << 30};
  std::unique_ptr<RunBoard> board_;
  std::unique_ptr<RunTable> table_;
  std::vector<std::string> removed_;
  std::string directory_ = "state";
  int kills_ = 0;
};

TEST_F(RunTableTest, LinesMakeARunOfAFile) {
  const std::size_t file = world_.add_file("build-7.out");
  look();
  EXPECT_EQ(run("build-7.out").state, RunState::kPending) << "it is there, and empty";
  write(file, "one\ntwo\n");
  const JobRun seen = run("build-7.out");
  EXPECT_EQ(seen.state, RunState::kRunning);
  EXPECT_EQ(seen.findings.lines, 2U);
  EXPECT_EQ(seen.size, 8U);
  EXPECT_EQ(seen.identity.attempt, 7U);
  const std::string key(world_.file(file).info->key.text());
  EXPECT_THAT(whole("build-7.out"), testing::HasSubstr(fmt::format("\"begin\":\"{0}.0.0\",\"end\":\"{0}.0.8\"", key)));
}

TEST_F(RunTableTest, ProgressIsToldNowAndThenAndStatesAtOnce) {
  const std::size_t file = world_.add_file("a.out");
  write(file, "first\n");
  const std::uint64_t before = board_->last_change();
  for (int i = 1; i <= 100; ++i) write(file, fmt::format("[{}/200] x\n", i));
  EXPECT_EQ(board_->last_change(), before);
  wait(Milliseconds(400));
  EXPECT_EQ(board_->last_change(), before + 1);
  EXPECT_EQ(run("a.out").findings.progress->done, 100U);
  EXPECT_EQ(run("a.out").findings.lines, 101U);
  write(file, "Finished: FAILURE\n");
  EXPECT_EQ(board_->last_change(), before + 2);
  EXPECT_EQ(run("a.out").state, RunState::kFailed);
}

TEST_F(RunTableTest, AKillAnywhereChangesNothing) {
  const std::size_t whole_file = world_.add_file("whole.out");
  write(whole_file, kOutput);
  wait(std::chrono::hours(1));
  const auto without_names = [&](const std::string& file, std::size_t index) {
    auto value = JsonValue::parse(whole(file));
    EXPECT_TRUE(value) << whole(file);
    std::string text = whole(file).substr(whole(file).find("\"lines\""));
    const std::string key(world_.file(index).info->key.text());
    for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos;) text.replace(at, key.size(), "KEY");
    // Times differ, since the writing took longer.
    for (std::size_t at = 0; (at = text.find("\"20", at)) != std::string::npos;) text.replace(at, 26, "TIME");
    for (std::size_t at = 0; (at = text.find("_ms\":", at)) != std::string::npos;) {
      at += 5;
      text.erase(at, text.find_first_of(",}", at) - at);
    }
    return text;
  };
  const std::string expected = without_names("whole.out", whole_file);
  int cut = 0;
  for (std::size_t at = kOutput.find('\n') + 1; at < kOutput.size(); at = kOutput.find('\n', at) + 1) {
    const std::string name = fmt::format("cut{}.out", cut++);
    const std::size_t file = world_.add_file(name);
    write(file, kOutput.substr(0, at));
    if (cut % 3 != 0) wait(std::chrono::seconds(6));  // else nothing of it has been saved
    const std::size_t next = kOutput.find('\n', at) + 1;
    world_.write_turn(file, kOutput.substr(at, next - at));  // not looked at when the kill comes
    kill_and_start();
    if (next < kOutput.size()) write(file, kOutput.substr(next));
    wait(std::chrono::hours(1));
    EXPECT_EQ(without_names(name, file), expected) << "cut at " << at;
  }
  EXPECT_EQ(cut, 15);
}

TEST_F(RunTableTest, ARotatedFileIsStillTheSameRun) {
  const std::size_t file = world_.add_file("a.out");
  write(file, "one\ntwo\n");
  world_.rotate(file);
  write(file, "three\n");
  wait(std::chrono::seconds(1));
  EXPECT_EQ(run("a.out").findings.lines, 3U);
  EXPECT_EQ(run("a.out").end, (RunPlace{1, 6}));
  EXPECT_EQ(run("a.out").begin, (RunPlace{0, 0}));
  EXPECT_EQ(run("a.out").size, 14U);
}

TEST_F(RunTableTest, ACallIsThereAfterAKillAndNothingIsReadTwice) {
  const std::size_t file = world_.add_file("job.log");
  write(file, "one\n");
  RunCall over;
  over.state = RunState::kPassed;
  over.exit_code = 0;
  ASSERT_TRUE(table_->call("s", "job", over));
  EXPECT_EQ(run("job").state, RunState::kPassed) << "it is on the board when the call returns";
  kill_and_start();
  EXPECT_EQ(run("job").state, RunState::kPassed);
  EXPECT_TRUE(run("job").known);
  EXPECT_EQ(run("job").findings.lines, 1U);
  look();
  EXPECT_TRUE(board_->find("s/job")->about().ended_with) << "its file has been read to its end";
  RunCall again;
  again.state = RunState::kRunning;
  ASSERT_TRUE(table_->call("s", "job", again));
  EXPECT_EQ(run("job").state, RunState::kRunning);
  EXPECT_FALSE(run("job").exit_code);
  EXPECT_FALSE(board_->find("s/job")->about().ended_with);
  EXPECT_FALSE(table_->call("nobody", "job", over));
}

TEST_F(RunTableTest, ItIsOverOnceAllThatWasWrittenBeforeIsHandedOn) {
  const std::size_t file = world_.add_file("job.log");
  write(file, "one\n");
  world_.write(file, "two\n");  // on disk, and ingest has not seen it
  RunCall over;
  over.state = RunState::kFailed;
  ASSERT_TRUE(table_->call("s", "job", over));
  wait(std::chrono::seconds(1));
  EXPECT_EQ(run("job").state, RunState::kFailed);
  EXPECT_FALSE(board_->find("s/job")->about().ended_with);
  world_.turn();
  wait(std::chrono::seconds(1));
  ASSERT_TRUE(board_->find("s/job")->about().ended_with);
  EXPECT_EQ(*board_->find("s/job")->about().ended_with, world_.journal().end().appends);
  EXPECT_EQ(run("job").findings.lines, 2U);
}

TEST_F(RunTableTest, SilenceEndsARunThatNobodyEnds) {
  const std::size_t silent = world_.add_file("silent.out");
  const std::size_t passed = world_.add_file("passed.out");
  write(silent, "working\n");
  write(passed, "====== 3 passed in 0.12s ======\n");
  wait(std::chrono::minutes(2));
  EXPECT_EQ(run("passed.out").state, RunState::kPassed);
  EXPECT_FALSE(run("passed.out").known);
  EXPECT_EQ(run("silent.out").state, RunState::kRunning);
  wait(std::chrono::minutes(30));
  EXPECT_EQ(run("silent.out").state, RunState::kLost);
  write(silent, "still here\n");
  EXPECT_EQ(run("silent.out").state, RunState::kRunning);
  EXPECT_FALSE(board_->find("s/silent.out")->about().ended_with);
}

TEST_F(RunTableTest, EarlierRunsOfTheNameSayHowLongThisOneTakes) {
  for (int i = 1; i <= 3; ++i) {
    RunCall call;
    call.state = RunState::kRunning;
    ASSERT_TRUE(table_->call("s", fmt::format("job-{}", i), call));
    wait(std::chrono::seconds(10 * i));
    call.state = RunState::kPassed;
    ASSERT_TRUE(table_->call("s", fmt::format("job-{}", i), call));
  }
  RunCall call;
  call.state = RunState::kRunning;
  ASSERT_TRUE(table_->call("s", "job-4", call));
  EXPECT_EQ(board_->find("s/job-4")->about().eta, std::chrono::seconds(20));
  wait(std::chrono::seconds(5));
  call.labels = {{"a", "b"}};
  ASSERT_TRUE(table_->call("s", "job-4", call));
  EXPECT_EQ(board_->find("s/job-4")->about().eta, std::chrono::seconds(15));
  ASSERT_TRUE(table_->call("s", "other-1", call));
  EXPECT_FALSE(board_->find("s/other-1")->about().eta);
}

TEST_F(RunTableTest, ThoseThatEndedFirstAreForgottenAndNotTakenForNewOnes) {
  keep_.runs = 2;
  close();
  open("state");
  std::vector<std::size_t> files;
  for (int i = 0; i < 4; ++i) {
    files.push_back(world_.add_file(fmt::format("f{}.out", i)));
    write(files.back(), "Finished: SUCCESS\n");
    wait(std::chrono::seconds(1));
  }
  const std::size_t live = world_.add_file("live.out");
  write(live, "working\n");
  wait(std::chrono::minutes(2));
  EXPECT_EQ(board_->list().size(), 2U);
  EXPECT_EQ(run("live.out").state, RunState::kRunning) << "one that runs is kept";
  EXPECT_EQ(run("f3.out").state, RunState::kPassed);
  EXPECT_TRUE(removed_.empty()) << "files that are not ours stay";
  wait(std::chrono::seconds(6));
  kill_and_start();
  EXPECT_EQ(board_->list().size(), 2U);
  write(files[0], "again\n");
  EXPECT_EQ(run("f0.out").findings.lines, 1U) << "a run of its own";
  EXPECT_EQ(run("f0.out").begin, (RunPlace{0, 18}));
}

TEST_F(RunTableTest, NothingIsKeptOfForgottenOnesWhoseFilesNobodyKnowsAnyMore) {
  keep_.runs = 2;
  close();
  open("state");
  std::vector<std::size_t> files;
  for (int i = 0; i < 4; ++i) {
    files.push_back(world_.add_file(fmt::format("f{}.out", i)));
    write(files.back(), "Finished: SUCCESS\n");
    wait(std::chrono::seconds(1));
  }
  wait(std::chrono::minutes(2));
  EXPECT_EQ(board_->list().size(), 2U);
  const auto stored = [&] {
    const std::string copy = fmt::format("copy{}", ++kills_);
    std::filesystem::copy(state_.file(directory_), state_.file(copy), std::filesystem::copy_options::recursive);
    return (*RunStore::open(state_.file(copy)))->take_runs().size();
  };
  wait(std::chrono::minutes(1));
  EXPECT_EQ(stored(), 4U) << "their files may be read once more";
  world_.retire(files[0]);
  world_.retire(files[1]);
  wait(std::chrono::minutes(1));
  EXPECT_EQ(stored(), 2U);
  kill_and_start();
  EXPECT_EQ(board_->list().size(), 2U);
}

TEST_F(RunTableTest, OfPushedRunsTheFilesGoToo) {
  keep_.age = std::chrono::minutes(1);
  close();
  open("state");
  RunCall call;
  call.state = RunState::kPassed;
  ASSERT_TRUE(table_->call("s", "old", call));
  wait(std::chrono::minutes(2));
  wait(std::chrono::minutes(2));
  EXPECT_EQ(removed_, std::vector<std::string>{"old"});
  EXPECT_TRUE(board_->list().empty());
  kill_and_start();
  EXPECT_TRUE(board_->list().empty());
}

TEST_F(RunTableTest, ThePlaceIsLostWithTheJournalAndTheFileReadOnceMore) {
  const std::size_t file = world_.add_file("a.out");
  write(file, "one\ntwo\n");
  StoredRun stored;
  {
    auto store = RunStore::open(state_.file("other"));
    ASSERT_TRUE(store);
    stored.stream = "s";
    stored.file = "a.out";
    stored.path = world_.file(file).info->path;
    stored.key = "zzzz";  // of a journal that is there no more
    stored.end = {3, 1000};
    stored.size = 1000;
    ASSERT_TRUE((*store)->put(stored, true));
  }
  close();
  open("other");
  look();
  EXPECT_EQ(run("a.out").findings.lines, 2U);
  EXPECT_EQ(run("a.out").size, 8U);
}

TEST_F(RunTableTest, AStreamThatBecomesOneOfRunsIsReadFromItsFilesBeginnings) {
  const std::size_t file = world_.add_file("a.out");
  write(file, "one\n");
  close();
  open("fresh");
  table_->set_streams({});
  world_.write_turn(file, "two\n");
  look();
  EXPECT_TRUE(board_->list().empty());
  RunStream stream;
  stream.name = "s";
  stream.naming = RunNaming({world_.dir().file("") + "*.out"}, "", nullptr);
  stream.idle = std::chrono::minutes(30);
  stream.keep = keep_;
  table_->set_streams({stream});
  write(file, "three\n");
  EXPECT_EQ(run("a.out").findings.lines, 3U);
}

class RunEventsTest : public testing::Test {
 protected:
  static JobRun job(const std::string& file, RunState state) {
    JobRun run;
    run.identity.stream = "s";
    run.identity.file = run.identity.name = file;
    run.state = state;
    return run;
  }
  void publish(const std::string& file, RunState state = RunState::kRunning) {
    board_.publish(job(file, state), {"/spool/s/" + file + ".log", {}, {}});
  }
  [[nodiscard]] std::string frames(std::uint64_t& seen, const std::string& file = {}, std::size_t budget = 1 << 20) {
    std::vector<Parameter> parameters{{"types", "run"}, {"detail", "summary"}};
    if (!file.empty()) parameters.push_back({"file", file});
    StateWish wish;
    wish.selection = std::make_shared<const Selection>(*Query::parse(parameters, {}), true, readable_);
    std::string text;
    events_.append(text, seen, wish, budget);
    return text;
  }
  static std::size_t count(const std::string& text) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find("event: run\n", at)) != std::string::npos; ++at) ++found;
    return found;
  }
  RunBoard board_;
  RunEvents events_{board_};
  StreamSet readable_ = StreamSet::all();
};

TEST_F(RunEventsTest, WhatChangedOftenIsToldOnceAndWhatIsForgottenIsTold) {
  std::uint64_t seen = 0;
  for (int i = 0; i < 10; ++i) {
    publish("a");
    publish("b");
  }
  EXPECT_EQ(count(frames(seen)), 2U);
  EXPECT_EQ(frames(seen), "");
  publish("a", RunState::kPassed);
  EXPECT_THAT(frames(seen), testing::HasSubstr("\"state\":\"passed\""));
  board_.forget(job("a", RunState::kPassed).identity);
  EXPECT_THAT(frames(seen), testing::HasSubstr("{\"run\":\"s/a\",\"stream\":\"s\",\"file\":\"a\",\"forgotten\":true}"));
  std::uint64_t fresh = 0;
  EXPECT_EQ(count(frames(fresh)), 1U) << "who comes now never saw it";
}

TEST_F(RunEventsTest, OfOneRunAloneItsChangesAndItsEndAreToldWhateverElseHappens) {
  StateWish wish;
  wish.selection = std::make_shared<const Selection>(
      *Query::parse(std::vector<Parameter>{{"types", "run"}, {"file", "one"}}, {}), true, readable_);
  wish.only = "s/one";
  std::uint64_t seen = 0;
  const auto told = [&] {
    std::string text;
    events_.append(text, seen, wish, 1 << 20);
    return text;
  };
  EXPECT_EQ(told(), "") << "it is not there yet";
  for (int i = 0; i < 1000; ++i) publish("r" + std::to_string(i));
  EXPECT_EQ(told(), "");
  EXPECT_EQ(seen, board_.last_change()) << "the others are not even looked at";
  publish("one");
  publish("two");
  EXPECT_THAT(told(), testing::HasSubstr("\"run\":\"s/one\""));
  publish("two");
  EXPECT_EQ(told(), "");
  publish("one", RunState::kPassed);
  const std::string passed = told();
  EXPECT_EQ(count(passed), 1U);
  EXPECT_THAT(passed, testing::HasSubstr("\"state\":\"passed\""));
  board_.forget(job("one", RunState::kPassed).identity);
  EXPECT_THAT(told(), testing::HasSubstr("\"forgotten\":true"));
  EXPECT_EQ(told(), "");
  publish("one");
  EXPECT_EQ(count(told()), 1U);
  EXPECT_FALSE(board_.find_forgotten("s/one"));
}

TEST_F(RunEventsTest, OnlyTheLastForgottenOnesAreRemembered) {
  for (std::size_t i = 0; i <= RunBoard::kForgottenRemembered; ++i) {
    const std::string name = "r" + std::to_string(i);
    publish(name);
    board_.forget(job(name, RunState::kPassed).identity);
  }
  EXPECT_FALSE(board_.find_forgotten("s/r0"));
  EXPECT_TRUE(board_.find_forgotten("s/r1"));
  EXPECT_EQ(board_.changes(0, 10'000).size(), RunBoard::kForgottenRemembered);
}

TEST_F(RunEventsTest, ManyComeInPiecesAndNoneIsMissed) {
  for (int i = 0; i < 1000; ++i) publish("r" + std::to_string(i));
  std::uint64_t seen = 0;
  std::size_t told = 0;
  int pieces = 0;
  for (std::string piece; !(piece = frames(seen, "", 4000)).empty(); ++pieces) {
    EXPECT_LT(piece.size(), 6000U);
    told += count(piece);
  }
  EXPECT_EQ(told, 1000U);
  EXPECT_GT(pieces, 20);
}

TEST_F(RunEventsTest, AreThoseThatTheQuerySelectsAndTheCallerMayRead) {
  publish("a");
  publish("b");
  std::uint64_t seen = 0;
  EXPECT_THAT(frames(seen, "a"), testing::HasSubstr("\"run\":\"s/a\""));
  seen = 0;
  EXPECT_EQ(count(frames(seen, "a")), 1U) << "by its name";
  seen = 0;
  EXPECT_EQ(count(frames(seen, "a.log")), 1U) << "by its path";
  seen = 0;
  readable_ = StreamSet::of({"other"});
  EXPECT_EQ(frames(seen), "");
}

TEST(RunBoardTest, RemembersNotMoreForgottenOnesThanItSays) {
  RunBoard board;
  for (std::size_t i = 0; i < 2 * RunBoard::kForgottenRemembered; ++i) {
    JobRun run;
    run.identity.stream = "s";
    run.identity.file = std::to_string(i);
    const RunIdentity identity = run.identity;
    board.publish(std::move(run), {});
    board.forget(identity);
  }
  EXPECT_EQ(board.changes(0, 1 << 20).size(), RunBoard::kForgottenRemembered);
  EXPECT_TRUE(board.list().empty());
}

}  // namespace
}  // namespace tailwater
