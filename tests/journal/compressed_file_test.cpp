#include "journal/compressed_file.h"

#include <fcntl.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/compressed_text.h"
#include "support/temp_dir.h"

namespace tailwater {
namespace {

/// Lines that compress about as well as a log does.
std::string log_text(std::size_t bytes, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes) {
    text += "2026-11-20T10:00:00.000Z INFO request " + std::to_string(random()) + " took " +
            std::to_string(random() % 1000) + " ms\n";
  }
  return text;
}

UniqueFd file_of(const TempDir& directory, const std::string& bytes) {
  const std::string path = directory.file("compressed");
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string read(const CompressedFile& file, std::uint64_t offset, std::size_t length) {
  std::string out(length, '\0');
  auto got = file.read_at(offset, out);
  while (!got && got.error().code == ErrorCode::kUnavailable) got = file.read_at(offset, out);
  EXPECT_TRUE(got) << got.error().message;
  out.resize(got.value_or(0));
  return out;
}

class EachCompression : public testing::TestWithParam<Compression> {
 protected:
  TempDir directory_;
};
INSTANTIATE_TEST_SUITE_P(CompressedFile, EachCompression,
                         testing::Values(Compression::kGzip, Compression::kZstd, Compression::kXz));

TEST_P(EachCompression, IsReadAtTheOffsetsOfTheOriginal) {
  const std::string text = log_text(3U << 20, 1);
  const CompressedFile file(file_of(directory_, compress(GetParam(), text)), GetParam());
  std::mt19937_64 random(7);
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t offset = random() % (text.size() + 1000);
    const std::size_t length = 1 + random() % 100'000;
    const std::string expected = offset < text.size() ? text.substr(offset, length) : "";
    ASSERT_EQ(read(file, offset, length), expected) << offset;
  }
  EXPECT_EQ(file.size().value_or(0), text.size());
}

TEST_P(EachCompression, SeveralBehindEachOtherAreOne) {
  const std::string one = log_text(100'000, 1);
  const std::string two = log_text(200'000, 2);
  const CompressedFile file(file_of(directory_, compress(GetParam(), one) + compress(GetParam(), two)), GetParam());
  EXPECT_EQ(read(file, 0, 1'000'000), one + two);
  EXPECT_EQ(read(file, one.size() - 5, 10), one.substr(one.size() - 5) + two.substr(0, 5));
}

TEST_P(EachCompression, OneThatEndsEarlyIsDamagedAndNotShort) {
  const std::string packed = compress(GetParam(), log_text(500'000, 1));
  for (const std::size_t kept : {packed.size() / 2, packed.size() - 9}) {
    const CompressedFile file(file_of(directory_, packed.substr(0, kept)), GetParam());
    std::string out(1'000'000, '\0');
    const auto got = file.read_at(0, out);
    ASSERT_FALSE(got) << kept;
    EXPECT_EQ(got.error().code, ErrorCode::kCorrupt) << got.error().message;
    EXPECT_FALSE(file.size());
  }
}

TEST_P(EachCompression, AnyBytesInstead) {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string packed = compress(GetParam(), log_text(2000, 1));
    for (int flips = 0; flips < 4; ++flips) packed[random() % packed.size()] = static_cast<char>(random());
    const CompressedFile file(file_of(directory_, packed), GetParam());
    std::string out(10'000, '\0');
    const auto got = file.read_at(0, out);
    EXPECT_LE(got.value_or(0), out.size());
  }
}

TEST_P(EachCompression, IsKnownByHeadAndTail) {
  const std::string text = log_text(50'000, 1);
  const std::string path = directory_.file("original");
  std::ofstream(path, std::ios::binary) << text;
  const UniqueFd original(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const CompressedFile file(file_of(directory_, compress(GetParam(), text)), GetParam());
  EXPECT_TRUE(file.holds(*identify(original.get(), text.size())).value_or(false));
  EXPECT_TRUE(file.holds(*identify(original.get(), 20'000)).value_or(false));  // read so far; more was written later
  FileIdentity other = *identify(original.get(), text.size());
  other.tail_fingerprint ^= 1U;
  EXPECT_FALSE(file.holds(other).value_or(true));
  EXPECT_FALSE(file.holds(identify(original.get(), 0)->inode_only()).value_or(true));
}

// One that would take long does a part of it, so that a worker can be told to stop.
TEST(CompressedFile, FarPlacesAreReachedInSteps) {
  const TempDir directory;
  const std::string text = log_text(2U << 20, 1);
  std::string packed;
  constexpr int kParts = 50;
  for (int i = 0; i < kParts; ++i) packed += gzip(text, 1);
  const CompressedFile file(file_of(directory, packed), Compression::kGzip);
  std::string out(100, '\0');
  const std::uint64_t offset = text.size() * (kParts - 1);
  ASSERT_FALSE(file.read_at(offset, out));
  EXPECT_LE(file.decompressed_bytes(), CompressedFile::kMaxSkip + (64U << 10));
  EXPECT_EQ(read(file, offset, 100), text.substr(0, 100));
}

TEST(CompressedFile, RestartPointsSpareTheBytesBefore) {
  const TempDir directory;
  const std::string text = log_text(60U << 20, 1);
  const CompressedFile file(file_of(directory, gzip(text, 1)), Compression::kGzip);
  EXPECT_EQ(read(file, text.size() - 10, 10), text.substr(text.size() - 10));
  for (const std::uint64_t offset : {50'000'000U, 40'000'000U, 20'000'000U, 33'000'000U}) {
    const std::uint64_t before = file.decompressed_bytes();
    EXPECT_EQ(read(file, offset, 1000), text.substr(offset, 1000));
    EXPECT_LE(file.decompressed_bytes() - before, RestartIndex::kSpacing + (1U << 20)) << offset;
  }
}

TEST_P(EachCompression, ReadingBackwardsDoesNotBeginAnewForEachPiece) {
  const std::string text = log_text(13U << 20, 4);
  const CompressedFile file(file_of(directory_, compress(GetParam(), text)), GetParam());
  ASSERT_EQ(file.size().value_or(0), text.size());
  constexpr std::size_t kPiece = 50'000;
  std::string piece;
  for (std::size_t end = text.size(); end > 0; end -= piece.size()) {
    const std::size_t begin = end - std::min(end, kPiece);
    piece = read(file, begin, end - begin);
    ASSERT_EQ(piece, text.substr(begin, end - begin)) << begin;
  }
  // Once to learn its size, and four blocks from the nearest restart point each, which may be the beginning.
  EXPECT_LE(file.decompressed_bytes(), 5 * text.size());
}

TEST_P(EachCompression, AnyPlaceInAnyOrderHoldsItsBytes) {
  const std::string text = log_text(6U << 20, 5);
  const auto blocks = std::make_shared<UnpackedBlocks>();
  const CompressedFile file(file_of(directory_, compress(GetParam(), text)), GetParam(), blocks);
  const TempDir elsewhere;
  const CompressedFile other(file_of(elsewhere, compress(GetParam(), log_text(6U << 20, 7))), GetParam(), blocks);
  std::mt19937 random(6);
  for (int i = 0; i < 40; ++i) {
    const std::size_t begin = random() % (text.size() + 1000);
    const std::size_t length = random() % 3 == 0 ? random() % (5U << 20) : random() % 1000;
    const std::string expected = begin < text.size() ? text.substr(begin, length) : std::string();
    ASSERT_EQ(read(file, begin, length), expected) << begin << ' ' << length;
    if (random() % 10 == 0) blocks->trim();
    if (random() % 5 == 0) (void)read(other, begin % (5U << 20), 100);
  }
}

}  // namespace
}  // namespace tailwater
