#include "stream/record_pieces.h"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

/// A file in memory that gives at most `most` bytes at a time, as read(2) may.
class MemoryFile final : public GenerationBytes {
 public:
  MemoryFile(std::string bytes, std::size_t most) : bytes_(std::move(bytes)), most_(most) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset >= bytes_.size()) return 0;
    return std::string_view(bytes_).substr(offset).copy(out.data(), std::min(out.size(), most_));
  }
  [[nodiscard]] Result<std::uint64_t> size() const override { return bytes_.size(); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t most_;
};

using Found = std::tuple<std::uint64_t, std::uint64_t, bool, bool>;

std::vector<Found> split(const RecordBytes& from, const RecordRules& rules) {
  std::vector<Found> found;
  RecordSplitter splitter(from.bytes, from.begin, from.continues, from.partial, rules);
  while (const auto record = splitter.next()) {
    found.emplace_back(record->begin, record->end, record->truncated, record->partial);
  }
  return found;
}

std::string random_lines(std::mt19937& random, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const std::size_t kind = random() % 100;
    const std::size_t length = kind < 90 ? random() % 300 : kind < 98 ? random() % 20'000 : random() % 700'000;
    bytes.append(length, static_cast<char>('a' + random() % 26));
    bytes += random() % 3 == 0 ? "\r\n" : "\n";
  }
  return bytes;
}

TEST(RecordPieces, AreCutSoThatTheRecordsAreThoseOfTheWhole) {
  std::mt19937 random(5);
  ReadBuffer buffer;
  for (int i = 0; i < 40; ++i) {
    RecordRules rules;
    rules.max_record_bytes = std::vector<std::uint32_t>{100, 5000, 262'144, 300'000}[random() % 4];
    std::string bytes = random_lines(random, random() % 1'500'000 + 1);
    const bool partial = random() % 3 == 0;
    if (partial) bytes += "no newline";
    const MemoryFile file(bytes, random() % 2 == 0 ? SIZE_MAX : 50'000);
    Extent extent{1, 0, 0, bytes.size(), {}, partial};
    RecordBytes whole;
    whole.bytes = file.bytes();
    whole.partial = partial;
    const auto expected = split(whole, rules);
    // From the beginning, or from behind any record.
    const std::size_t skipped = random() % 2 == 0 ? 0 : random() % expected.size();
    const std::uint64_t from = skipped == 0 ? 0 : std::get<1>(expected[skipped - 1]);
    RecordPieces pieces(file, extent, from, extent.end, rules, buffer);
    std::vector<Found> got;
    while (!pieces.done()) {
      const auto piece = pieces.next();
      ASSERT_TRUE(piece);
      ASSERT_FALSE(piece->missing);
      const auto some = split(piece->records, rules);
      got.insert(got.end(), some.begin(), some.end());
    }
    ASSERT_EQ(got, std::vector<Found>(expected.begin() + static_cast<std::ptrdiff_t>(skipped), expected.end()));
  }
}

TEST(RecordPieces, SayWhereTheFileEndsTooEarly) {
  const MemoryFile file("one\ntwo\nthr", SIZE_MAX);
  const Extent extent{1, 0, 0, 20, {}, false};
  ReadBuffer buffer;
  RecordPieces pieces(file, extent, 0, 20, {}, buffer);
  const auto piece = pieces.next();
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->missing);
  EXPECT_EQ(piece->records.bytes, "one\ntwo\n");
  EXPECT_EQ(pieces.offset(), 8U);
}

TEST(RecordPieces, AFileWithoutTheBytesIsMissingAltogether) {
  const MemoryFile file("one\n", SIZE_MAX);
  const Extent extent{1, 0, 10, 20, {}, false};
  ReadBuffer buffer;
  RecordPieces pieces(file, extent, 10, 20, {}, buffer);
  const auto piece = pieces.next();
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->missing);
  EXPECT_TRUE(piece->records.bytes.empty());
}

}  // namespace
}  // namespace tailwater
