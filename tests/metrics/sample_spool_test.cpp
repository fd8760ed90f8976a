// The spool: records as they are written and read, and a file that never grows too large.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "filter/sample_line.h"
#include "metrics/sample_record.h"
#include "metrics/sample_spool.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(SampleRecord, IsReadBackByTheFilter) {
  SampleTable table;
  const auto time = make_metric({"system.cpu.time", "s", MetricType::kCounter, "Time."});
  const auto wait = make_metric({"wait", "s", MetricType::kHistogram, "Waits."});
  const auto user = table.add(time, {{"mode", "us\"er}"}});
  const auto idle = table.add(time, {{"mode", "idle"}});
  static_cast<void>(table.add(time, {{"mode", "none"}}));
  table.set(table.add(wait, {{"le", "+Inf"}}, SeriesPart::kBucket), 3);
  table.set(table.add(wait, {}, SeriesPart::kSum), 0.25);
  table.set(table.add(wait, {}, SeriesPart::kCount), 3);
  table.set(user, 1.5);
  table.set(idle, 12345678901.0);
  table.publish();
  Sample sample;
  sample.time = WallTime{Milliseconds(1'700'000'000'123)};
  sample.elapsed = std::chrono::microseconds(1'000'600);
  sample.sets.resize(1);
  table.read(sample.sets[0]);
  std::string line;
  append_sample_record(line, sample);
  EXPECT_EQ(line,
            R"({"time":"2023-11-14T22:13:20.123Z","elapsed_ms":1001,"samples":{"system.cpu.time":{"mode=us\"er}":1.5,)"
            R"("mode=idle":12345678901},"wait.sum":{"":0.25},"wait.count":{"":3}}})"
            "\n");
  line.pop_back();
  const auto read = read_sample_line(line);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->time, sample.time);
  EXPECT_EQ(read->elapsed, Milliseconds(1001));
  std::string_view metrics = read->metrics;
  std::string_view name;
  std::string_view member;
  ASSERT_TRUE(take_metric(metrics, name, member));
  EXPECT_EQ(name, "system.cpu.time");
  EXPECT_EQ(member, R"("system.cpu.time":{"mode=us\"er}":1.5,"mode=idle":12345678901})");
  ASSERT_TRUE(take_metric(metrics, name, member));
  ASSERT_TRUE(take_metric(metrics, name, member));
  EXPECT_EQ(name, "wait.count");
  EXPECT_FALSE(take_metric(metrics, name, member));
}

TEST(SampleSpool, BeginsAnewBeforeItIsTooLarge) {
  TempDir directory;
  SampleSpool spool(directory.file("s"), 1000);
  ASSERT_TRUE(spool.open());
  const std::string record(99, 'x');
  for (int i = 0; i < 23; ++i) spool.append(record + "\n");
  EXPECT_EQ(text_of(directory.file("s")).size(), 300U);
  EXPECT_EQ(text_of(directory.file("s.1")).size(), 500U);
  EXPECT_EQ(spool.write_errors(), 0U);
}

TEST(SampleSpool, EndsALineThatAKillLeftHalfWritten) {
  TempDir directory;
  std::ofstream(directory.file("s")) << "whole\nhal";
  SampleSpool spool(directory.file("s"), 1000);
  ASSERT_TRUE(spool.open());
  spool.append("next\n");
  EXPECT_EQ(text_of(directory.file("s")), "whole\nhal\nnext\n");
}

TEST(SampleSpool, CountsWhatADiskRefuses) {
  TempDir directory;
  SampleSpool spool(directory.file("none/s"), 1000);
  EXPECT_FALSE(spool.open());
  spool.append("lost\n");
  EXPECT_EQ(spool.write_errors(), 1U);
  std::filesystem::create_directory(directory.file("none"));
  spool.append("kept\n");
  EXPECT_EQ(text_of(directory.file("none/s")), "kept\n");
}

}  // namespace
}  // namespace tailwater
