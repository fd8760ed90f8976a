// The stages of records as ingest, which looks at what arrives, and the table, which reads it later, tell them.
#include "runs/run_stages.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "stream/stream_world.h"

namespace tailwater {
namespace {

class RunStagesTest : public testing::Test {
 protected:
  RunStagesTest() {
    RunStream stream;
    stream.name = "s";
    stream.naming = RunNaming({world_.dir().file("") + "*.out"}, world_.dir().path() + "/pushed/", nullptr);
    stream.idle = std::chrono::minutes(30);
    stream.keep = {std::chrono::hours(24), 1000, 1ULL << 30};
    table_ = std::make_unique<RunTable>(RunTable::Parts{world_.core().sources, board_, world_.clock, {}}, nullptr,
                                        std::vector<RunStream>{stream});
    stages_ = std::make_unique<RunStages>(*table_, world_.core().sources);
    world_.on_extent = [this](const auto& file, const auto& extent, const auto& appended) {
      table_->on_extent(file, extent, appended);
      if (!hears_) return;
      // As ingest has them at hand.
      const auto bytes = world_.core().catalog.open(extent.file, extent.generation);
      std::string text(extent.end - extent.begin, '\0');
      ASSERT_TRUE(bytes && (*bytes)->read_at(extent.begin, text));
      heard_ = stages_->hear(file, extent, text, BytesBefore(), RecordRules(), appended.arrived);
    };
    world_.on_change = [this](const auto& file, const auto& change, const auto& appended) {
      table_->on_change(file, change, appended);
      stages_->hear_change(file, change);
    };
  }
  ~RunStagesTest() override {
    world_.on_extent = [](const auto&...) {};
    world_.on_change = [](const auto&...) {};
  }
  void look() {
    table_->on_turn_end();
    while (table_->step()) continue;
  }
  [[nodiscard]] FileIndex index(std::size_t file) { return world_.file(file).info->index; }
  static std::string stage(const std::shared_ptr<const StageMap>& map, std::uint64_t end,
                           std::uint32_t generation = 0) {
    if (!map) return "unknown";
    const std::size_t count = map->count_up_to({generation, end});
    const std::uint32_t name = count == 0 ? 0 : map->changes[count - 1].name;
    return name == 0 ? "-" : map->names[name - 1];
  }

  StreamWorld world_;
  RunBoard board_;
  std::unique_ptr<RunTable> table_;
  std::unique_ptr<RunStages> stages_;
  std::shared_ptr<const StageMap> heard_;
  bool hears_ = true;
};

TEST_F(RunStagesTest, AreKnownAtOnceAndWithoutTheTable) {
  const auto job = world_.add_file("job.out");
  world_.write_turn(job, "::group::A\n");
  EXPECT_EQ(stage(heard_, 11), "A");
  world_.write_turn(job, "x\n");
  EXPECT_EQ(stage(heard_, 13), "A");
  EXPECT_EQ(stage(stages_->find(index(job), {0, 13}), 13), "A");
}

TEST_F(RunStagesTest, AreTheTablesWhereNothingArrives) {
  const auto job = world_.add_file("job.out");
  hears_ = false;
  world_.write_turn(job, "::group::A\nx\n");
  look();
  EXPECT_EQ(stage(stages_->find(index(job), {0, 13}), 13), "A");
}

TEST_F(RunStagesTest, GoOnFromWhereTheTableIs) {
  const auto job = world_.add_file("job.out");
  hears_ = false;
  world_.write_turn(job, "::group::A\n");
  look();
  // Not looked at by the table; little enough to be read.
  world_.write_turn(job, "::group::B\n");
  hears_ = true;
  world_.write_turn(job, "x\n");
  EXPECT_EQ(stage(heard_, 24), "A / B");
}

TEST_F(RunStagesTest, AreNotKnownWhileTooMuchHasNotBeenLookedAt) {
  const auto job = world_.add_file("job.out");
  hears_ = false;
  world_.write_turn(job, "::group::A\n" + std::string(RunStages::kMostMissed, 'x') + "\n");
  hears_ = true;
  world_.write_turn(job, "y\n");
  EXPECT_EQ(heard_, nullptr);
  look();
  world_.write_turn(job, "z\n");
  EXPECT_EQ(stage(heard_, 11 + RunStages::kMostMissed + 5), "A");
}

TEST_F(RunStagesTest, OfFilesThatHaveNotBeenUsedForLongGoOnByTheTable) {
  const auto first = world_.add_file("first.out");
  world_.write_turn(first, "::group::A\n");
  look();
  for (std::size_t i = 0; i < RunStages::kMaxFiles; ++i) {
    world_.write_turn(world_.add_file(fmt::format("{}.out", i)), "::group::other\n");
  }
  world_.write_turn(first, "x\n");
  EXPECT_EQ(stage(heard_, 13), "A");
}

TEST_F(RunStagesTest, AreTheSameFromBothWhateverComesInWhichPieces) {
  std::mt19937 random(7);
  const std::vector<std::string> lines{"::group::A\n",  "::group::B\n", "::endgroup::\n", "--- head\n", "+++ b/x\n",
                                       "@@ -1 +1 @@\n", "[1/9] x.o\n",  "plain\n",        "\n"};
  const auto job = world_.add_file("job.out");
  std::vector<std::pair<std::uint64_t, std::string>> told;
  std::uint64_t end = 0;
  for (unsigned turn = 0; turn < 300; ++turn) {
    std::string text;
    std::vector<std::uint64_t> ends;
    for (unsigned line = 0; line <= random() % 4; ++line) {
      text += lines[random() % lines.size()];
      ends.push_back(end + text.size());
    }
    end += text.size();
    world_.write_turn(job, text);
    ASSERT_NE(heard_, nullptr);
    for (const std::uint64_t each : ends) told.emplace_back(each, stage(heard_, each));
    if (random() % 8 == 0) look();
  }
  look();
  const auto map = table_->stages(index(job), {0, end});
  for (const auto& [each, was] : told) ASSERT_EQ(stage(map, each), was) << each;
}

TEST_F(RunStagesTest, AreUnknownOfAFileThatIsNoRun) {
  const auto other = world_.add_file("other.log", "other");
  world_.write_turn(other, "::group::A\n");
  EXPECT_EQ(heard_, nullptr);
}

}  // namespace
}  // namespace tailwater
