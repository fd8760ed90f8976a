// The sampler: its pace, and that others may ask while it works.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "metrics/sampler.h"
#include "metrics/self_probe.h"
#include "support/fake_clock.h"

namespace tailwater {
namespace {

SamplerOptions fixture_options() {
  SamplerOptions options;
  options.interval = Milliseconds(1);
  options.host.proc = TAILWATER_SOURCE_DIR "/tests/fixtures/proc";
  options.host.ask_mount = [](const std::string&, struct statvfs&) { return 1; };
  return options;
}

TEST(Sampler, TellsHowMuchTimeHasPassed) {
  FakeClock clock;
  Registry registry;
  Sampler sampler(fixture_options(), registry, clock);
  std::vector<std::chrono::microseconds> elapsed;
  sampler.on_sample([&](const Sample& sample) { elapsed.push_back(sample.elapsed); });
  sampler.tick();
  clock.advance(Milliseconds(1100));
  clock.set_wall(WallTime{});  // the wall clock may go anywhere
  sampler.tick();
  EXPECT_EQ(elapsed, (std::vector<std::chrono::microseconds>{Milliseconds(0), Milliseconds(1100)}));
}

TEST(Sampler, AnswersWhileItSamples) {
  SystemClock clock;
  Registry registry;
  Sampler sampler(fixture_options(), registry, clock);
  std::mutex mutex;
  std::condition_variable changed;
  int samples = 0;
  sampler.on_sample([&](const Sample& sample) {
    EXPECT_EQ(sample.sets.size(), 4U);
    const std::lock_guard lock(mutex);
    ++samples;
    changed.notify_all();
  });
  ASSERT_TRUE(sampler.start());
  for (int round = 0; round < 50; ++round) {
    const std::string text = sampler.exposition(ExpositionFormat::kPrometheus);
    EXPECT_NE(text.find("tailwater_sampler_stuck_mounts 0"), std::string::npos);
  }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return samples >= 3; }));
  lock.unlock();
  sampler.stop();
  EXPECT_NE(sampler.exposition(ExpositionFormat::kOpenMetrics).find("system_linux_load_1m 9.7\n"), std::string::npos);
}

TEST(Sampler, IsQuietWhileNobodyAsks) {
  FakeClock clock;
  Registry registry;
  SamplerOptions options = fixture_options();
  options.quiet_interval = std::chrono::hours(1);
  Sampler sampler(std::move(options), registry, clock);
  std::mutex mutex;
  std::condition_variable changed;
  int samples = 0;
  sampler.on_sample([&](const Sample&) {
    const std::lock_guard lock(mutex);
    clock.advance(Milliseconds(1));
    ++samples;
    changed.notify_all();
  });
  const auto wait_for = [&](int count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), [&] { return samples >= count; });
  };
  ASSERT_TRUE(sampler.start());
  ASSERT_TRUE(wait_for(2));  // the second is the first that knows rates
  {
    std::unique_lock lock(mutex);
    EXPECT_FALSE(changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return samples > 2; }));
  }
  {
    const std::lock_guard lock(mutex);  // over the clock, which is not one for several threads
    sampler.want();
  }
  ASSERT_TRUE(wait_for(6));
  sampler.stop();
  const int before = samples;
  sampler.tick();
  EXPECT_EQ(samples, before + 1);
}

TEST(Sampler, WithoutAnIntervalStillAnswersForTheDaemon) {
  SystemClock clock;
  Registry registry;
  SamplerOptions options = fixture_options();
  options.interval = Milliseconds(0);
  Sampler sampler(std::move(options), registry, clock);
  ASSERT_TRUE(sampler.start());
  const std::string text = sampler.exposition(ExpositionFormat::kPrometheus);
  EXPECT_NE(text.find("tailwater_sampler_duration_seconds_count 0"), std::string::npos);
  EXPECT_EQ(text.find("system_"), std::string::npos);
}

TEST(ProcessStat, TakesAnyName) {
  const auto stat = parse_process_stat(
      "15092 (a) b) 1) R 15083 15083 1844 0 -1 4194304 101 0 0 0 7 9 0 0 20 0 3 0 1179178 3133440 365 18446744073 1\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->user_ticks, 7U);
  EXPECT_EQ(stat->system_ticks, 9U);
  EXPECT_EQ(stat->threads, 3U);
  EXPECT_EQ(stat->start_ticks, 1179178U);
  EXPECT_EQ(stat->virtual_bytes, 3133440U);
  EXPECT_EQ(stat->resident_pages, 365U);
  EXPECT_FALSE(parse_process_stat("1 (x) R 1 2 3").has_value());
}

}  // namespace
}  // namespace tailwater
