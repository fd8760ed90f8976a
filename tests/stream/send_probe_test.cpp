// A place on its way to the sockets: taken once, by the first who has sent bytes behind it.
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "stream/send_probe.h"

namespace tailwater {
namespace {

constexpr SteadyTime kNoticed{std::chrono::seconds(5)};

TEST(SendProbe, IsTakenByTheFirstWhoSentBytesBehindIt) {
  SendProbe probe;
  EXPECT_FALSE(probe.take(1'000'000));
  probe.set(100, kNoticed);
  EXPECT_FALSE(probe.take(100));
  EXPECT_EQ(probe.take(101), kNoticed);
  EXPECT_FALSE(probe.take(102));
}

TEST(SendProbe, StaysWhereItIsWhileItIsUnderWay) {
  SendProbe probe;
  probe.set(100, kNoticed);
  probe.set(200, kNoticed + std::chrono::seconds(1));
  EXPECT_EQ(probe.take(101), kNoticed);
  probe.set(300, kNoticed);
  probe.clear();
  EXPECT_FALSE(probe.take(1'000));
}

TEST(SendProbe, GivesEachTimeToOneThreadAndNeverAnothersTime) {
  SendProbe probe;
  std::atomic<std::uint64_t> sent{0};
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!over) {
        const std::uint64_t up_to = sent.load();
        const auto noticed = probe.take(up_to);
        if (!noticed) continue;
        ++taken;
        EXPECT_LT(static_cast<std::uint64_t>(noticed->time_since_epoch().count()), up_to);
      }
    });
  }
  std::uint64_t set = 0;
  for (std::uint64_t place = 1; place <= 50'000; ++place) {
    probe.set(place, SteadyTime{SteadyTime::duration(place)});
    sent = place + 1;
    set = place;
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(taken, set);
}

}  // namespace
}  // namespace tailwater
