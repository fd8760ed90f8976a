#include "http/paced_sink.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/fake_streams.h"

namespace tailwater {
namespace {

class InnerSink final : public Sink {
 public:
  Result<std::size_t> send(std::span<const std::string_view> pieces) override {
    std::size_t taken = 0;
    for (const std::string_view piece : pieces) {
      const std::size_t part = std::min(piece.size(), room);
      room -= part;
      taken += part;
    }
    return taken;
  }
  [[nodiscard]] bool is_drained() const override { return true; }
  void wait() override { waiting = true; }
  [[nodiscard]] bool is_waiting() const override { return waiting; }
  std::size_t room = 1 << 30;
  bool waiting = false;
};

class PacedSinkTest : public testing::Test, public SinkListener {
 protected:
  void on_writable() override { ++writable_; }
  void on_stalled() override { FAIL(); }
  std::size_t send(std::size_t bytes) {
    const std::string text(bytes, 'x');
    const std::string_view pieces[] = {std::string_view(text).substr(0, bytes / 2),
                                       std::string_view(text).substr(bytes / 2)};
    return sink_.send(pieces).value_or(0);
  }

  static constexpr ByteCount kRate = 1'000'000;
  FakeClock clock_;
  std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
  InnerSink* inner_ = new InnerSink;  // sink_'s
  PacedSink sink_{*loop_, clock_, std::unique_ptr<Sink>(inner_), kRate, *this};
  int writable_ = 0;
};

TEST_F(PacedSinkTest, TakesABurstAndThenWhatTheRateAllows) {
  EXPECT_EQ(send(1'000'000), 100'000U);
  EXPECT_EQ(send(1'000'000), 0U);
  clock_.advance(Milliseconds(20));
  EXPECT_EQ(send(1'000'000), 20'000U);
  clock_.advance(Milliseconds(60'000));
  EXPECT_EQ(send(1'000'000), 100'000U);  // silence saves nothing up
}

TEST_F(PacedSinkTest, GivesExactlyItsRateOverTime) {
  std::size_t sum = send(1'000'000);  // what the full bucket holds
  for (int i = 0; i < 1000; ++i) {
    clock_.advance(Milliseconds(7));
    sum += send(1'000'000);
  }
  EXPECT_NEAR(static_cast<double>(sum), 7.0 * kRate + 100'000, 2000);
}

TEST_F(PacedSinkTest, WaitsForTheTimeAndNotForTheSocket) {
  EXPECT_EQ(send(1'000'000), 100'000U);
  sink_.wait();
  EXPECT_TRUE(sink_.is_waiting());
  EXPECT_FALSE(inner_->waiting);
  EXPECT_TRUE(wait_until([this] {
    loop_->run_once();
    return writable_ == 1;
  }));
  EXPECT_FALSE(sink_.is_waiting());
}

TEST_F(PacedSinkTest, WaitsForTheSocketIfThatIsFull) {
  inner_->room = 10;
  EXPECT_EQ(send(1000), 10U);
  sink_.wait();
  EXPECT_TRUE(inner_->waiting);
}

}  // namespace
}  // namespace tailwater
