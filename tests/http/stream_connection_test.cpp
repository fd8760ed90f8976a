#include "http/stream_connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_streams.h"

namespace tailwater {
namespace {

/// A socket with room for so many bytes.
struct FakeSocket {
  std::string taken;
  std::size_t room = std::string::npos;
  std::size_t sends = 0;
  bool broken = false;
  bool waiting = false;
  bool drained = true;
};

class FakeSink final : public Sink {
 public:
  explicit FakeSink(FakeSocket& socket) : socket_(socket) {}
  Result<std::size_t> send(std::span<const std::string_view> pieces) override {
    ++socket_.sends;
    if (socket_.broken) return fail(ErrorCode::kIo, "reset");
    std::string bytes;
    for (const std::string_view piece : pieces) {
      EXPECT_FALSE(piece.empty());
      bytes += piece;
    }
    const std::size_t count = std::min(bytes.size(), socket_.room);
    socket_.taken += bytes.substr(0, count);
    if (socket_.room != std::string::npos) socket_.room -= count;
    return count;
  }
  [[nodiscard]] bool is_drained() const override { return socket_.drained; }
  void wait() override { socket_.waiting = true; }
  [[nodiscard]] bool is_waiting() const override { return socket_.waiting; }

 private:
  FakeSocket& socket_;
};

struct Script {
  std::string bytes;
  std::size_t position = 0;
  bool ended = false;
  bool tells_the_last = false;
  int asked = 0;
};

class ScriptCursor final : public Cursor {
 public:
  explicit ScriptCursor(Script& script) : script_(script) {}
  std::string_view peek() override {
    ++script_.asked;
    return std::string_view(script_.bytes).substr(script_.position);
  }
  /// Two pieces, as from two blocks: up to a multiple of seven and on from there.
  std::size_t gather(std::span<std::string_view> pieces) override {
    const std::string_view all = peek();
    if (all.empty()) return 0;
    const std::size_t first = std::min<std::size_t>(all.size(), 7 - script_.position % 7);
    pieces[0] = all.substr(0, first);
    if (pieces.size() == 1 || first == all.size()) return 1;
    pieces[1] = all.substr(first);
    return 2;
  }
  bool consume(std::size_t count) override {
    script_.position += count;
    return script_.ended || !script_.tells_the_last || script_.position < script_.bytes.size();
  }
  [[nodiscard]] bool finished() const override { return script_.ended && script_.position == script_.bytes.size(); }
  [[nodiscard]] ByteCount lag() const override { return 0; }

 private:
  Script& script_;
};

class StreamConnectionTest : public testing::Test {
 protected:
  void start(bool chunked = true) {
    stream_ = std::make_unique<StreamConnection>("HEAD\r\n\r\n", chunked,
                                                 [this](StreamConnection::End end) { ends_.push_back(end); });
    stream_->start(std::make_unique<FakeSink>(socket_), std::make_unique<ScriptCursor>(script_));
  }
  void become_writable(std::size_t room) {
    socket_.room = room;
    socket_.waiting = false;
    stream_->on_writable();
  }

  FakeSocket socket_;
  Script script_;
  std::vector<StreamConnection::End> ends_;
  std::unique_ptr<StreamConnection> stream_;
};

TEST_F(StreamConnectionTest, SendsHeadAndFirstFramesTogether) {
  script_.bytes = to_chunk("hello");
  start();
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("hello"));
  EXPECT_EQ(socket_.sends, 1U);
}

TEST_F(StreamConnectionTest, SendsTheHeadEvenIfThereIsNothingElse) {
  start();
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n");
  EXPECT_TRUE(ends_.empty());
}

TEST_F(StreamConnectionTest, SendsWhatBecomesReady) {
  start();
  script_.bytes = to_chunk("live");
  stream_->on_ready();
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("live"));
}

