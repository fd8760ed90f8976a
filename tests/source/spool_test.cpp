#include "source/spool.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
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

TEST_F(SpoolTest, ReadsWhatWasAppendedSinceAnOffset) {
  Spool spool = open(/*budget=*/100);
  for (int line = 10; line < 40; ++line) ASSERT_TRUE(spool.append_lines("line " + std::to_string(line) + "\n"));
  EXPECT_EQ(spool.read_from(spool.offset()).value_or("?"), "");
  EXPECT_EQ(spool.read_from(spool.offset() - 8).value_or("?"), "line 39\n");
  const std::string most = spool.read_from(0).value_or("?");  // of both files, as far as they reach back
  EXPECT_EQ(most, text_of(path_ + ".1") + text_of(path_));
  const std::string over_the_seam = spool.read_from(spool.offset() - text_of(path_).size() - 4).value_or("?");
  EXPECT_EQ(over_the_seam, text_of(path_ + ".1").substr(text_of(path_ + ".1").size() - 4) + text_of(path_));
}

TEST_F(SpoolTest, IsMadeAnewWhereSomebodyRemovedIt) {
  Spool spool = open();
  ASSERT_TRUE(spool.append_lines("one\n"));
  std::filesystem::remove(path_);
  ASSERT_TRUE(spool.append_lines("two\n"));
  EXPECT_EQ(spool.offset(), 8U);
  EXPECT_EQ(text_of(path_), "two\n");
  std::filesystem::rename(path_, path_ + ".moved");
  ASSERT_TRUE(spool.append_lines("three\n"));
  EXPECT_EQ(text_of(path_), "three\n");
  EXPECT_EQ(open().offset(), 14U);
  EXPECT_EQ(spool.read_from(8).value_or("?"), "three\n");
}

TEST_F(SpoolTest, IsMadeAnewWithItsFolder) {
  const std::string folder = directory_.folder("pushed");
  path_ = folder + "/build.log";
  Spool spool = open();
  ASSERT_TRUE(spool.append_lines("one\n"));
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(spool.append_lines("two\n"));
  EXPECT_EQ(text_of(path_), "two\n");
}

TEST_F(SpoolTest, KeepsNoPartOfALineWhereTheDiskBreaksOff) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  Spool spool = open();
  ASSERT_TRUE(spool.append_lines("one\n"));
  struct rlimit full = before;
  full.rlim_cur = 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto refused = spool.append_lines("two\nthree\n");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(refused);
  EXPECT_EQ(spool.offset(), 8U);
  EXPECT_EQ(text_of(path_), "one\ntwo\n");
  ASSERT_TRUE(spool.append_lines("three\n"));
  EXPECT_EQ(text_of(path_), "one\ntwo\nthree\n");
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
