// What is read from history: the last N, gaps, bytes from before the journal, bounded steps.
#include "stream/history.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

StartRequest once(StartRequest start) {
  start.follow = false;
  return start;
}

/// All that a client gets with follow=0.
std::unique_ptr<TestClient> read_all(StreamWorld& world, StartRequest start, std::vector<Parameter> query = {}) {
  auto client = std::make_unique<TestClient>(world.readers(), once(std::move(start)), std::move(query));
  world.settle([&] { return client->read(); });
  EXPECT_EQ(client->events.back().type, "end");
  return client;
}

TEST(TailSearch, FindsExactlyTheLastMatchingRecordsAmongRandomOnes) {
  std::mt19937 random(1);
  for (int round = 0; round < 4; ++round) {
    StreamWorld::Options options = StreamWorld::roomy();
    options.rules.max_record_bytes = round % 2 == 0 ? 700 : RecordRules::kDefaultMaxBytes;
    options.stream.history_step_bytes = 20'000;
    StreamWorld world(options);
    for (int i = 0; i < 3; ++i) world.add_file(fmt::format("f{}.log", i));
    for (int extent = 0; extent < 8; ++extent) {
      std::string text;
      const std::size_t size = random() % 3 == 0 ? random() % 900'000 : random() % 3000;
      while (text.size() <= size) {
        text += random() % 5 == 0 ? "needle " : "hay ";
        text.append(random() % 50 == 0 ? random() % 3000 : random() % 100, 'x');
        if (random() % 3000 == 0) text.append(300'000, 'y');
        text += '\n';
      }
      world.write_turn(random() % 3, text);
    }
    for (const std::uint32_t count : {1U, 2U, 10U, 500U, static_cast<std::uint32_t>(random() % 10'000), 100'000U}) {
      for (const bool filtered : {false, true}) {
        std::vector<std::string> expected;
        for (const auto& line : world.lines()) {
          if (!filtered || line.text.find("needle") != std::string::npos) expected.push_back(line.id);
        }
        if (expected.size() > count) expected.erase(expected.begin(), expected.end() - count);
        const auto client = read_all(world, tail_of(count),
                                     filtered ? std::vector<Parameter>{{"grep", "needle"}} : std::vector<Parameter>{});
        ASSERT_TRUE(client->log_ids() == expected) << "tail=" << count << " gave " << client->log_ids().size();
      }
    }
  }
}

TEST(TailSearch, CountsOnlyWhatTheQuerySelects) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  const auto b = world.add_file("b.log");
  for (int i = 0; i < 5; ++i) {
    world.write_turn(a, fmt::format("a{} error\n", i));
    world.write_turn(b, fmt::format("b{} error\n", i));
  }
  const auto client = read_all(world, tail_of(2), {{"file", "a.log"}, {"level", "error"}});
  EXPECT_THAT(client->log_ids(), ElementsAre(world.lines()[6].id, world.lines()[8].id));
}

TEST(Replay, StopsAfterAStepsWorthUntilTheSocketTookIt) {
  StreamWorld::Options options = StreamWorld::roomy();
  options.stream.history_step_bytes = 4000;
  options.stream.chunk_bytes = 500;
  StreamWorld world(options);
  const auto a = world.add_file("a.log");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += fmt::format("line {}\n", i);
  world.write_turn(a, text);
  TestClient client(world.readers(), start_of(StartRequest::Kind::kStart));
  client.read();
  ASSERT_TRUE(world.run_worker());
  world.run_client();
  EXPECT_FALSE(world.run_worker()) << "a step without the socket having taken the last one";
  EXPECT_LE(client.cursor().lag(), 6000U);
  world.settle([&] { return client.read(); });
  EXPECT_THAT(client.of_type("log"), SizeIs(1000));
}

TEST(Replay, ACursorThatIsGoneReadsNoMore) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  world.write_turn(a, "line\n");
  auto client = std::make_unique<TestClient>(world.readers(), tail_of(5));
  client.reset();
  world.run_worker();
  world.run_client();
  EXPECT_EQ(world.core().counters.records_framed.load(), 0U);
}

TEST(Replay, BytesThatAreGoneAreOneGapWithAnIdBehindThem) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  const auto b = world.add_file("b.log");
  world.write_turn(a, "lost one\n");
  world.write_turn(a, "lost two\n");
  world.clock.advance(Milliseconds(1000));
  world.write_turn(a, "lost three\n");
  world.rotate(a);
  world.write_turn(a, "new\n");
  world.write_turn(b, "kept\n");
  world.forget_rotated(a);
  const auto client = read_all(world, start_of(StartRequest::Kind::kStart));
  EXPECT_THAT(client->types(), ElementsAre("hello", "file", "file", "gap", "file", "log", "log", "end"));
  const std::string key(world.file(a).info->key.text());
  EXPECT_EQ(client->of_type("gap")[0].data,
            fmt::format(R"({{"file":"{}","from":"{}.0.0","to":"{}.0.29","bytes":29,"reason":"rotated"}})",
                        world.file(a).info->path, key, key));
  EXPECT_EQ(client->of_type("gap")[0].id, key + ".0.29");
  // Coming back with it goes on behind it.
  StartRequest again = resume_of(key + ".0.29");
  EXPECT_THAT(read_all(world, again)->types(), ElementsAre("hello", "file", "log", "log", "end"));
}

