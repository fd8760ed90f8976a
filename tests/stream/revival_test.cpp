// A process dies at any moment, with some of what it was sending taken by the socket; another one goes on from the
// memory that survived. The client must not be able to tell.
#include "stream/revival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "client/sse_parser.h"
#include "stream/call_on_ready.h"
#include "stream/chunk_decoder.h"
#include "stream/mooring.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n\r\n";
constexpr std::uint64_t kBegun = 4711;  // what the socket had taken before the stream

/// A client, and the socket between: it counts what it took, whoever sent it.
class MooredClient {
 public:
  MooredClient(std::uint64_t cookie, Subscription subscription)
      : cookie_(cookie), subscription_(std::move(subscription)) {}

  void connect(LoopReaders& readers, Moorings& moorings) {
    MooredStart start;
    start.mooring = moorings.moor({cookie_, kBegun, CountedBy::kTcp}, "GET / HTTP/1.1\r\n\r\n", {});
    start.head = kHead;
    subscribe(readers, std::move(start));
  }
  /// Reads what is there, in one piece of at most `most`. If `killed`, the process does not get to hear how much.
  bool read(std::size_t most, bool killed = false) {
    if (!cursor_) return false;
    std::array<std::string_view, 3> pieces;
    const std::size_t count = cursor_->gather(pieces);
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += pieces[i];
    bytes.resize(std::min(bytes.size(), most));
    if (bytes.empty()) return false;
    cursor_->will_send();
    take(bytes);
    if (!killed) cursor_->consume(bytes.size());
    return true;
  }
  void die() { cursor_.reset(); }
  void revive_from(const SurvivedMoorings& survived, LoopReaders& readers, Moorings& moorings) {
    const auto streams = survived.by_cookie();
    const auto found =
        std::find_if(streams.begin(), streams.end(), [&](const auto& each) { return each.first == cookie_; });
    ASSERT_NE(found, streams.end());
    auto revival = revive(found->second, kBegun + taken_);
    ASSERT_TRUE(revival) << revival.error().message;
    EXPECT_EQ(revival->taken, taken_);
    MooredStart start;
    start.mooring = moorings.moor({cookie_, kBegun, CountedBy::kTcp}, found->second.head(), {}, revival->taken);
    start.revival = std::make_unique<Revival>(std::move(*revival));
    subscribe(readers, std::move(start));
  }
  [[nodiscard]] std::vector<std::string> log_ids() const {
    std::vector<std::string> ids;
    for (const SseEvent& event : events) {
      for (const SseEvent& record : expand_lines(event)) {
        if (record.type == "log") ids.push_back(record.id);
      }
    }
    return ids;
  }
  [[nodiscard]] std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const SseEvent& event) { return event.type == type; }));
  }

  std::vector<SseEvent> events;

 private:
  void subscribe(LoopReaders& readers, MooredStart start) {
    ASSERT_TRUE(start.mooring);
    cursor_ = readers.subscribe_moored(subscription_, std::move(start), listener_);
  }
  void take(std::string_view bytes) {
    taken_ += bytes.size();
    const std::size_t head = std::min(bytes.size(), kHead.size() - std::min(kHead.size(), head_.size()));
    head_ += bytes.substr(0, head);
    std::string data;
    EXPECT_TRUE(decoder_.feed(bytes.substr(head), data)) << "chunk framing is broken";
    parser_.feed(data);
  }

  const std::uint64_t cookie_;
  const Subscription subscription_;
  CallOnReady listener_;
  std::unique_ptr<Cursor> cursor_;
  std::string head_;
  std::uint64_t taken_ = 0;
  ChunkDecoder decoder_;
  SseParser parser_{[this](SseEvent event) { events.push_back(std::move(event)); }};
};

std::unique_ptr<Moorings> make_moorings(std::uint64_t made, std::size_t bytes = 8U << 20) {
  auto moorings = Moorings::create(16, bytes, 1, made);
  EXPECT_TRUE(moorings) << moorings.error().message;
  return std::move(*moorings);
}

