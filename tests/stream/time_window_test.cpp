// since= and until= of a stream: what was read in bulk is cut by the times that its lines state.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "stream/stream_world.h"
#include "stream/test_client.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

WallTime at(int second) {
  return *parse_rfc3339("2026-11-20T00:00:00Z") + std::chrono::seconds(second);
}

std::string stamped(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += fmt::format("{} line {}\n", to_rfc3339(at(i)), i);
  return text;
}

TEST(TimeWindow, CutsWhatWasThereBeforeTheStart) {
  StreamWorld world;
  world.clock.set_wall(*parse_rfc3339("2026-11-26T00:00:00Z"));
  world.write_turn(world.add_file("a.log"), stamped(0, 3000));
  world.write_turn(world.add_file("b.log"), stamped(1000, 3000));
  StartRequest start = start_of(StartRequest::Kind::kSince);
  start.since = at(1500);
  start.until = at(1510);
  start.follow = false;
  TestClient client(world.readers(), start);
  world.settle([&] { return client.read(); });
  EXPECT_EQ(client.events.back().type, "end");
  std::vector<std::string> expected;
  for (const std::size_t file : {std::size_t{0}, std::size_t{1}}) {
    for (const auto& line : world.lines()) {
      const bool inside = line.text >= to_rfc3339(at(1500)) && line.text < to_rfc3339(at(1510));
      if (line.file == file && inside) expected.push_back(line.id);
    }
  }
  ASSERT_THAT(expected, SizeIs(20));
  EXPECT_EQ(client.log_ids(), expected);
}

TEST(TimeWindow, LeavesWhatArrivedLiveToItsArrival) {
  StreamWorld world;
  world.clock.set_wall(at(0));
  const std::size_t file = world.add_file("a.log");
  world.write_turn(file, "first\n");
  world.clock.advance(std::chrono::seconds(100));
  world.write_turn(file, "a clock that is an hour behind: 2026-11-19T23:00:00Z\n");
  StartRequest start = start_of(StartRequest::Kind::kSince);
  start.since = at(50);
  TestClient client(world.readers(), start);
  world.settle([&] { return client.read(); });
  EXPECT_THAT(client.log_ids(), SizeIs(1));
}

}  // namespace
}  // namespace tailwater