// What is at the offsets of its records now may be another life's.
TEST(Replay, AFileThatWasTruncatedIsAGapBeforeAnybodyHasNoticed) {
  for (const std::string& instead : {std::string(), std::string("1ne\n"), std::string("1ne\n2wo\n3hree\n4our\n")}) {
    StreamWorld world;
    const auto a = world.add_file("a.log");
    world.write_turn(a, "one\ntwo\nthree\n");
    std::ofstream(world.file(a).info->path, std::ios::trunc | std::ios::binary) << instead;
    const auto client = read_all(world, start_of(StartRequest::Kind::kStart));
    EXPECT_THAT(client->types(), ElementsAre("hello", "file", "gap", "end")) << instead;
    EXPECT_THAT(client->of_type("gap")[0].data, HasSubstr("\"bytes\":14,\"reason\":\"truncated\""));
    EXPECT_EQ(client->of_type("gap")[0].id, std::string(world.file(a).info->key.text()) + ".0.14");
    EXPECT_THAT(read_all(world, tail_of(3))->of_type("log"), IsEmpty()) << instead;
  }
}

TEST(Replay, AFileThatWasCopiedAndTruncatedIsReadFromItsCopyBeforeAnybodyHasNoticed) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  world.write_turn(a, "one\ntwo\n");
  world.write_turn(a, "three\n");
  const std::string& path = world.file(a).info->path;
  std::filesystem::copy_file(path, path + ".1");
  std::ofstream(path, std::ios::trunc | std::ios::binary) << "1ne\n2wo\n3hree\n4our\n";
  const auto client = read_all(world, start_of(StartRequest::Kind::kStart));
  EXPECT_THAT(client->types(), ElementsAre("hello", "file", "log", "log", "log", "end"));
  EXPECT_THAT(client->of_type("log")[2].data, HasSubstr("\"line\":\"three\""));
}

TEST(Replay, ATailAsksForGapsOnlyBehindItsStart) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  world.write_turn(a, "lost\n");
  world.rotate(a);
  world.write_turn(a, "one\ntwo\n");
  world.forget_rotated(a);
  EXPECT_THAT(read_all(world, tail_of(2))->of_type("gap"), IsEmpty());
  EXPECT_THAT(read_all(world, tail_of(3))->of_type("gap"), SizeIs(1));
}

TEST(Replay, ChangesOfFilesAreToldLiveAndInReplayWithTheSameBytes) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  const auto b = world.add_file("b.log");
  world.write_turn(a, "one\n");
  TestClient live(world.readers(), tail_of(0));
  TestClient other(world.readers(), tail_of(0), {{"file", "b.log"}});
  world.settle([&] { return live.read() || other.read(); });
  world.write_turn(b, "other\n");
  world.rotate(a);
  world.change(a, FileChangeKind::kTruncated, 4, 100);
  world.change(a, FileChangeKind::kRemoved, 7);
  world.settle([&] { return live.read() || other.read(); });
  EXPECT_THAT(live.types(), ElementsAre("hello", "caught-up", "log", "file", "file", "gap", "file", "gap"));
  EXPECT_THAT(other.types(), ElementsAre("hello", "caught-up", "log"));
  const std::string key(world.file(a).info->key.text());
  EXPECT_THAT(live.of_type("gap")[0].data,
              HasSubstr(fmt::format(R"("from":"{}.0.4","to":"{}.0.104","bytes":100,"reason":"truncated")", key, key)));
  EXPECT_EQ(live.of_type("gap")[0].id, key + ".1.0");
  EXPECT_THAT(live.of_type("gap")[1].data, HasSubstr("\"to\":null,\"bytes\":null"));
  EXPECT_EQ(live.of_type("gap")[1].id, world.lines().back().id);

  const auto replayed = read_all(world, resume_of(world.lines()[0].id));
  const std::string backlog = live.body.substr(live.body.find("event: log"));
  EXPECT_NE(replayed->body.find(backlog), std::string::npos) << replayed->body;
}

TEST(Replay, TailSaysGapsInALineOfText) {
  StreamWorld world;
  const auto a = world.add_file("a.log");
  world.write_turn(a, "lost\n");
  world.rotate(a);
  world.write_turn(a, "new\n");
  world.forget_rotated(a);
  TestClient client(world.readers(), Subscription{query_of({}), once(start_of(StartRequest::Kind::kStart)),
                                                  /*sse=*/false, StreamSet::all()});
  world.settle([&] { return client.read(); });
  EXPECT_EQ(client.body, "[tailwater: gap in " + world.file(a).info->path + ": rotated, 5 bytes]\nnew\n");
  EXPECT_TRUE(client.finished());
}

