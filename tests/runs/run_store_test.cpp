// Runs on disk: what was put is there again, whatever a kill or a bad disk leaves behind it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "runs/run_store.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

StoredRun sample(const std::string& file, std::uint64_t size = 7) {
  StoredRun run;
  run.stream = "ci";
  run.file = file;
  run.path = "/spool/ci/" + file + ".log";
  run.key = "k3x9";
  run.pushed = true;
  run.call.state = RunState::kFailed;
  run.call.exit_code = -3;
  run.call.signal = "SIGTERM";
  run.call.name = "build";
  run.call.attempt = 12;
  run.call.labels = {{"branch", "main"}, {"empty", ""}};
  run.call_began = WallTime(Milliseconds(1'700'000'000'000));
  run.call_ended = WallTime(Milliseconds(1'700'000'001'000));
  run.created = WallTime(Milliseconds(1));
  run.updated = WallTime(Milliseconds(-1));
  run.size = size;
  run.begin = {1, 2};
  run.end = {3, 1ULL << 40};
  run.reading = std::string("\0\x01reading", 9);
  return run;
}

TEST(RunRecord, ComesBackAsItWas) {
  StoredRun bare;
  bare.stream = "s";
  bare.file = "f";
  for (const StoredRun& run : {sample("a"), bare}) EXPECT_EQ(decode_run(encode_run(run)), run);
}

TEST(RunRecord, RandomBytesAreARunOrNone) {
  std::minstd_rand random(7);
  const std::string good = encode_run(sample("a"));
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    if (const auto run = decode_run(bytes)) {
      EXPECT_FALSE(run->file.empty());
    }
  }
}

class RunStoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<RunStore> open() {
    auto store = RunStore::open(directory());
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  [[nodiscard]] std::vector<StoredRun> runs() { return open()->take_runs(); }
  [[nodiscard]] std::string directory() const { return dir_.file("runs"); }
  [[nodiscard]] std::string file() const { return directory() + "/runs.log"; }
  TempDir dir_;
};

TEST_F(RunStoreTest, TheLastOneOfEachHolds) {
  {
    const auto store = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->put(sample("a", static_cast<std::uint64_t>(i)), i == 2));
    ASSERT_TRUE(store->put(sample("b"), false));
    ASSERT_TRUE(store->put(sample("c"), false));
    ASSERT_TRUE(store->remove("ci", "b"));
    ASSERT_TRUE(store->remove("ci", "nobody"));
  }
  EXPECT_EQ(runs(), (std::vector<StoredRun>{sample("a", 2), sample("c")}));
}

TEST_F(RunStoreTest, WhatAKillLeftHalfWrittenIsCutOffWhereverItWas) {
  {
    const auto store = open();
    ASSERT_TRUE(store->put(sample("a"), true));
  }
  const auto whole = std::filesystem::file_size(file());
  {
    const auto store = open();
    ASSERT_TRUE(store->put(sample("b"), true));
  }
  const auto both = std::filesystem::file_size(file());
  for (auto size = both - 1; size > whole; --size) {
    std::filesystem::resize_file(file(), size);
    const auto store = open();
    EXPECT_EQ(store->take_runs(), (std::vector<StoredRun>{sample("a")}));
    EXPECT_NE(store->warning(), "");
    ASSERT_TRUE(store->put(sample("b"), true)) << "and what comes then is found again";
    EXPECT_EQ(std::filesystem::file_size(file()), both);
  }
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(RunStoreTest, IsWrittenAnewAndStaysBounded) {
  const auto store = open();
  std::string reading(64 << 10, 'x');
  for (int i = 0; i < 400; ++i) {
    StoredRun run = sample(fmt::format("r{}", i % 4));
    run.reading = reading;
    ASSERT_TRUE(store->put(run, false));
    if (!store->wants_rewriting()) continue;
    ASSERT_TRUE(store->rewrite([&](const RunStore::Write& write) {
      for (int k = 0; k < 4; ++k) {
        run.file = fmt::format("r{}", k);
        write(run);
      }
    }));
  }
  EXPECT_LT(std::filesystem::file_size(file()), 6U << 20);
  EXPECT_EQ(store->bytes(), std::filesystem::file_size(file()));
  EXPECT_EQ(runs().size(), 4U);
}

TEST_F(RunStoreTest, SaysWhereItCannotBe) {
  std::ofstream(dir_.file("plain")) << "x";
  const auto store = RunStore::open(dir_.file("plain") + "/runs");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("plain/runs"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