TEST_F(StreamConnectionTest, DoesNotAskACursorAgainThatHasGivenItsLast) {
  script_.tells_the_last = true;
  start();
  script_.bytes = to_chunk("live");
  script_.asked = 0;
  stream_->on_ready();
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("live"));
  EXPECT_EQ(script_.asked, 1);
  EXPECT_FALSE(socket_.waiting);
}

TEST_F(StreamConnectionTest, DoesNotTryAFullSocketAgainUntilItHasRoom) {
  socket_.room = 10;
  script_.bytes = to_chunk("hello");
  start();
  EXPECT_TRUE(socket_.waiting);
  const std::size_t sends = socket_.sends;
  stream_->on_ready();
  EXPECT_EQ(socket_.sends, sends);
  become_writable(1000);
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("hello"));
}

TEST_F(StreamConnectionTest, LeavesTheOthersTheirTurnAfterOnePass) {
  script_.bytes = std::string(3 * StreamConnection::kPassBytes, 'x');
  start();
  EXPECT_EQ(socket_.taken.size(), StreamConnection::kPassBytes);
  EXPECT_TRUE(socket_.waiting);
}

TEST_F(StreamConnectionTest, EndsWithTheLastChunk) {
  script_.bytes = to_chunk("end");
  script_.ended = true;
  start();
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("end") + "0\r\n\r\n");
  EXPECT_EQ(ends_, std::vector{StreamConnection::End::kComplete});
}

TEST_F(StreamConnectionTest, DoesNotEndBeforeItsSinkHasGivenAllToTheSocket) {
  script_.bytes = to_chunk("end");
  script_.ended = true;
  socket_.drained = false;
  start();
  EXPECT_TRUE(ends_.empty());
  EXPECT_TRUE(socket_.waiting);
  socket_.drained = true;
  become_writable(1000);
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\n" + to_chunk("end") + "0\r\n\r\n");
  EXPECT_EQ(ends_, std::vector{StreamConnection::End::kComplete});
}

TEST_F(StreamConnectionTest, SendsBareDataToAnOldClient) {
  script_.bytes = to_chunk("one") + to_chunk("two");
  script_.ended = true;
  start(/*chunked=*/false);
  EXPECT_EQ(socket_.taken, "HEAD\r\n\r\nonetwo");
  EXPECT_EQ(ends_, std::vector{StreamConnection::End::kComplete});
}

TEST_F(StreamConnectionTest, EndsOnceWhenThePeerIsGone) {
  start();
  socket_.broken = true;
  script_.bytes = to_chunk("lost");
  stream_->on_ready();
  stream_->on_ready();
  EXPECT_EQ(ends_, std::vector{StreamConnection::End::kPeerGone});
}

TEST_F(StreamConnectionTest, EndsWhenTheSocketHasStalled) {
  socket_.room = 0;
  start();
  stream_->on_stalled();
  EXPECT_EQ(ends_, std::vector{StreamConnection::End::kStalled});
}

TEST_F(StreamConnectionTest, LosesAndRepeatsNothingWhateverTheSocketTakes) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    socket_ = {};
    script_ = {};
    script_.tells_the_last = seed % 3 == 0;
    ends_.clear();
    socket_.room = random() % 30;
    std::string expected;
    const bool chunked = random() % 2 == 0;
    start(chunked);
    for (int step = 0; step < 100; ++step) {
      if (random() % 2 == 0) {
        std::string data(1 + random() % 200, 'a');
        for (char& c : data) c = static_cast<char>('a' + random() % 26);
        script_.bytes += to_chunk(data);
        expected += chunked ? to_chunk(data) : data;
        stream_->on_ready();
      } else if (socket_.waiting) {
        become_writable(random() % 300);
      }
    }
    script_.ended = true;
    stream_->on_ready();
    become_writable(std::string::npos);
    ASSERT_EQ(socket_.taken, "HEAD\r\n\r\n" + expected + (chunked ? "0\r\n\r\n" : "")) << "seed " << seed;
    ASSERT_EQ(ends_, std::vector{StreamConnection::End::kComplete});
  }
}

}  // namespace
}  // namespace tailwater