class SmallJournal : public testing::Test {
 protected:
  static StreamWorld::Options options() {
    StreamWorld::Options options = StreamWorld::small();
    options.journal.memory_budget = 64U << 10;
    options.journal.segment_bytes = 16U << 10;
    options.journal.merge_window = Milliseconds(0);
    return options;
  }
  /// Until something was evicted.
  void fill() {
    for (int i = 0; world_.journal().before_first()->empty() || i % 100 != 0; ++i) {
      world_.clock.advance(Milliseconds(1));
      world_.write_turn(i % 2 == 0 ? a_ : b_, fmt::format("line {}\n", i));
      ASSERT_LT(i, 20'000);
    }
  }

  StreamWorld world_{options()};
  std::size_t a_ = world_.add_file("a.log");
  std::size_t b_ = world_.add_file("b.log");
};

TEST_F(SmallJournal, WhatFellOffItIsReadFileByFileBeforeIt) {
  fill();
  const auto client = read_all(world_, start_of(StartRequest::Kind::kStart));
  EXPECT_THAT(client->of_type("gap"), IsEmpty());
  std::vector<std::string> all;
  for (const auto& line : world_.lines()) all.push_back(line.id);
  auto got = client->log_ids();
  EXPECT_NE(got, all);  // the order between the files is not known any more
  // Each file's own order is.
  for (const std::size_t file : {a_, b_}) {
    std::vector<std::string> expected;
    for (const auto& line : world_.lines()) {
      if (line.file == file) expected.push_back(line.id);
    }
    std::vector<std::string> of_file;
    const std::string key(world_.file(file).info->key.text());
    for (const auto& id : got) {
      if (id.rfind(key, 0) == 0) of_file.push_back(id);
    }
    EXPECT_EQ(of_file, expected);
  }
}

TEST_F(SmallJournal, ATailReachesBackBeforeIt) {
  fill();
  const auto all = read_all(world_, start_of(StartRequest::Kind::kStart))->log_ids();
  for (const std::size_t count : {all.size() - 1, all.size() - 300, all.size() + 5, std::size_t{3}}) {
    auto expected = all;
    if (count < expected.size()) expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(count));
    EXPECT_EQ(read_all(world_, tail_of(static_cast<std::uint32_t>(count)))->log_ids(), expected) << count;
  }
}

TEST_F(SmallJournal, AnIdThatFellOffItIsAJournalGap) {
  fill();
  const std::string old = world_.lines()[0].id;
  StartRequest start = resume_of(old);
  start.kind = StartRequest::Kind::kTail;
  start.tail = 2;
  const auto client = read_all(world_, start);
  EXPECT_THAT(client->types(), ElementsAre("hello", "gap", "log", "log", "end"));
  EXPECT_EQ(client->of_type("gap")[0].data, "{\"file\":\"" + world_.file(a_).info->path + "\",\"from\":\"" + old +
                                                "\",\"to\":null,\"bytes\":null,\"reason\":\"journal\"}");
}

TEST_F(SmallJournal, SinceATimeThatFellOffItIsAJournalGap) {
  const WallTime then = world_.clock.wall_now();
  fill();
  StartRequest start = start_of(StartRequest::Kind::kSince);
  start.since = then;
  EXPECT_THAT(read_all(world_, start)->of_type("gap"), SizeIs(1));
  start.since = world_.clock.wall_now();
  EXPECT_THAT(read_all(world_, start)->of_type("gap"), IsEmpty());
}

TEST_F(SmallJournal, ACursorThatItOvertookSaysSoAndGoesOnInOrder) {
  world_.write_turn(a_, "first\n");
  TestClient client(world_.readers(), start_of(StartRequest::Kind::kStart));
  client.read();
  world_.run_worker();
  world_.run_client();
  client.read(10);  // and stalls
  fill();
  fill();
  world_.settle([&] { return client.read(); });
  const auto gaps = client.of_type("gap");
  ASSERT_THAT(gaps, SizeIs(1));
  EXPECT_THAT(gaps[0].data, HasSubstr("\"reason\":\"journal\""));
  // What comes behind the gap is the end of all lines, without another hole.
  const auto got = client.log_ids();
  const auto types = client.types();
  const auto before_gap = std::count(types.begin(), std::find(types.begin(), types.end(), "gap"), "log");
  const std::vector<std::string> behind(got.begin() + before_gap, got.end());
  ASSERT_FALSE(behind.empty());
  std::vector<std::string> expected;
  for (std::size_t i = world_.lines().size() - behind.size(); i < world_.lines().size(); ++i) {
    expected.push_back(world_.lines()[i].id);
  }
  EXPECT_EQ(behind, expected);
}

}  // namespace
}  // namespace tailwater
