#include "http/unchunked_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "support/fake_streams.h"

namespace tailwater {
namespace {

/// Gives its bytes in pieces of random sizes, as blocks would.
class PieceCursor final : public Cursor {
 public:
  PieceCursor(std::string bytes, unsigned seed) : bytes_(std::move(bytes)), random_(seed) { cut(); }
  std::string_view peek() override { return std::string_view(bytes_).substr(position_, piece_); }
  bool consume(std::size_t count) override {
    EXPECT_LE(count, piece_);
    position_ += count;
    piece_ -= count;
    if (piece_ == 0) cut();
    return true;
  }
  [[nodiscard]] bool finished() const override { return position_ == bytes_.size(); }
  [[nodiscard]] ByteCount lag() const override { return bytes_.size() - position_; }

 private:
  void cut() { piece_ = std::min<std::size_t>(1 + random_() % 40, bytes_.size() - position_); }
  std::string bytes_;
  std::mt19937 random_;
  std::size_t position_ = 0;
  std::size_t piece_ = 0;
};

TEST(UnchunkedView, GivesTheDataAloneHoweverItIsCut) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::string framed;
    std::string expected;
    for (unsigned chunk = 0; chunk < 1 + random() % 20; ++chunk) {
      std::string data(1 + random() % 300, 'a');
      for (char& c : data) c = static_cast<char>("\r\n0af"[random() % 5]);
      framed += to_chunk(data);
      expected += data;
    }
    PieceCursor cursor(framed, seed);
    UnchunkedView view(cursor);
    std::string got;
    for (std::string_view bytes = view.peek(); !bytes.empty(); bytes = view.peek()) {
      const std::size_t taken = 1 + random() % bytes.size();
      got += bytes.substr(0, taken);
      view.consume(taken);
    }
    ASSERT_EQ(got, expected) << "seed " << seed;
    ASSERT_TRUE(cursor.finished()) << "framing was left behind the last data";
  }
}

TEST(UnchunkedView, TakesUpperCaseSizes) {
  PieceCursor cursor("1A\r\n" + std::string(26, 'x') + "\r\n", 1);
  UnchunkedView view(cursor);
  std::size_t total = 0;
  for (std::string_view bytes = view.peek(); !bytes.empty(); bytes = view.peek()) {
    total += bytes.size();
    view.consume(bytes.size());
  }
  EXPECT_EQ(total, 26U);
}

}  // namespace
}  // namespace tailwater
