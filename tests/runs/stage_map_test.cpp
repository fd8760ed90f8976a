// In which stage each record is: what is said when a line comes is what is said ever after.
#include "stream/stage_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runs/findings_text.h"
#include "runs/run_builder.h"

namespace tailwater {
namespace {

std::string stage_at(const StageMap& map, std::uint64_t end, std::uint32_t generation = 0) {
  const std::size_t count = map.count_up_to({generation, end});
  const std::uint32_t name = count == 0 ? 0 : map.changes[count - 1].name;
  return name == 0 ? "-" : map.names[name - 1];
}

struct Told {
  std::uint64_t end = 0;
  std::string stage;
};

/// Of each line, as it comes. With `restarts` by another builder each time.
std::vector<Told> told_live(std::string_view log, RunBuilder& builder, bool restarts = false) {
  std::vector<Told> told;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    if (restarts) {
      std::string saved;
      builder.save(saved);
      RunBuilder next;
      EXPECT_TRUE(next.restore(saved));
      builder = std::move(next);
    }
    builder.add({log.substr(at, end - at), {0, at}, {0, end + 1}, kLogTime});
    told.push_back({end + 1, stage_at(*builder.stage_map(), end + 1)});
    at = end + 1;
  }
  return told;
}

std::string stages_of(std::string_view log) {
  RunBuilder builder;
  std::string all;
  for (const Told& each : told_live(log, builder)) all += each.stage + "\n";
  return all;
}

void expect_same_later(std::string_view log) {
  RunBuilder builder;
  const auto told = told_live(log, builder);
  RunBuilder restarted;
  const auto told_again = told_live(log, restarted, /*restarts=*/true);
  const StageMap& later = *builder.stage_map();
  for (std::size_t i = 0; i < told.size(); ++i) {
    ASSERT_EQ(stage_at(later, told[i].end), told[i].stage) << "line " << i;
    ASSERT_EQ(told_again[i].stage, told[i].stage) << "line " << i;
  }
}

TEST(StageMap, SaysTheStageOfEachLine) {
  EXPECT_EQ(stages_of("a\n::group::Build\nb\n::group::Link\nc\n::endgroup::\nd\n::endgroup::\ne\n"),
            "-\nBuild\nBuild\nBuild / Link\nBuild / Link\nBuild / Link\nBuild\nBuild\n-\n");
  EXPECT_EQ(stages_of("::group::A\n::endgroup::\n::group::B\nx\n"), "A\nA\nB\nB\n");
  EXPECT_EQ(stages_of("[1/2] a.o\n[2/2] b\nRunning main() from gtest_main.cc\n"
                      "[==========] Running 1 test from 1 test suite.\nx\n"),
            "ninja\nninja\nninja\nGoogleTest\nGoogleTest\n");
}

TEST(StageMap, GivesALineThatBeginsAndEndsAStageToIt) {
  EXPECT_EQ(stages_of("x\n::group::A\r::endgroup::\ny\n"), "-\nA\n-\n");
}

TEST(StageMap, SaysNothingThatOnlyALaterLineTells) {
  // Until the next line it may be the head of a diff.
  EXPECT_EQ(stages_of("--- one\na\n--- two\nb\n"), "-\none\none\ntwo\n");
  EXPECT_EQ(stages_of("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n"), "-\n-\n-\n-\n");
}

TEST(StageMap, IsTheSameLaterAndAfterRestartsForRealOutput) {
  std::size_t logs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TAILWATER_SOURCE_DIR) / "tests/fixtures/runs")) {
    if (entry.path().extension() != ".log") continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    expect_same_later(std::string(std::istreambuf_iterator<char>(file), {}));
    ++logs;
  }
  EXPECT_GE(logs, 30U);
}

TEST(StageMap, IsBoundedWhateverAJobPrints) {
  std::string log;
  for (unsigned i = 0; i < 5'000; ++i) log += fmt::format("::group::g{}\nx\n::endgroup::\n", i);
  RunBuilder builder;
  const auto told = told_live(log, builder);
  EXPECT_EQ(told[1].stage, "g0");
  EXPECT_EQ(told[3 * 299 + 1].stage, "g299");
  EXPECT_EQ(told[3 * 300 + 1].stage, "-");
  EXPECT_LE(builder.stage_map()->changes.size(), 4U * StageStack::kMaxStages);
  expect_same_later(log.substr(0, 20'000));
}

TEST(StageMap, GivesLinesOfAStageBeyondTheCapToTheOneAroundIt) {
  std::string log = "::group::all\n";
  for (unsigned i = 0; i < 400; ++i) log += fmt::format("::group::g{}\nx\n::endgroup::\n", i);
  RunBuilder builder;
  const auto told = told_live(log, builder);
  EXPECT_EQ(told[2].stage, "all / g0");
  EXPECT_EQ(told[3 * 399 + 2].stage, "all");
}

TEST(StageMap, GoesOnInTheNextGeneration) {
  RunBuilder builder;
  builder.add({"::group::A", {0, 0}, {0, 11}, kLogTime});
  builder.add({"x", {1, 0}, {1, 2}, kLogTime});
  builder.add({"::endgroup::", {1, 2}, {1, 15}, kLogTime});
  builder.add({"y", {1, 15}, {1, 17}, kLogTime});
  const StageMap& map = *builder.stage_map();
  EXPECT_EQ(stage_at(map, 11, 0), "A");
  EXPECT_EQ(stage_at(map, 2, 1), "A");
  EXPECT_EQ(stage_at(map, 15, 1), "A");
  EXPECT_EQ(stage_at(map, 17, 1), "-");
}

}  // namespace
}  // namespace tailwater