SurvivedMoorings survived(const Moorings& moorings) {
  auto memory = SurvivedMemory::map(UniqueFd(::fcntl(moorings.memory().fd(), F_DUPFD_CLOEXEC, 0)));
  EXPECT_TRUE(memory) << memory.error().message;
  auto opened = SurvivedMoorings::open(*memory);
  EXPECT_TRUE(opened) << opened.error().message;
  return std::move(*opened);
}

StreamWorld::Options in(StreamWorld::Options options, const Moorings& moorings) {
  options.stream.moorings = &moorings;
  return options;
}

/// World, memories and clients of one run.
class RevivedWorld {
 public:
  explicit RevivedWorld(const StreamWorld::Options& options) : world(in(options, *moorings_)) {}

  void add_client(StartRequest start, std::vector<Parameter> query = {}) {
    clients.push_back(std::make_unique<MooredClient>(
        clients.size() + 1, Subscription{query_of(std::move(query)), std::move(start), true, StreamSet::all()}));
    clients.back()->connect(world.readers(), *moorings_);
  }
  /// All at once is gone but the memory.
  void kill() {
    moorings_->keep_all();
    for (const auto& client : clients) client->die();
    auto next = make_moorings(++made_);
    world.begin_anew(next.get());
    const SurvivedMoorings old = survived(*moorings_);
    for (const auto& client : clients) client->revive_from(old, world.readers(), *next);
    moorings_ = std::move(next);
  }
  void settle() {
    for (int i = 0; i < 3; ++i) {
      world.settle([this] {
        bool any = false;
        for (const auto& client : clients) any = client->read(SIZE_MAX) || any;
        return any;
      });
    }
  }
  [[nodiscard]] const Moorings& moorings() const { return *moorings_; }
  ~RevivedWorld() {
    clients.clear();
    world.close_readers();
  }

 private:
  std::uint64_t made_ = 1;
  std::unique_ptr<Moorings> moorings_ = make_moorings(1);

 public:
  StreamWorld world;
  std::vector<std::unique_ptr<MooredClient>> clients;
};

std::vector<std::string> ids_of(std::span<const StreamWorld::Line> lines) {
  std::vector<std::string> ids;
  for (const StreamWorld::Line& line : lines) ids.push_back(line.id);
  return ids;
}

TEST(Revival, GoesOnInTheMiddleOfAFrameThatNobodyKnowsWasSent) {
  RevivedWorld run(StreamWorld::roomy());
  const std::size_t file = run.world.add_file("a.log");
  run.add_client(tail_of(0));
  run.settle();
  run.world.write_turn(file, "one\ntwo\n");
  run.world.run_client();
  ASSERT_TRUE(run.clients[0]->read(17, /*killed=*/true));
  run.kill();
  run.world.write_turn(file, "three\n");
  run.settle();
  EXPECT_EQ(run.clients[0]->log_ids(), ids_of(run.world.lines()));
  EXPECT_EQ(run.clients[0]->count("hello"), 1U);
  EXPECT_EQ(run.clients[0]->count("caught-up"), 1U);
}

TEST(Revival, SaysWhatCameWhileNobodyWasThere) {
  RevivedWorld run(StreamWorld::roomy());
  const std::size_t file = run.world.add_file("a.log");
  run.world.write_turn(file, "before\n");
  run.add_client(tail_of(0));
  run.kill();  // before a single byte was sent
  run.world.write_turn(file, "one\n");
  run.kill();
  run.world.write_turn(file, "two\n");
  run.settle();
  EXPECT_EQ(run.clients[0]->log_ids(), ids_of(std::span(run.world.lines()).subspan(1)));
  EXPECT_EQ(run.clients[0]->count("hello"), 1U);
}

TEST(Revival, WhatATailBeganWithIsThatOfItsRequest) {
  RevivedWorld run(StreamWorld::roomy());
  const std::size_t file = run.world.add_file("a.log");
  run.world.write_turn(file, "one\ntwo\nthree\n");
  run.add_client(tail_of(2));
  run.kill();
  run.world.write_turn(file, "four\nfive\nsix\n");
  run.settle();
  EXPECT_EQ(run.clients[0]->log_ids(), ids_of(std::span(run.world.lines()).subspan(1)));
}

