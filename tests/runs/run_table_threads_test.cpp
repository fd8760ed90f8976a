// The table on its own thread, with ingest, callers, readers of the board and reloads at the same time: for the
// sanitizers, and that nothing is lost between them.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "runs/run_events.h"
#include "runs/run_table.h"
#include "stream/stream_world.h"

namespace tailwater {
namespace {

template <typename Condition>
bool comes_true(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(RunTableThreads, NothingIsLostBetweenThem) {
  const TempDir state;
  const SystemClock clock;
  StreamWorld world;
  RunBoard board;
  RunEvents events(board);
  RunStream stream;
  stream.name = "s";
  stream.naming = RunNaming({world.dir().file("") + "*.out"}, world.dir().path(), nullptr);
  stream.idle = std::chrono::minutes(30);
  stream.keep = {std::chrono::hours(24), 1000, 1ULL << 30};
  auto store = RunStore::open(state.file("runs"));
  ASSERT_TRUE(store);
  RunTable table(RunTable::Parts{world.core().sources, board, clock, [](const auto&...) {}}, std::move(*store),
                 {stream});
  world.on_extent = [&](const auto& file, const auto& extent, const auto& appended) {
    table.on_extent(file, extent, appended);
  };
  world.on_change = [&](const auto& file, const auto& change, const auto& appended) {
    table.on_change(file, change, appended);
  };
  constexpr int kFiles = 8;
  constexpr int kRounds = 60;
  std::vector<std::size_t> files;
  for (int i = 0; i < kFiles; ++i) files.push_back(world.add_file(fmt::format("f{}.out", i)));
  table.start();

  std::atomic<bool> over{false};
  std::thread caller([&] {
    for (int i = 0; i < kRounds; ++i) {
      RunCall call;
      call.state = i % 2 == 0 ? RunState::kRunning : RunState::kPassed;
      EXPECT_TRUE(table.call("s", fmt::format("job-{}", i % 4), call));
    }
  });
  std::thread reader([&] {
    std::uint64_t seen = 0;
    while (!over) {
      std::string frames;
      StateWish wish;
      wish.selection = std::make_shared<const Selection>(*Query::parse(std::vector<Parameter>{{"types", "run"}}, {}),
                                                         true, StreamSet::all());
      events.append(frames, seen, wish, 4096);
      for (const auto& run : board.list()) (void)run->whole();
      (void)table.status();
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    for (const std::size_t file : files) world.write(file, fmt::format("[{}/{}] step\n", round + 1, kRounds));
    world.turn();
    table.on_turn_end();
    if (round % 20 == 10) table.set_streams({stream});  // a reload that changes nothing
  }
  const auto lines = [&](int file) {
    const auto run = board.find(fmt::format("s/f{}.out", file));
    return run ? run->run().findings.lines : 0;
  };
  for (int i = 0; i < kFiles; ++i) EXPECT_TRUE(comes_true([&] { return lines(i) == kRounds; })) << lines(i);
  caller.join();
  table.set_streams({});
  EXPECT_TRUE(board.list().empty());
  over = true;
  reader.join();
  table.stop();
}

}  // namespace
}  // namespace tailwater
