#include "source/spool.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tailwater {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class SpoolTest : public testing::Test {
 protected:
  [[nodiscard]] Spool open(ByteCount budget = 1 << 20) const {
    auto spool = Spool::open(path_, budget);
    EXPECT_TRUE(spool) << spool.error().message;
    return std::move(*spool);
  }
  TempDir directory_;
  std::string path_ = directory_.file("build.log");
};

TEST_F(SpoolTest, AppendsAndCountsOverRestarts) {
  {
    Spool spool = open();
    EXPECT_EQ(spool.offset(), 0U);
    ASSERT_TRUE(spool.append("one\ntw"));
    EXPECT_TRUE(spool.in_line());
    ASSERT_TRUE(spool.append("o\n"));
    EXPECT_FALSE(spool.in_line());
  }
  EXPECT_EQ(open().offset(), 8U);
  EXPECT_EQ(text_of(path_), "one\ntwo\n");
}

TEST_F(SpoolTest, GoesOnCountingWhereItRotates) {
  const std::string line = std::string(99, 'x') + "\n";
  std::uint64_t written = 0;
  for (int starts = 0; starts < 5; ++starts) {
    Spool spool = open(/*budget=*/1000);
    EXPECT_EQ(spool.offset(), written);
    for (int lines = 0; lines < 7; ++lines) {
      ASSERT_TRUE(spool.append(line));
      written += line.size();
      EXPECT_EQ(spool.offset(), written);
      EXPECT_LE(text_of(path_).size() + text_of(path_ + ".1").size(), 1000U);
    }
  }
}

/// A rotation makes four steps; what a kill behind each of them leaves is told apart.
TEST_F(SpoolTest, CountsTheSameAfterARotationThatWasBrokenOffAnywhere) {
  for (const bool rotated_before : {false, true}) {
    for (int steps = 1; steps <= 2; ++steps) {
      std::filesystem::remove_all(directory_.path());
      std::filesystem::create_directory(directory_.path());
      std::uint64_t written = 0;
      {
        Spool spool = open(/*budget=*/1000);
        for (int lines = 0; lines < (rotated_before ? 8 : 4); ++lines) ASSERT_TRUE(spool.append(std::string(100, 'x')));
        written = spool.offset();
      }
      if (!rotated_before) std::filesystem::remove(path_ + ".base");
      std::filesystem::rename(path_, path_ + ".1");
      if (steps == 2) std::ofstream(path_) << "";
      EXPECT_EQ(open().offset(), written) << rotated_before << steps;
      EXPECT_EQ(open().offset(), written) << "and again, once it has been mended";
    }
  }
}

TEST_F(SpoolTest, BeginsAnewWhereSomebodyRemovedTheFile) {
  ASSERT_TRUE(open().append("x\n"));
  std::filesystem::remove(path_);
  EXPECT_EQ(open().offset(), 0U);
}

TEST_F(SpoolTest, DoesNotFollowALinkThatSomebodyPutThere) {
  std::filesystem::create_symlink(directory_.file("elsewhere"), path_);
  EXPECT_FALSE(Spool::open(path_, 1000));
}

}  // namespace
}  // namespace tailwater
