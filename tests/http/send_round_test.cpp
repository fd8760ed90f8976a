#include "http/send_round.h"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stream/stream_service.h"

namespace tailwater {
namespace {

/// What happened to all clients, in order: "ask 1", "send 1", "took 1"...
using Story = std::vector<std::string>;

class ToldSink final : public Sink {
 public:
  ToldSink(Story& story, std::string name) : story_(story), name_(std::move(name)) {}
  Result<std::size_t> send(std::span<const std::string_view> pieces) override {
    story_.push_back("send " + name_);
    if (broken) return fail(ErrorCode::kIo, "reset");
    const std::size_t taken = std::min(pieces[0].size(), room);
    room -= taken;
    return taken;
  }
  [[nodiscard]] bool is_drained() const override { return true; }
  void wait() override { waits = true; }
  [[nodiscard]] bool is_waiting() const override { return waits; }

  std::size_t room = std::string::npos;
  bool waits = false;
  bool broken = false;

 private:
  Story& story_;
  const std::string name_;
};

class ToldCursor final : public Cursor {
 public:
  ToldCursor(Story& story, std::string name) : story_(story), name_(std::move(name)) {}
  std::string_view peek() override {
    if (bytes.empty()) return {};
    story_.push_back("ask " + name_);
    return bytes;
  }
  void consume(std::size_t count) override {
    story_.push_back("took " + name_);
    bytes.erase(0, count);
  }
  [[nodiscard]] bool finished() const override { return false; }
  [[nodiscard]] ByteCount lag() const override { return 0; }
  [[nodiscard]] bool sends_alone() const override { return alone; }

  std::string bytes;
  bool alone = false;

 private:
  Story& story_;
  const std::string name_;
};

struct ToldClient {
  ToldClient(SendRound& round, Story& story, const std::string& name)
      : stream(
            std::string(), true, [this](StreamConnection::End end) { ends.push_back(end); }, &round) {
    auto own_sink = std::make_unique<ToldSink>(story, name);
    auto own_cursor = std::make_unique<ToldCursor>(story, name);
    sink = own_sink.get();
    cursor = own_cursor.get();
    stream.start(std::move(own_sink), std::move(own_cursor));
  }
  void say(const std::string& bytes) {
    cursor->bytes += bytes;
    stream.on_ready();
  }

  ToldSink* sink = nullptr;
  ToldCursor* cursor = nullptr;
  std::vector<StreamConnection::End> ends;
  StreamConnection stream;
};

class SendRoundTest : public testing::Test {
 protected:
  std::unique_ptr<ToldClient> client(const std::string& name) {
    return std::make_unique<ToldClient>(round_, story_, name);
  }

  std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
  SendRound round_{*loop_};
  Story story_;
};

TEST_F(SendRoundTest, AsksAllThenSendsToAllThenTellsAll) {
  const auto one = client("1");
  const auto two = client("2");
  one->say("x");
  two->say("y");
  EXPECT_EQ(story_, Story());
  loop_->run_once();
  EXPECT_EQ(story_, (Story{"ask 1", "ask 2", "send 1", "send 2", "took 1", "took 2"}));
}

TEST_F(SendRoundTest, SendsOnceToWhoBecomesReadyTwice) {
  const auto one = client("1");
  one->say("x");
  one->say("y");
  loop_->run_once();
  EXPECT_EQ(story_, (Story{"ask 1", "send 1", "took 1"}));
  EXPECT_TRUE(one->cursor->bytes.empty());
}

TEST_F(SendRoundTest, DoesNotWaitForMoreThanFillARound) {
  std::vector<std::unique_ptr<ToldClient>> clients;
  for (std::size_t i = 0; i < SendRound::kMost; ++i) clients.push_back(client("n"));
  for (const auto& one : clients) one->say("x");
  EXPECT_EQ(story_.size(), 3 * SendRound::kMost);
  loop_->run_once();
  EXPECT_EQ(story_.size(), 3 * SendRound::kMost);
}

TEST_F(SendRoundTest, LeavesOutWhoHasGone) {
  auto one = client("1");
  const auto two = client("2");
  one->say("x");
  two->say("y");
  one.reset();
  loop_->run_once();
  EXPECT_EQ(story_, (Story{"ask 2", "send 2", "took 2"}));
}

TEST_F(SendRoundTest, LeavesOutWhoseSocketHasFilledUp) {
  const auto one = client("1");
  one->say("x");
  one->sink->waits = true;
  loop_->run_once();
  EXPECT_EQ(story_, Story());
}

TEST_F(SendRoundTest, LetsAFullSocketWaitAndABrokenOneEnd) {
  const auto full = client("1");
  const auto broken = client("2");
  full->sink->room = 2;
  broken->sink->broken = true;
  full->say("three");
  broken->say("x");
  loop_->run_once();
  EXPECT_EQ(full->cursor->bytes, "ree");
  EXPECT_TRUE(full->sink->waits);
  EXPECT_TRUE(full->ends.empty());
  EXPECT_EQ(broken->ends, (std::vector{StreamConnection::End::kPeerGone}));
}

TEST_F(SendRoundTest, IsNotForWhoseSendsMustBeCountedAtOnce) {
  const auto one = client("1");
  one->cursor->alone = true;
  one->say("x");
  EXPECT_EQ(story_, (Story{"ask 1", "send 1", "took 1"}));
}

TEST_F(SendRoundTest, SendsAgainToWhoBecomesReadyAfterwards) {
  const auto one = client("1");
  one->say("x");
  loop_->run_once();
  one->say("y");
  loop_->run_once();
  EXPECT_EQ(story_, (Story{"ask 1", "send 1", "took 1", "ask 1", "send 1", "took 1"}));
}

}  // namespace
}  // namespace tailwater