TEST(Revival, ReadsOnceForAllWhoWereAtTheSamePlace) {
  RevivedWorld run(StreamWorld::roomy());
  const std::size_t file = run.world.add_file("a.log");
  for (int i = 0; i < 12; ++i) run.add_client(tail_of(0));
  run.settle();
  run.world.write_turn(file, "one\n");
  run.settle();
  run.kill();
  run.world.write_turn(file, "two\nthree\n");
  run.clients[0]->die();  // the one that was to read for the others
  run.settle();
  EXPECT_LE(run.world.core().counters.records_framed.load(), 4U);
  for (std::size_t i = 1; i < run.clients.size(); ++i) {
    EXPECT_EQ(run.clients[i]->log_ids(), ids_of(run.world.lines())) << i;
  }
}

/// Whatever is done in whatever order, and whenever it dies.
class RandomRevival : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomRevival, LosesAndRepeatsNothing) {
  std::mt19937 generator(GetParam());
  const auto random = [&](unsigned of) { return static_cast<unsigned>(generator() % of); };
  const auto chance = [&](unsigned of) { return random(of) == 0; };
  RevivedWorld run(GetParam() % 3 == 0 ? StreamWorld::roomy() : StreamWorld::small());
  for (const char* name : {"a.log", "b.log"}) run.world.add_file(name);
  for (int i = 0; i < 20; ++i) run.world.write_turn(random(2), "old " + std::to_string(i) + "\n");
  const std::size_t old = run.world.lines().size();
  run.add_client(start_of(StartRequest::Kind::kStart));
  run.add_client(tail_of(0));
  run.add_client(tail_of(7));
  run.add_client(start_of(StartRequest::Kind::kStart), {{"batch", "1"}});
  run.add_client(start_of(StartRequest::Kind::kStart), {{"grep", "7"}});
  run.add_client(tail_of(0));  // these two share what they read
  run.add_client(tail_of(0));
  for (int step = 0; step < 600; ++step) {
    switch (random(8)) {
      case 0:
      case 1: {
        std::string text;
        for (unsigned i = 1 + random(30); i > 0; --i) text += "line " + std::to_string(random(1000)) + "\n";
        run.world.write_turn(random(2), text);
        break;
      }
      case 2: run.world.run_worker(); break;
      case 3: run.world.run_ingest(); break;
      case 4:
        if (chance(4)) {
          run.world.clock.advance(std::chrono::seconds(16));
          run.world.readers().beat();
        }
        break;
      case 5:
        if (chance(10)) run.world.rotate(random(2));
        break;
      default: run.clients[random(7)]->read(1 + random(3000)); break;
    }
    run.world.run_client();
    if (chance(25)) {
      for (const auto& client : run.clients) {
        if (chance(2)) client->read(1 + random(2000), /*killed=*/true);
      }
      run.kill();
    }
  }
  run.settle();
  const auto& lines = run.world.lines();
  const auto all = std::span(lines);
  EXPECT_EQ(run.clients[0]->log_ids(), ids_of(all));
  EXPECT_EQ(run.clients[1]->log_ids(), ids_of(all.subspan(old)));
  EXPECT_EQ(run.clients[5]->log_ids(), ids_of(all.subspan(old)));
  EXPECT_EQ(run.clients[6]->log_ids(), ids_of(all.subspan(old)));
  EXPECT_EQ(run.clients[2]->log_ids(), ids_of(all.subspan(old - 7)));
  EXPECT_EQ(run.clients[3]->log_ids(), ids_of(all));
  std::vector<std::string> with_seven;
  for (const StreamWorld::Line& line : lines) {
    if (line.text.find('7') != std::string::npos) with_seven.push_back(line.id);
  }
  EXPECT_EQ(run.clients[4]->log_ids(), with_seven);
  for (const auto& client : run.clients) {
    EXPECT_EQ(client->count("hello"), 1U);
    EXPECT_EQ(client->count("caught-up"), 1U);
    EXPECT_EQ(client->count("gap"), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRevival, testing::Range(1U, 41U));

}  // namespace
}  // namespace tailwater
